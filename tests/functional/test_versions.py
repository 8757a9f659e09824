"""Records that another version of this code has written, and records that none can read.

items/ keeps one request as each version wrote it: 1 without counters, 2 before pictures could be erased one by one,
3 as of now, 4 as a later one may.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from sasha.adapters.dynamodb.ledger import entry_part
from sasha.adapters.dynamodb.table import from_item
from sasha.core.fulfil import Fate
from sasha.core.ledger import Entry
from sasha.core.ports import Picture
from sasha.core.request import GenerationRequest, Status
from sasha.core.timing import after
from sasha.messages import take
from tests.functional.world import World

ITEMS = Path(__file__).parent / "items"
REQUEST_ID = "33333333-3333-4333-8333-333333333333"
A_PICTURE = Picture(b"whatever", "image/png", 512, 512, 7, 1.5)


def stored(world: World, version: int, **changes: Any) -> str:
    """The API key of the account whose request is on record as that version wrote it."""
    world.clock.set("2026-11-22T14:30:01+00:00")
    key = world.open_account(account_id="acme")
    item = json.loads((ITEMS / f"request-{version}.json").read_text())
    hold = Entry.hold(GenerationRequest.model_validate(from_item(item)))
    world.put(item | changes)
    world.put(entry_part(hold)["Put"]["Item"])
    world.pay(key, -hold.amount_micros)
    return key


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_request_of_this_or_an_earlier_version_is_finished(world: World, version: int) -> None:
    key = stored(world, version)
    world.segmind_fails("400", seed=8)
    world.hint(REQUEST_ID)
    world.deliver()
    answer = world.call("GET", f"/v2/requests/{REQUEST_ID}", key=key)
    assert (answer.status, answer.json["status"], len(answer.json["images"])) == (200, "COMPLETED", 1)
    assert world.balance(key) == 1_000_000 - 12_000


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_request_of_any_version_is_given_up_in_time(world: World, version: int) -> None:
    key = stored(world, version)
    world.clock.advance(241)
    world.sweep()
    assert world.request(REQUEST_ID).status is Status.FAILED
    assert world.balance(key) == 1_000_000


@pytest.mark.parametrize("version", [1, 2, 3])
def test_single_pictures_of_a_request_of_this_or_an_earlier_version_are_erased(world: World, version: int) -> None:
    key = stored(world, version)
    world.hint(REQUEST_ID)
    world.deliver()
    (item,) = world.items("REQUEST#")
    assert ("erased_images" in item) is (version == 3)
    path = f"/v2/requests/{REQUEST_ID}/images"
    assert [world.call("DELETE", f"{path}/{index}", key=key).status for index in (0, 0, 1, 1)] == [204] * 4
    assert world.call("GET", f"/v2/requests/{REQUEST_ID}", key=key).status == 410


@pytest.mark.parametrize(
    ("version", "status", "cost_micros"),
    # Of what the later version asks, Segmind knows nothing yet.
    [(1, "COMPLETED", 12_000), (2, "COMPLETED", 12_000), (4, "FAILED", 0)],
)
def test_a_worker_of_one_version_settles_an_item_of_another_to_the_cent(
    world: World, version: int, status: str, cost_micros: int
) -> None:
    """During a deploy, and after one that was rolled back, both are there at once."""
    key = stored(world, version)
    world.segmind_fails("400", seed=8)
    world.hint(REQUEST_ID)
    world.deliver()
    (item,) = map(from_item, world.items("REQUEST#"))
    assert (item["status"], item["cost_micros"], "open" in item) == (status, cost_micros, False)
    assert item["ttl"] > world.clock.now().timestamp()
    assert world.balance(key) == 1_000_000 - cost_micros


@pytest.mark.parametrize("version", [1, 2, 4])
def test_what_a_worker_of_another_version_left_behind_is_salvaged(world: World, version: int) -> None:
    """It was claimed, one picture reached the bucket, and the worker's environment was shut down by the deploy."""
    key = stored(world, version)
    queued = world.request(REQUEST_ID)
    claimed = queued.claimed("another version's", until=after(world.clock.now(), 210), at=world.clock.now())
    assert world.api_ports.requests.replace(queued, claimed)
    world.worker_ports.pictures.put(REQUEST_ID, 0, A_PICTURE)
    world.clock.advance(211)
    world.sweep()
    answer = world.call("GET", f"/v2/requests/{REQUEST_ID}", key=key)
    assert (answer.json["status"], len(answer.json["images"])) == ("COMPLETED", 1)
    assert answer.json["failures"][0]["code"] == "outcome_unknown"
    assert world.balance(key) == 1_000_000 - 12_000


def test_two_versions_at_one_item_end_it_once(world: World) -> None:
    """A worker of each has read it; one claims it, and what the other one does from then on comes to nothing."""
    key = stored(world, 2)
    seen = world.request(REQUEST_ID)
    world.hint(REQUEST_ID)
    world.deliver()
    late = seen.claimed("another version's", until=after(world.clock.now(), 210), at=world.clock.now())
    assert not world.api_ports.requests.replace(seen, late)
    settled = late.settled((), (), at=world.clock.now(), retention_s=3600)
    assert not world.api_ports.requests.settle(late, settled)
    assert world.request(REQUEST_ID).status is Status.COMPLETED
    assert world.balance(key) == 1_000_000 - 24_000


def test_a_message_of_a_later_version_is_understood(world: World) -> None:
    stored(world, 3)
    message = json.dumps({"request_id": REQUEST_ID, "trace": "1-5759e988", "version": 2})
    work = take(message, lambda: 180.0, world.worker_ports)
    assert work is not None
    assert work.fate is Fate.SETTLED


def test_the_third_file_is_what_this_version_writes(world: World) -> None:
    world.submit(world.open_account())
    (item,) = world.items("REQUEST#")
    assert item.keys() == json.loads((ITEMS / "request-3.json").read_text()).keys()


def test_what_a_later_version_added_is_asked_for_and_kept(world: World) -> None:
    stored(world, 4)
    world.hint(REQUEST_ID)
    world.deliver()
    assert not world.request(REQUEST_ID).is_open
    assert {call.body["style"] for call in world.segmind.calls} == {"watercolour"}
    (item,) = map(from_item, world.items("REQUEST#"))
    assert item["priority"] == "high"
    assert item["counted"][-1]["unit"] == "pixel"


def test_what_a_later_version_took_on_is_delivered_by_this_one_where_segmind_is_asked_what_it_knows(
    world: World,
) -> None:
    parameters = json.loads((ITEMS / "request-4.json").read_text())["parameters"]["M"]
    del parameters["style"]
    key = stored(world, 4, parameters={"M": parameters})
    world.hint(REQUEST_ID)
    world.deliver()
    (item,) = map(from_item, world.items("REQUEST#"))
    assert (item["status"], len(item["images"]), item["priority"]) == ("COMPLETED", item["samples"], "high")
    assert world.balance(key) == 1_000_000 - item["cost_micros"]
    assert item["cost_micros"] == item["samples"] * item["price_micros"]


def test_a_failure_that_only_a_later_version_knows_is_told_as_an_internal_error(world: World) -> None:
    failure = {"M": {"index": {"N": "1"}, "code": {"S": "out_of_paint"}, "detail": {"S": "No paint."}}}
    key = stored(world, 4, failures={"L": [failure]})
    world.clock.advance(241)
    world.sweep()
    answer = world.call("GET", f"/v2/requests/{REQUEST_ID}", key=key)
    assert (answer.status, answer.json["failures"][1]["code"]) == (422, "internal")


def test_an_accounts_status_that_only_a_later_version_knows_lets_nobody_in(world: World) -> None:
    key = world.open_account()
    world.api_ports.accounts.amend(key.split("_")[1], {"status": "frozen"})
    assert world.call("GET", "/v2/requests", key=key).status == 403


def test_a_reason_that_only_a_later_version_knows_blocks_all_the_same(world: World) -> None:
    key = world.open_account()
    world.clock.set("2026-11-22T14:30:00+00:00")
    world.put(
        {
            "pk": {"S": "STATE#PROVIDER"}, "sk": {"S": "STATE"}, "version": {"N": "9"},
            "key_configured": {"BOOL": True}, "reason": {"S": "on_strike"},
            "blocked_until": {"S": "2026-11-22T14:31:00.000Z"},
        }
    )  # fmt: skip
    answer = world.call("POST", "/v2/BigDug-Sasha", {"prompt": "a red fox"}, key=key)
    assert (answer.status, answer.json["code"]) == (503, "provider_unavailable")


def test_what_a_later_version_added_to_segminds_state_is_kept(world: World) -> None:
    key = world.open_account()
    world.clock.set("2026-11-22T14:30:00+00:00")
    added = {"mood": {"S": "sunny"}, "regions": {"L": [{"M": {"name": {"S": "north"}, "share": {"N": "0.25"}}}]}}
    world.put(
        {
            "pk": {"S": "STATE#PROVIDER"}, "sk": {"S": "STATE"}, "version": {"N": "9"},
            "key_configured": {"BOOL": True}, **added,
        }
    )  # fmt: skip
    world.segmind_fails("502 html")
    world.submit(key)
    world.deliver()
    (item,) = world.items("STATE#PROVIDER")
    assert (item["version"], item["failures"]) == ({"N": "10"}, {"N": "1"})
    assert {name: item[name] for name in added} == added


@pytest.mark.parametrize(
    "changes",
    [
        {"status": {"S": "PAINTING"}},
        {"samples": {"S": "many"}},
        {"parameters": {"M": {"seed": {"N": "7"}}}},
        {"images": {"N": "1"}},
    ],
)
class TestUnreadable:
    @pytest.fixture(autouse=True)
    def mended(self, world: World) -> Any:
        yield
        world.put(json.loads((ITEMS / "request-3.json").read_text()))

    def test_a_message_for_it_is_logged_once_and_done_with(
        self, world: World, changes: dict[str, Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        key = stored(world, 3)
        healthy = world.submit(key)
        world.hint(REQUEST_ID)
        world.put(json.loads((ITEMS / "request-3.json").read_text()) | changes)
        world.deliver()
        assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"]
        assert world.request(healthy).status is Status.COMPLETED

    def test_the_sweeper_tells_it_once_and_goes_on(self, world: World, changes: dict[str, Any]) -> None:
        key = stored(world, 3, **changes)
        healthy = world.submit(key)
        world.lose_messages()
        world.clock.advance(241)
        swept = [world.sweep(), world.sweep()]
        assert [list(each.troubled) for each in swept] == [[REQUEST_ID], []]
        assert world.request(healthy).status is Status.FAILED

    def test_its_caller_is_told_of_an_error_on_record(self, world: World, changes: dict[str, Any]) -> None:
        key = stored(world, 3, **changes)
        answer = world.call("GET", f"/v2/requests/{REQUEST_ID}", key=key)
        assert (answer.status, answer.json["code"]) == (500, "internal")

    def test_its_neighbours_in_the_history_are_told(self, world: World, changes: dict[str, Any]) -> None:
        key = stored(world, 3, **changes)
        healthy = world.submit(key)
        answer = world.call("GET", "/v2/requests", key=key)
        assert [each["request_id"] for each in answer.json["results"]] == [healthy]


def test_a_record_without_a_version_is_told_as_unreadable(world: World) -> None:
    stored(world, 3)
    (item,) = world.items("REQUEST#")
    world.put({name: value for name, value in item.items() if name != "version"})
    world.clock.advance(241)
    assert list(world.sweep().troubled) == [REQUEST_ID]
    world.put(item)


def test_a_prompt_that_does_not_fit_is_not_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    key = world.open_account()
    world.submit(key)
    (item,) = world.items("REQUEST#")
    parameters = item["parameters"]["M"] | {"prompt": {"S": "a red fox in the snow " * 300}}
    world.put(item | {"parameters": {"M": parameters}})

    assert world.deliver() == [None]

    assert "prompt" in caplog.text
    assert "red fox" not in caplog.text
    world.put(item)


def test_what_a_later_version_knows_of_a_picture_is_kept(world: World) -> None:
    world.clock.set("2026-11-22T14:30:00+00:00")
    key = world.open_account()
    world.segmind_fails("429", seed=8)
    world.submit(key, samples=2, seed=7)
    world.deliver()
    (item,) = world.items("REQUEST#")
    item["images"]["L"][0]["M"]["checksum"] = {"S": "abc"}
    world.put(item)

    world.clock.advance(10)
    world.deliver()

    (item,) = world.items("REQUEST#")
    assert [image["M"].get("checksum") for image in item["images"]["L"]] == [{"S": "abc"}, None]
