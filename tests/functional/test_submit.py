"""POST /v2/BigDug-Sasha: taking a request on."""

import threading
from typing import Any

import pytest

from tests.functional.world import API_HOST, PAGE_HOST, World

PROMPT = {"prompt": "a red fox in the snow"}


def test_a_submit_answers_with_segminds_shape(world: World) -> None:
    answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=world.open_account())

    request_id = answer.json["request_id"]
    base = f"http://{API_HOST}/v2/requests/{request_id}"
    assert answer.status == 200
    assert answer.json == {
        "request_id": request_id,
        "status": "QUEUED",
        "status_url": f"{base}/status",
        "response_url": base,
        "poll_url": f"{base}/status",
    }


def test_the_urls_are_on_the_pages_host_for_who_came_through_cloudfront(world: World) -> None:
    answer = world.call(
        "POST", "/v2/BigDug-Sasha", PROMPT, key=world.open_account(), headers=world.through_cloudfront()
    )
    assert answer.json["status_url"].startswith(f"http://{PAGE_HOST}/v2/requests/")


def test_a_request_id_takes_three_aws_calls(world: World) -> None:
    key = world.open_account()
    world.aws.reset()
    world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key)
    assert world.aws.calls == [
        ("dynamodb", "BatchGetItem"),
        ("dynamodb", "TransactWriteItems"),
        ("sqs", "SendMessage"),
    ]


def test_a_guests_takes_no_more(world: World) -> None:
    world.aws.reset()
    world.guest_asks()
    assert world.aws.count() == 3


def test_through_cloudfront_it_takes_no_more_once_the_function_has_started(world: World) -> None:
    key = world.open_account()
    world.aws.reset()
    world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key, headers=world.through_cloudfront())
    assert world.aws.count() == 3


@pytest.mark.parametrize(
    "obstacle", ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"]
)
def test_throttling_without_end_is_answered_busy(world: World, obstacle: str) -> None:
    key = world.open_account()
    world.aws.break_down("TransactWriteItems", obstacle)
    answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key)
    assert (answer.status, answer.json["code"]) == (503, "busy")


def test_a_rotated_gateway_secret_is_taken_and_the_one_before_still_is(world: World) -> None:
    before = world.through_cloudfront()
    world.rotate_gateway_secret("a-new-one")
    world.clock.advance(11)
    for headers in ({**before, "x-gateway-secret": "a-new-one"}, before):
        assert world.call("GET", "/v1/models/BigDug-Sasha", headers=headers).status == 200
    world.rotate_gateway_secret(before["x-gateway-secret"])


def test_the_price_is_held_and_the_workers_are_told(world: World) -> None:
    key = world.open_account(balance_micros=50_000)
    request_id = world.submit(key, samples=3)
    assert world.balance(key) == 50_000 - 3 * 12_000
    assert world.hints() == [request_id]
    assert world.aws.messages[0]["MessageGroupId"] == key.split("_")[1]


def test_the_headers_tell_what_is_held_and_what_is_left(world: World) -> None:
    world.clock.set("2026-11-22T14:30:20+00:00")
    answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT | {"samples": 2}, key=world.open_account())
    assert {name: answer.headers.get(name) for name in ("x-held-credits", "x-remaining-credits", "x-cost")} == {
        "x-held-credits": "0.024",
        "x-remaining-credits": "0.976",
        "x-cost": None,
    }
    assert answer.headers["ratelimit-policy"] == '"requests-per-minute";q=30;w=60'
    assert answer.headers["ratelimit"] == '"requests-per-minute";r=29;t=40'


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_at_the_end_the_headers_tell_what_it_cost(world: World, version: str) -> None:
    world.clock.while_waiting = world.deliver
    headers = {"prefer": "wait=5"}
    answer = world.call("POST", f"/{version}/BigDug-Sasha", PROMPT, key=world.open_account(), headers=headers)
    told = (answer.headers["x-held-credits"], answer.headers["x-cost"], answer.headers["x-remaining-credits"])
    assert told == ("0.00", "0.012", "0.988")


def test_a_repeated_request_tells_what_is_left_now(world: World) -> None:
    key = world.open_account()
    for _ in range(2):
        answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key, headers={"idempotency-key": "k"})
    assert (answer.headers["x-remaining-credits"], answer.headers["ratelimit"][:27]) == (
        "0.988",
        '"requests-per-minute";r=29;',
    )


def test_the_ledger_tells_what_was_held(world: World) -> None:
    key = world.open_account()
    request_id = world.submit(key, samples=3)
    hold = next(entry for entry in world.ledger(key) if entry["kind"]["S"] == "hold")
    assert (hold["request_id"]["S"], hold["amount_micros"]["N"], hold["pictures"]["N"]) == (request_id, "-36000", "3")


def test_a_random_seed_is_on_record(world: World) -> None:
    request = world.request(world.submit(world.open_account(), seed=-1))
    assert request.parameters is not None
    assert 0 <= request.parameters.seed < 2**32


def test_a_request_that_cannot_be_paid_holds_nothing(world: World) -> None:
    key = world.open_account(balance_micros=11_999)

    answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key)

    assert (answer.status, answer.json["code"]) == (406, "insufficient_credits")
    assert "$0.012" in answer.json["detail"]
    assert "$0.011999" in answer.json["detail"]
    assert (world.balance(key), world.hints(), world.items("REQUEST#")) == (11_999, [], [])


def test_the_last_cent_can_be_spent(world: World) -> None:
    key = world.open_account(balance_micros=12_000)
    world.submit(key)
    assert world.balance(key) == 0


def test_while_no_segmind_key_is_configured_nothing_is_held(world: World) -> None:
    key = world.open_account()
    world.without_segmind_key()

    answer = world.call("POST", "/v1/BigDug-Sasha", PROMPT, key=key)

    assert (answer.status, answer.json["code"]) == (503, "provider_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert (world.balance(key), world.items("REQUEST#")) == (1_000_000, [])


def test_a_hint_that_cannot_be_sent_is_no_error(world: World) -> None:
    world.aws.break_down("SendMessage")
    request_id = world.submit(world.open_account())
    assert world.request(request_id).is_open


def test_a_request_shortly_delayed_by_conflicts_is_accepted_once(world: World) -> None:
    key = world.open_account()
    world.aws.conflict_times("TransactWriteItems", 3)
    world.submit(key)
    assert world.balance(key) == 1_000_000 - 12_000


def test_conflicts_without_end_are_answered_busy(world: World) -> None:
    key = world.open_account()
    world.aws.conflict_times("TransactWriteItems", 1_000)

    answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key)

    assert (answer.status, answer.json["code"], answer.headers["retry-after"]) == (503, "busy", "1")
    assert world.balance(key) == 1_000_000


def test_no_more_is_sold_than_there_is_however_many_ask_at_once(world: World) -> None:
    key = world.open_account(balance_micros=5 * 12_000)
    outcomes: list[str] = []

    def ask() -> None:
        outcomes.append(world.submit_by_core(key))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["InsufficientCredits"] * 7 + ["accepted"] * 5
    assert world.balance(key) == 0


def test_a_blocked_term_is_refused_before_anything_is_held(world: World) -> None:
    world.limit(blocked_terms=("Lighthouse", " "))
    key = world.open_account()
    answer = world.call("POST", "/v2/BigDug-Sasha", {"prompt": "a light-house, a LIGHTHOUSE in the fog"}, key=key)
    assert (answer.status, answer.json["code"], answer.json["retryable"]) == (400, "prompt_refused", False)
    assert (world.balance(key), world.counters(), world.items("REQUEST#")) == (1_000_000, {}, [])


def test_the_built_in_list_cannot_be_switched_off(world: World) -> None:
    world.limit(blocked_terms=())
    answer = world.call("POST", "/v2/BigDug-Sasha", {"prompt": "nude child"}, key=world.open_account())
    assert answer.json["code"] == "prompt_refused"


class TestIdempotencyKey:
    def test_it_repeats_a_request_whose_words_are_blocked_since(self, world: World) -> None:
        key = world.open_account()
        first = self.submit(world, key, "k")
        world.limit(blocked_terms=("fox",))
        again = self.submit(world, key, "k")
        assert (again.status, again.json["request_id"]) == (200, first.json["request_id"])

    def test_the_same_key_is_the_same_request(self, world: World) -> None:
        key = world.open_account()
        first = self.submit(world, key, '"my-key"')
        again = self.submit(world, key, "my-key")

        assert again.json["request_id"] == first.json["request_id"]
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        assert world.balance(key) == 1_000_000 - 12_000

    def test_it_works_at_balance_zero(self, world: World) -> None:
        key = world.open_account(balance_micros=12_000)
        first = self.submit(world, key, "k")
        assert self.submit(world, key, "k").json["request_id"] == first.json["request_id"]

    def test_it_works_while_segmind_is_unavailable(self, world: World) -> None:
        key = world.open_account()
        first = self.submit(world, key, "k")
        world.without_segmind_key()
        assert self.submit(world, key, "k").json["request_id"] == first.json["request_id"]

    def test_it_tells_how_far_the_request_is(self, world: World) -> None:
        key = world.open_account()
        self.submit(world, key, "k")
        world.deliver()
        assert self.submit(world, key, "k").json["status"] == "COMPLETED"

    def test_an_erased_request_is_said_to_be_erased(self, world: World) -> None:
        key = world.open_account()
        first = self.submit(world, key, "k")
        world.deliver()
        world.call("DELETE", f"/v2/requests/{first.json['request_id']}", key=key)
        assert self.submit(world, key, "k").status == 410

    def test_a_forgotten_one_is_not_repeated_while_segmind_is_unavailable(self, world: World) -> None:
        key = world.open_account()
        self.submit(world, key, "k")
        world.clock.advance(24 * 3600 + 1)
        world.without_segmind_key()
        assert self.submit(world, key, "k").status == 503

    def test_another_body_under_the_same_key_is_refused(self, world: World) -> None:
        key = world.open_account()
        self.submit(world, key, "k")
        answer = self.submit(world, key, "k", {"prompt": "a blue fox"})
        assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")

    def test_the_same_body_spelt_otherwise_is_the_same(self, world: World) -> None:
        key = world.open_account()
        first = self.submit(world, key, "k", {**PROMPT, "samples": 1})
        again = self.submit(world, key, "k", {**PROMPT, "samples": "1", "seed": None})
        assert again.json["request_id"] == first.json["request_id"]

    def test_two_accounts_do_not_share_keys(self, world: World) -> None:
        one, other = world.open_account(), world.open_account()
        first = self.submit(world, one, "k")
        assert self.submit(world, other, "k").json["request_id"] != first.json["request_id"]

    def test_it_is_forgotten_after_a_day(self, world: World) -> None:
        key = world.open_account()
        first = self.submit(world, key, "k")
        world.clock.advance(24 * 3600 + 1)
        assert self.submit(world, key, "k").json["request_id"] != first.json["request_id"]

    @pytest.mark.parametrize("bad", ["", '""', "x" * 256, "two words", "ä"])
    def test_one_that_cannot_be_kept_is_refused(self, world: World, bad: str) -> None:
        answer = self.submit(world, world.open_account(), bad)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "Idempotency-Key")

    @staticmethod
    def submit(world: World, key: str, idempotency_key: str, body: Any = PROMPT) -> Any:
        return world.call("POST", "/v2/BigDug-Sasha", body, key=key, headers={"idempotency-key": idempotency_key})


class TestPreferWait:
    def test_the_result_comes_with_the_answer(self, world: World) -> None:
        world.clock.while_waiting = world.deliver
        answer = self.submit(world, "wait=5")
        assert (answer.status, answer.json["status"], len(answer.json["images"])) == (200, "COMPLETED", 1)
        assert answer.headers["preference-applied"] == "wait=5"
        assert answer.json["status_url"]

    def test_no_one_waits_longer_than_asked(self, world: World) -> None:
        began = world.clock.now()
        answer = self.submit(world, "wait=5")
        assert answer.json["status"] == "QUEUED"
        assert (world.clock.now() - began).total_seconds() == pytest.approx(5, abs=0.01)

    def test_a_failure_is_422_as_on_every_poll(self, world: World) -> None:
        world.clock.while_waiting = world.deliver
        world.segmind_fails("400")
        answer = self.submit(world, "wait=5")
        assert (answer.status, answer.json["status"], answer.json["code"]) == (422, "FAILED", "provider_error")

    @staticmethod
    def submit(world: World, prefer: str) -> Any:
        return world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=world.open_account(), headers={"prefer": prefer})
