"""The rate limit and the spend cap: what is refused, what is said, and when the windows turn."""

from typing import Any

import pytest

from tests.functional.world import Answer, World

PROMPT = {"prompt": "a red fox in the snow"}


def ask(world: World, key: str, **parameters: Any) -> Answer:
    return world.call("POST", "/v2/BigDug-Sasha", PROMPT | parameters, key=key)


class TestRate:
    @pytest.fixture(autouse=True)
    def two_a_minute(self, world: World) -> None:
        world.clock.set("2026-11-22T14:30:20+00:00")
        world.limit(requests_per_minute=2)

    def test_one_more_than_the_limit_is_refused_and_says_until_when(self, world: World) -> None:
        key = world.open_account()
        answer = [ask(world, key) for _ in range(3)][-1]
        assert (answer.status, answer.json["code"], answer.json["limit"]["name"]) == (
            429,
            "rate_limited",
            "requests-per-minute",
        )
        assert "2026-11-22T14:31:00.000Z" in answer.json["detail"]
        assert answer.headers["retry-after"] == "40"
        assert answer.headers["ratelimit-policy"] == '"requests-per-minute";q=2;w=60'

    def test_a_refused_request_costs_nothing(self, world: World) -> None:
        key = world.open_account()
        for _ in range(3):
            ask(world, key)
        assert world.balance(key) == 1_000_000 - 2 * 12_000
        assert len(world.items("REQUEST#")) == 2

    def test_requests_are_counted_whatever_they_ask_for(self, world: World) -> None:
        key = world.open_account()
        assert [ask(world, key, samples=4).status for _ in range(3)] == [200, 200, 429]

    def test_each_account_has_its_own(self, world: World) -> None:
        one, other = world.open_account(), world.open_account()
        assert [ask(world, key).status for key in (one, one, other, other)] == [200] * 4

    def test_an_account_may_have_another(self, world: World) -> None:
        key = world.open_account()
        world.api_ports.accounts.amend(key.split("_")[1], {"requests_per_minute": 3})
        assert [ask(world, key).status for _ in range(4)] == [200, 200, 200, 429]

    def test_after_the_wait_that_was_told_it_works(self, world: World) -> None:
        key = world.open_account()
        answer = [ask(world, key) for _ in range(3)][-1]
        world.clock.advance(int(answer.headers["retry-after"]))
        assert ask(world, key).status == 200

    def test_the_minute_turns_exactly(self, world: World) -> None:
        key = world.open_account()
        world.clock.set("2026-11-22T14:30:59.999+00:00")
        statuses = [ask(world, key).status for _ in range(3)]
        world.clock.set("2026-11-22T14:31:00+00:00")
        assert [*statuses, ask(world, key).status] == [200, 200, 429, 200]

    def test_reads_are_never_limited(self, world: World) -> None:
        key = world.open_account()
        request_id = ask(world, key).json["request_id"]
        paths = [f"/v2/requests/{request_id}/status", f"/v2/requests/{request_id}", "/v2/requests"]
        assert {world.call("GET", path, key=key).status for path in paths * 5} == {200}

    def test_what_failed_still_counts(self, world: World) -> None:
        key = world.open_account()
        for _ in range(2):
            ask(world, key)
        world.segmind_fails("400", times=2)
        world.deliver()
        assert ask(world, key).status == 429

    def test_a_repeated_request_is_told_all_the_same(self, world: World) -> None:
        key = world.open_account()
        headers = {"idempotency-key": "k"}
        first = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key, headers=headers)
        ask(world, key)
        again = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key, headers=headers)
        assert (again.status, again.json["request_id"]) == (200, first.json["request_id"])


class TestSpendCap:
    @pytest.fixture(autouse=True)
    def five_pictures_a_month(self, world: World) -> None:
        world.clock.set("2026-12-31T23:59:30+00:00")
        world.limit(monthly_spend_limit_micros=5 * 12_000)

    def test_accounts_and_guests_share_it(self, world: World) -> None:
        key = world.open_account()
        assert ask(world, key, samples=4).status == 200
        assert world.guest_asks().status == 200
        for answer in (ask(world, key), world.guest_asks()):
            assert (answer.status, answer.json["code"]) == (429, "spend_cap_reached")
            assert answer.json["limit"] == {
                "name": "spend-per-month",
                "allowed": 5,
                "left": 0,
                "resets_at": "2027-01-01T00:00:00.000Z",
            }

    def test_it_counts_what_segmind_takes_not_what_callers_pay(self, world: World) -> None:
        world.charge(1)
        key = world.open_account()
        assert [ask(world, key).status for _ in range(6)] == [200] * 5 + [429]

    def test_zero_lets_nothing_through(self, world: World) -> None:
        world.limit(monthly_spend_limit_micros=0)
        answer = ask(world, world.open_account())
        assert (answer.json["code"], answer.json["retryable"]) == ("spend_cap_reached", False)
        assert "no pictures at all" in answer.json["detail"]
        assert world.counters() == {}

    def test_a_wait_of_weeks_is_told_in_full_but_retried_within_the_hour(self, world: World) -> None:
        world.clock.set("2026-12-02T00:00:00+00:00")
        answer = ask(world, world.open_account(), samples=4)
        answer = ask(world, world.open_account(), samples=4)
        assert answer.headers["retry-after"] == "3600"
        assert answer.headers["ratelimit"] == f'"spend-per-month";r=1;t={30 * 86400}'

    def test_what_was_certainly_not_billed_is_given_back(self, world: World) -> None:
        key = world.open_account()
        world.segmind_fails("400", seed=8)
        ask(world, key, samples=4, seed=7)
        world.deliver()
        assert spent(world) == 3 * 12_000

    def test_what_was_perhaps_billed_is_not(self, world: World) -> None:
        key = world.open_account()
        world.segmind_fails("504", seed=8)
        ask(world, key, samples=4, seed=7)
        world.deliver()
        assert world.balance(key) == 1_000_000 - 3 * 12_000
        assert spent(world) == 4 * 12_000

    def test_what_a_dead_worker_may_have_been_billed_for_is_not(self, world: World) -> None:
        world.clock.set("2026-12-02T00:00:00+00:00")
        key = world.open_account()
        request = world.request(ask(world, key, samples=2).json["request_id"])
        now = world.clock.now()
        world.api_ports.requests.replace(request, request.claimed("dead", until=now, at=now))
        world.clock.advance(1)
        world.sweep()
        assert (world.balance(key), spent(world)) == (1_000_000, 2 * 12_000)

    def test_the_month_turns_exactly(self, world: World) -> None:
        key = world.open_account()
        ask(world, key, samples=4)
        world.clock.set("2026-12-31T23:59:59.999+00:00")
        refused = ask(world, key, samples=4)
        world.clock.advance(int(refused.headers["retry-after"]))
        assert (refused.status, ask(world, key, samples=4).status) == (429, 200)


class TestAfterTheTurn:
    def test_a_refund_leaves_the_new_windows_alone(self, world: World) -> None:
        world.clock.set("2026-12-31T23:59:50+00:00")
        world.guest_asks(samples=4)
        key = world.open_account()
        ask(world, key, samples=4)
        world.clock.set("2027-01-01T00:00:10+00:00")
        world.guest_asks(samples=1)
        world.segmind_fails("400", times=9)
        world.deliver()
        assert world.balance(key) == 1_000_000
        windows = {name.partition("#")[0]: [] for name in world.counters()}
        for name, used in sorted(world.counters().items(), key=lambda item: item[0].rpartition("#")[2]):
            windows[name.partition("#")[0]].append(used)
        assert {name: windows[name] for name in ("guest", "guests", "spend")} == {
            "guest": [4, 0],
            "guests": [4, 0],
            "spend": [8 * 12_000, 0],
        }

    def test_a_refund_whose_counter_is_gone_is_made_all_the_same(self, world: World) -> None:
        key = world.open_account()
        request_id = ask(world, key).json["request_id"]
        for item in world.items("COUNTER#"):
            world.clients.dynamodb.delete_item(
                TableName=world.stack.table_name, Key={"pk": item["pk"], "sk": item["sk"]}
            )
        assert world.call("POST", f"/v2/requests/{request_id}/cancel", key=key).status == 200
        assert (world.balance(key), world.counters()) == (1_000_000, {})


class TestPrice:
    def test_a_request_is_settled_at_the_price_it_was_accepted_at(self, world: World) -> None:
        key = world.open_account()
        world.segmind_fails("400", seed=8)
        request_id = ask(world, key, samples=2, seed=7).json["request_id"]
        world.charge(50_000)
        world.deliver()
        assert world.balance(key) == 1_000_000 - 12_000
        answer = world.call("GET", f"/v2/requests/{request_id}", key=key)
        assert answer.json["metrics"]["cost"] == 0.012

    def test_a_new_price_is_what_new_requests_pay(self, world: World) -> None:
        key = world.open_account()
        world.charge(50_000)
        world.submit(key)
        assert world.balance(key) == 950_000


def spent(world: World) -> int:
    return sum(used for name, used in world.counters().items() if name.startswith("spend#"))
