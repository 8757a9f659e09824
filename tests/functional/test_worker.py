"""The worker: what it asks of Segmind, what it makes of each answer, and what it refuses to work on."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import pytest

from local.emulator.faults import Fault
from sasha.core.breaker import Finding, ProviderState, change
from sasha.core.fulfil import Call, Fate, Work
from sasha.core.ports import SecondsLeft
from sasha.core.request import Status
from sasha.core.timing import CLAIM_MARGIN_S, after
from sasha.messages import take
from tests.functional.world import FakeClock, World


@pytest.fixture
def key(world: World) -> str:
    return world.open_account()


class TestAnswers:
    """Each success that the contract lists is understood."""

    def test_bytes(self, world: World, key: str) -> None:
        assert self.delivered(world, key) == "image/png"

    def test_jpeg(self, world: World, key: str) -> None:
        world.segmind.configure(picture_format="jpeg")
        assert self.delivered(world, key) == "image/jpeg"

    def test_webp(self, world: World, key: str) -> None:
        world.segmind.configure(picture_format="webp")
        assert self.delivered(world, key) == "image/webp"

    @pytest.mark.parametrize(
        "form", ["image", "image list", "images list", "data uri", "urls", "json of no content type", "Text/JSON"]
    )
    def test_json(self, world: World, key: str, form: str) -> None:
        world.segmind_fails(form)
        assert self.delivered(world, key) == "image/png"

    def test_a_url_that_fails_once(self, world: World, key: str) -> None:
        world.segmind_fails("url that fails once")
        assert self.delivered(world, key) == "image/png"
        assert len(world.segmind.ledger) == 1

    @pytest.mark.parametrize("headers", ["absurd headers", "tiny headers"])
    def test_headers_beyond_belief(self, world: World, key: str, headers: str) -> None:
        world.segmind_fails(headers)
        assert self.delivered(world, key) == "image/png"

    def test_missing_headers(self, world: World, key: str) -> None:
        world.segmind.script(Fault("without_headers"))
        assert self.delivered(world, key) == "image/png"

    @staticmethod
    def delivered(world: World, key: str) -> str:
        request_id = world.submit(key)
        assert world.deliver() == [Fate.SETTLED]
        (image,) = world.request(request_id).images
        assert (image.width, image.height) == (512, 512)
        return image.content_type


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("400", "provider_error"), ("403", "provider_rejected_key"), ("404", "provider_error"),
        ("405 html", "provider_error"), ("410", "provider_error"), ("401", "provider_rejected_key"),
        ("406 credits", "provider_out_of_credits"), ("406 content type", "provider_error"),
        ("406 team", "provider_out_of_credits"),
        ("502 html", "outcome_unknown"), ("504", "provider_timeout"),
        ("504 json", "provider_timeout"), ("504 html", "provider_timeout"),
        ("500 html", "bad_provider_answer"), ("500 empty", "bad_provider_answer"),
        ("500 json object", "bad_provider_answer"), ("500 json null", "bad_provider_answer"),
        ("500 json true", "bad_provider_answer"), ("502 json object", "outcome_unknown"),
        ("502 json null", "outcome_unknown"), ("502 json true", "outcome_unknown"),
        ("reset before", "outcome_unknown"), ("reset after", "outcome_unknown"), ("truncated", "outcome_unknown"),
        ("html", "bad_provider_answer"), ("empty", "bad_provider_answer"), ("no image", "bad_provider_answer"),
        ("half a picture", "bad_provider_answer"), ("20 MB", "bad_provider_answer"),
        ("broken base64", "bad_provider_answer"), ("foreign url", "bad_provider_answer"),
        ("json without a picture", "bad_provider_answer"),
    ],
)  # fmt: skip
def test_a_bad_answer_ends_the_request_and_gives_all_back(world: World, key: str, fault: str, code: str) -> None:
    # A rejected key is read again and tried once more.
    world.segmind_fails(fault, times=2 if fault == "401" else 1)
    request_id = world.submit(key)

    assert world.deliver() == [Fate.SETTLED]

    request = world.request(request_id)
    assert (request.status, [failure.code for failure in request.failures]) == (Status.FAILED, [code])
    assert world.balance(key) == 1_000_000
    assert world.pictures() == []
    assert world.hints() == []


@pytest.mark.parametrize("status", [500, 502])
@pytest.mark.parametrize("form", ["object", "null", "true"])
def test_json_whose_error_is_no_text_is_not_segminds_own_and_never_asked_again(
    world: World, key: str, status: int, form: str
) -> None:
    world.segmind_fails(f"{status} json {form}")
    request_id = world.submit(key)
    world.deliver()
    for _ in range(5):
        world.clock.advance(60)
        world.sweep()
        world.deliver()
    assert len(world.segmind.calls) == 1
    assert world.request(request_id).failures[0].perhaps_billed


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_whose_error_is_no_text_does_not_tell_of_the_key(world: World, key: str, status: int) -> None:
    world.segmind_fails(f"{status} json object", times=2)
    world.submit(key)
    world.deliver()
    assert world.api_ports.states.get().blocked_until is None


def test_segmind_running_out_of_time_is_a_timeout(world: World, key: str) -> None:
    world.segmind_fails("slow drip")
    world.worker_ports = replace(world.worker_ports, provider_timeout_s=0.3)
    request_id = world.submit(key)
    world.deliver()
    assert world.request(request_id).failures[0].code == "provider_timeout"


@pytest.mark.parametrize("fault", ["429", "429 iso", "429 epoch", "429 absurd", "500", "503", "refused"])
def test_what_is_known_unbilled_is_asked_again_later(world: World, key: str, fault: str) -> None:
    world.segmind_fails(fault)
    request_id = world.submit(key)

    assert world.deliver() == [Fate.RELEASED]
    assert world.request(request_id).status is Status.QUEUED
    world.segmind_recovers()
    world.clock.advance(130)
    assert world.deliver() == [Fate.SETTLED]

    assert len(world.segmind.ledger) == 1
    assert world.balance(key) == 988_000


def test_a_released_request_asks_only_for_the_rest(world: World, key: str) -> None:
    world.segmind_fails("429", seed=8)
    request_id = world.submit(key, seed=7, samples=3)

    world.deliver()
    assert [image.index for image in world.request(request_id).images] == [0, 2]
    world.clock.advance(130)
    world.deliver()

    assert sorted(call.seed for call in world.segmind.ledger) == [7, 8, 9]
    assert len(world.request(request_id).images) == 3


def test_an_error_of_segminds_own_is_met_three_times_and_no_more(world: World, key: str) -> None:
    world.segmind_fails("500", times=10)
    request_id = world.submit(key)
    for _ in range(3):
        world.deliver()
        world.clock.advance(40)
    assert world.request(request_id).failures[0].code == "provider_error"
    assert len(world.segmind.calls) == 3


def test_a_limit_that_lasts_longer_than_the_patience_ends_the_request(world: World, key: str) -> None:
    world.segmind_fails("429 in 290 s")
    request_id = world.submit(key)
    assert world.deliver() == [Fate.SETTLED]
    assert world.request(request_id).failures[0].code == "waited_too_long"
    assert world.balance(key) == 1_000_000


def test_a_rotated_key_is_read_again_once(world: World, key: str) -> None:
    world.submit(key)
    world.deliver()
    world.rotate_segmind_key("SG_fedcba9876543210")
    request_id = world.submit(key)
    world.deliver()
    assert world.request(request_id).status is Status.COMPLETED


def test_a_picture_beside_a_403_is_no_rejected_key(world: World, key: str) -> None:
    world.segmind_fails("403", seed=8)
    message = json.dumps({"request_id": world.submit(key, samples=2, seed=7)})
    work = take(message, lambda: 180.0, world.worker_ports)
    assert work is not None
    assert (work.fate, work.pictures, work.refunds) == (Fate.SETTLED, 1, 1)
    assert sorted(call.brought_picture for call in work.calls) == [False, True]
    assert world.api_ports.states.get().blocked_until is None


def test_a_rejected_key_is_written_down_though_nobody_can_look_whether_there_is_one(world: World, key: str) -> None:
    world.segmind_fails("403")
    world.submit(key)
    # The key is read before the call; whether there is one at all is looked up afresh behind it.
    world.aws.break_down("GetSecretValue", after=1)
    world.deliver()
    assert world.aws.disturbed > 0
    state = world.api_ports.states.get()
    assert (state.reason, state.key_configured) == ("provider_rejected_key", True)


def test_a_rejected_key_stops_new_requests_for_a_while(world: World, key: str) -> None:
    world.segmind_fails("401", times=2)
    world.submit(key)
    world.deliver()
    world.clock.advance(11)
    answer = world.call("POST", "/v2/BigDug-Sasha", {"prompt": "a red fox"}, key=key)
    assert (answer.status, answer.json["code"]) == (503, "provider_unavailable")
    world.clock.advance(60)
    world.submit(key)


def test_pictures_are_seen_before_all_are_done(world: World, key: str) -> None:
    seen: list[int] = []
    request_id = world.submit(key, samples=2, seed=7)
    world.while_segmind_works(lambda: seen.append(len(world.request(request_id).images)), seed=8)
    world.deliver()
    assert seen == [1]
    assert len(world.request(request_id).images) == 2


def test_a_stored_picture_is_private_and_names_itself(world: World, key: str) -> None:
    request_id = world.submit(key, seed=7)
    world.deliver()
    head = world.clients.s3.head_object(Bucket=world.stack.outputs_bucket, Key=f"outputs/{request_id}/0")
    assert head["ContentType"] == "image/png"
    assert head["CacheControl"].startswith("private")
    assert head["ContentDisposition"] == 'inline; filename="sasha-7.png"'


class TestMessages:
    """Whatever is in the queue is done with after one delivery."""

    @pytest.mark.parametrize(
        "body",
        [
            "", "no json", "[]", "null", "{}", '{"request_id": 5}', '{"request_id": "x"}',
            '{"request_id": "11111111-1111-4111-8111-111111111111"}',
        ],
    )  # fmt: skip
    def test_one_that_names_no_request_does_nothing(self, world: World, body: str) -> None:
        assert take(body, lambda: 180.0, world.worker_ports) in (None, Work(Fate.NOT_CLAIMED))
        assert world.segmind.calls == []

    def test_delivered_twice_it_is_worked_on_once(self, world: World, key: str) -> None:
        request_id = world.submit(key)
        message = json.dumps({"request_id": request_id})
        works = [take(message, lambda: 180.0, world.worker_ports) for _ in range(2)]
        assert works == [Work(Fate.SETTLED, pictures=1, calls=(Call(0.0, True),)), Work(Fate.NOT_CLAIMED)]
        assert len(world.segmind.ledger) == 1

    def test_a_request_is_not_claimed_before_its_time(self, world: World, key: str) -> None:
        world.segmind_fails("429")
        message = json.dumps({"request_id": world.submit(key)})
        world.deliver()
        assert take(message, lambda: 180.0, world.worker_ports) == Work(Fate.NOT_CLAIMED)

    def test_a_request_is_not_claimed_after_its_patience(self, world: World, key: str) -> None:
        world.submit(key)
        world.clock.advance(241)
        assert world.deliver() == [Fate.NOT_CLAIMED]
        assert world.segmind.calls == []

    def test_no_claim_is_made_without_time_to_keep_it(self, world: World, key: str) -> None:
        request_id = world.submit(key)
        assert world.deliver(seconds_left=149) == [Fate.NO_TIME]
        assert world.request(request_id).status is Status.QUEUED
        assert world.hints() == [request_id]


@dataclass(frozen=True)
class SlowStates:
    """core.ports.ProviderStates behind a table that takes so long to tell of it."""

    states: Any
    clock: FakeClock
    takes_s: float

    def get(self) -> ProviderState:
        self.clock.advance(self.takes_s)
        return cast(ProviderState, self.states.get())

    def replace(self, before: ProviderState, after: ProviderState) -> bool:
        return bool(self.states.replace(before, after))


class TestTimeThatPassesBeforeTheClaim:
    """The worker lives for 180 s. A call to Segmind may take 120, storing and settling 30."""

    @pytest.fixture(autouse=True)
    def moment(self, world: World) -> None:
        world.clock.set("2026-11-22T14:30:00+00:00")

    @pytest.fixture
    def seconds_left(self, world: World) -> SecondsLeft:
        ends_at = after(world.clock.now(), 180)

        def left() -> float:
            return (ends_at - world.clock.now()).total_seconds()

        return left

    def work(self, world: World, request_id: str, seconds_left: SecondsLeft, slow_s: float = 0.0) -> Fate | None:
        """What becomes of the request's message, with a table that takes so long to tell of Segmind's state."""
        world.lose_messages()
        slow = SlowStates(world.worker_ports.states, world.clock, slow_s)
        ports = replace(world.worker_ports, states=slow)
        work = take(json.dumps({"request_id": request_id}), seconds_left, ports)
        return work.fate if work else None

    def test_nothing_is_asked_for_with_less_time_than_it_takes(
        self, world: World, key: str, seconds_left: SecondsLeft
    ) -> None:
        request_id = world.submit(key)
        assert self.work(world, request_id, seconds_left, slow_s=31) is Fate.NO_TIME
        assert (world.request(request_id).status, world.segmind.calls) == (Status.QUEUED, [])
        assert world.hints() == [request_id]

    def test_with_just_enough_it_is(self, world: World, key: str, seconds_left: SecondsLeft) -> None:
        request_id = world.submit(key)
        assert self.work(world, request_id, seconds_left, slow_s=29) is Fate.SETTLED

    def test_nothing_is_claimed_after_its_patience(self, world: World, key: str, seconds_left: SecondsLeft) -> None:
        request_id = world.submit(key)
        world.clock.advance(239)
        assert self.work(world, request_id, lambda: 180.0, slow_s=1) is Fate.NOT_CLAIMED
        assert (world.request(request_id).status, world.segmind.calls) == (Status.QUEUED, [])

    def test_a_claim_outlives_its_worker_by_the_margin(self, world: World, key: str, seconds_left: SecondsLeft) -> None:
        request_id = world.submit(key, samples=2, seed=7)
        worker_ends_at = after(world.clock.now(), seconds_left())
        claims: list[datetime | None] = []
        world.while_segmind_works(lambda: claims.append(world.request(request_id).claimed_until), seed=8)
        assert self.work(world, request_id, seconds_left, slow_s=25) is Fate.SETTLED
        assert claims == [after(worker_ends_at, CLAIM_MARGIN_S)]

    def test_a_claim_that_took_too_long_is_given_back_at_once(
        self, world: World, key: str, seconds_left: SecondsLeft
    ) -> None:
        request_id = world.submit(key)
        world.aws.do_before("UpdateItem", lambda: world.clock.advance(31))
        assert self.work(world, request_id, seconds_left) is Fate.NO_TIME
        request = world.request(request_id)
        assert (request.status, request.claim_id, world.segmind.calls) == (Status.QUEUED, None, [])
        assert (world.hints(), world.aws.messages[0]["DelaySeconds"]) == ([request_id], 1)

        world.clock.advance(2)
        assert world.deliver() == [Fate.SETTLED]

    def test_who_was_to_find_out_for_all_and_has_no_time_left_lets_another_one(
        self, world: World, key: str, seconds_left: SecondsLeft
    ) -> None:
        change(world.api_ports.states, lambda state: state.found(Finding.OUT_OF_CREDITS, after(world.clock.now(), -61)))
        request_id = world.submit(key)
        assert self.work(world, request_id, seconds_left, slow_s=31) is Fate.NO_TIME
        world.clock.advance(2)
        assert world.deliver() == [Fate.SETTLED]
        assert world.request(request_id).status is Status.COMPLETED


def test_the_provider_check_writes_down_whether_there_is_a_key(world: World) -> None:
    world.without_segmind_key()
    take('{"check": "provider"}', lambda: 180.0, world.worker_ports)
    assert not world.api_ports.states.get().key_configured
    world.rotate_segmind_key("SG_0123456789abcdef")
    take('{"check": "provider"}', lambda: 180.0, world.worker_ports)
    assert world.api_ports.states.get().key_configured


def test_want_of_room_does_not_count_as_an_error_of_segminds(world: World, key: str) -> None:
    request_id = world.submit(key)

    for fault in ("429", "429", "500"):
        world.segmind_fails(fault)
        assert world.deliver() == [Fate.RELEASED]
        world.clock.advance(70)
    world.deliver()

    assert world.request(request_id).status is Status.COMPLETED
