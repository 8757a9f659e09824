"""Visitors of the page without a key: who they are, what they may, and who is none."""

import pytest

from sasha.core.request import Status
from tests.functional.world import World

PROMPT = {"prompt": "a red fox in the snow"}


class TestWhoIsAGuest:
    def test_the_pages_visitor_makes_a_picture_without_a_key(self, world: World) -> None:
        request_id = world.guest_asks(prompt="a red fox").json["request_id"]
        world.deliver()
        answer = world.call("GET", f"/v2/requests/{request_id}", headers=world.as_guest())
        assert (answer.status, answer.json["status"]) == (200, "COMPLETED")
        assert answer.json["metrics"]["cost"] == 0

    @pytest.mark.parametrize("version", ["v1", "v2"])
    def test_a_forgotten_key_is_an_error_and_no_drain(self, world: World, version: str) -> None:
        for headers in (world.through_cloudfront(), {}):
            answer = world.call("POST", f"/{version}/BigDug-Sasha", PROMPT, headers=headers)
            assert (answer.status, answer.json["code"]) == (401, "missing_api_key")
        assert world.counters() == {}

    def test_v1_has_no_guests(self, world: World) -> None:
        answer = world.call("POST", "/v1/BigDug-Sasha", PROMPT, headers=world.as_guest())
        assert (answer.status, answer.json["code"]) == (401, "missing_api_key")

    @pytest.mark.parametrize("value", ["0", "true", "", "1, 1"])
    def test_the_header_has_one_value(self, world: World, value: str) -> None:
        headers = world.through_cloudfront() | {"sasha-guest": value}
        assert world.call("POST", "/v2/BigDug-Sasha", PROMPT, headers=headers).status == 401

    @pytest.mark.parametrize(
        "forged",
        [
            {"x-viewer-address": "192.0.2.99", "x-viewer-host": "page.test"},
            {"x-forwarded-for": "192.0.2.99"},
            {"cloudfront-viewer-address": "192.0.2.99:4321"},
        ],
    )
    def test_who_did_not_come_through_cloudfront_is_none_whatever_is_claimed(
        self, world: World, forged: dict[str, str]
    ) -> None:
        answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, headers={"sasha-guest": "1", **forged})
        assert (answer.status, answer.json["code"]) == (401, "missing_api_key")
        assert "page" in answer.json["detail"]

    def test_a_wrong_secret_is_forbidden(self, world: World) -> None:
        headers = world.as_guest() | {"x-gateway-secret": "wrong"}
        answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, headers=headers)
        assert (answer.status, world.items()) == (403, world.items("STATE#"))

    @pytest.mark.parametrize("claim", ["x-forwarded-for", "cloudfront-viewer-address"])
    def test_only_the_address_that_cloudfront_saw_counts(self, world: World, claim: str) -> None:
        for n in range(4):
            headers = world.as_guest() | {claim: f"198.51.100.{n}"}
            assert world.call("POST", "/v2/BigDug-Sasha", PROMPT, headers=headers).status == 200
        answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, headers=world.as_guest() | {claim: "198.51.100.9"})
        assert answer.json["code"] == "allowance_spent"

    @pytest.mark.parametrize("address", ["", "nowhere", "192.0.2.1, 192.0.2.2", "192.0.2.1:4321"])
    def test_what_is_no_address_gets_nothing_for_free(self, world: World, address: str) -> None:
        assert world.guest_asks(address).json["code"] == "missing_api_key"

    @pytest.mark.parametrize("off", ["guest_images_per_day", "guest_images_per_day_total"])
    def test_zero_turns_guests_off(self, world: World, off: str) -> None:
        world.limit(**{off: 0})
        answer = world.guest_asks()
        assert (answer.status, answer.json["code"]) == (401, "missing_api_key")
        assert "no free pictures" in answer.json["detail"]
        assert world.call("GET", "/v1/models/BigDug-Sasha").json["limits"]["guest_images_per_day"] == 0

    def test_with_a_key_one_is_no_guest(self, world: World) -> None:
        key = world.open_account()
        world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key, headers=world.as_guest())
        assert world.balance(key) == 988_000

    def test_with_a_wrong_key_one_is_none_either(self, world: World) -> None:
        answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key="sasha_typo", headers=world.as_guest())
        assert answer.json["code"] == "invalid_api_key"


class TestOneVisitor:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("192.0.2.1", "::ffff:192.0.2.1"),
            ("192.0.2.1", "::ffff:c000:201"),
            ("2001:db8:0:1200::1", "2001:db8:0:12ff:9:9:9:9"),
            ("2001:DB8::1", "2001:0db8:0000::0001"),
        ],
    )
    def test_is_one_however_the_address_is_written(self, world: World, one: str, other: str) -> None:
        world.guest_asks(one, samples=4)
        assert world.guest_asks(other).json["code"] == "allowance_spent"

    @pytest.mark.parametrize(
        ("one", "other"), [("192.0.2.1", "192.0.2.2"), ("2001:db8:0:1200::1", "2001:db8:0:1300::1")]
    )
    def test_is_not_another(self, world: World, one: str, other: str) -> None:
        world.guest_asks(one, samples=4)
        assert world.guest_asks(other).status == 200

    def test_no_address_is_stored(self, world: World) -> None:
        world.guest_asks("203.0.113.77")
        assert "203.0.113" not in str(world.items())

    def test_is_someone_else_tomorrow(self, world: World) -> None:
        world.clock.set("2026-11-22T12:00:00+00:00")
        world.guest_asks()
        world.clock.set("2026-11-23T12:00:00+00:00")
        world.guest_asks()
        visitors = {name.split("#")[1] for name in world.counters() if name.startswith("guest#")}
        assert len(visitors) == 2


class TestAllowance:
    def test_the_answer_says_what_is_left(self, world: World) -> None:
        world.clock.set("2026-11-22T23:00:00+00:00")
        answer = world.guest_asks(samples=3)
        assert answer.headers["ratelimit-policy"] == '"guest-images-per-day";q=4;w=86400'
        assert answer.headers["ratelimit"] == '"guest-images-per-day";r=1;t=3600'
        assert "x-remaining-credits" not in answer.headers

    def test_the_answer_says_no_more_than_all_visitors_have_left(self, world: World) -> None:
        world.limit(guest_images_per_day_total=3)
        assert ";r=1;" in world.guest_asks(samples=2).headers["ratelimit"]

    def test_a_spent_one_says_when_it_renews_and_that_addresses_are_shared(self, world: World) -> None:
        world.clock.set("2026-11-22T14:30:00+00:00")
        world.guest_asks(samples=4)
        answer = world.guest_asks()
        assert (answer.status, answer.json["code"], answer.json["retryable"]) == (429, "allowance_spent", True)
        assert "2026-11-23T00:00:00.000Z" in answer.json["detail"]
        assert "share" in answer.json["detail"]
        assert answer.json["limit"] == {
            "name": "guest-images-per-day",
            "allowed": 4,
            "left": 0,
            "resets_at": "2026-11-23T00:00:00.000Z",
        }
        assert answer.headers["retry-after"] == "3600"
        assert answer.headers["x-rate-limit-reset-at-utc"] == "2026-11-23T00:00:00.000Z"
        assert answer.headers["ratelimit"] == '"guest-images-per-day";r=0;t=34200'

    def test_who_asks_for_more_than_is_left_is_told_how_many_that_is(self, world: World) -> None:
        world.guest_asks(samples=3)
        answer = world.guest_asks(samples=2)
        assert answer.json["detail"].startswith("1 of your 4 free pictures is left today and 2 were asked for")
        assert world.guest_asks(samples=1).status == 200

    def test_who_asks_for_more_than_there_ever_is_gets_nothing(self, world: World) -> None:
        world.limit(guest_images_per_day=3)
        answer = world.guest_asks(samples=4)
        assert (answer.json["code"], answer.json["retryable"]) == ("allowance_spent", False)
        assert "never more than 3 pictures at once" in answer.json["detail"]
        assert "retry-after" not in answer.headers
        assert world.counters() == {}

    def test_all_visitors_share_the_total(self, world: World) -> None:
        world.limit(guest_images_per_day_total=6)
        assert world.guest_asks("192.0.2.1", samples=4).status == 200
        answer = world.guest_asks("192.0.2.2", samples=4)
        assert (answer.json["code"], answer.json["limit"]["name"]) == ("allowance_spent", "all-guests-images-per-day")
        assert world.guest_asks("192.0.2.2", samples=2).status == 200

    def test_what_is_not_delivered_is_given_back(self, world: World) -> None:
        world.segmind_fails("400", seed=8)
        world.guest_asks(samples=4, seed=7)
        world.deliver()
        assert sorted(world.counters().values()) == [1, 3, 3, 3 * 12_000]

    def test_what_is_canceled_is_given_back(self, world: World) -> None:
        request_id = world.guest_asks(samples=4).json["request_id"]
        world.call("POST", f"/v2/requests/{request_id}/cancel")
        assert {used for name, used in world.counters().items() if not name.startswith("minute#")} == {0}

    def test_repeating_a_request_takes_nothing(self, world: World) -> None:
        key = "5a1d7b0e-6a0b-4a5e-9b0f-0c1d2e3f4a5b"
        headers = world.as_guest() | {"idempotency-key": key}
        answers = [world.call("POST", "/v2/BigDug-Sasha", PROMPT, headers=headers) for _ in range(6)]
        assert len({answer.json["request_id"] for answer in answers}) == 1
        assert world.counters()[next(name for name in world.counters() if name.startswith("guests"))] == 1

    def test_a_guests_idempotency_key_must_be_a_uuid(self, world: World) -> None:
        headers = world.as_guest() | {"idempotency-key": "my-key"}
        answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, headers=headers)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "Idempotency-Key")


class TestAGuestsRequest:
    @pytest.fixture
    def request_id(self, world: World) -> str:
        request_id = str(world.guest_asks().json["request_id"])
        world.deliver()
        return request_id

    @pytest.mark.parametrize("path", ["", "/status", "/images/0"])
    def test_is_read_by_whoever_knows_its_id(self, world: World, request_id: str, path: str) -> None:
        for key in (None, world.open_account()):
            answer = world.call("GET", f"/v2/requests/{request_id}{path}", key=key)
            assert answer.status == (303 if path == "/images/0" else 200)

    def test_is_erased_by_whoever_knows_its_id(self, world: World, request_id: str) -> None:
        assert world.call("DELETE", f"/v2/requests/{request_id}").status == 204
        assert world.call("GET", f"/v2/requests/{request_id}").status == 410
        assert world.pictures() == []

    @pytest.mark.parametrize("off", [{}, {"guest_images_per_day": 0}])
    def test_the_page_goes_on_reading_it_when_guests_are_turned_off(
        self, world: World, request_id: str, off: dict[str, int]
    ) -> None:
        world.limit(**off)
        assert world.call("GET", f"/v2/requests/{request_id}", headers=world.as_guest()).status == 200

    def test_canceling_again_and_again_is_limited_too(self, world: World) -> None:
        world.clock.set("2026-11-22T14:30:20+00:00")
        world.limit(requests_per_minute=2)
        answers = []
        for _ in range(3):
            answers.append(world.guest_asks())
            if answers[-1].status == 200:
                world.call("POST", f"/v2/requests/{answers[-1].json['request_id']}/cancel")
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[-1].json["code"] == "rate_limited"

    def test_is_in_no_ledger(self, world: World, request_id: str) -> None:
        assert world.items("ACCOUNT#") == []
        assert world.request(request_id).status is Status.COMPLETED


class TestOthersRequests:
    @pytest.mark.parametrize("path", ["", "/status", "/images/0"])
    def test_are_not_a_guests_to_read(self, world: World, path: str) -> None:
        request_id = world.submit(world.open_account())
        answer = world.call("GET", f"/v2/requests/{request_id}{path}", headers=world.as_guest())
        assert (answer.status, answer.json["code"]) == (404, "not_found")

    @pytest.mark.parametrize("request_id", ["theirs", "11111111-2222-4333-8444-555555555555"])
    def test_are_not_told_from_missing_ones_without_a_key(self, world: World, request_id: str) -> None:
        if request_id == "theirs":
            request_id = world.submit(world.open_account())
        answer = world.call("GET", f"/v2/requests/{request_id}")
        assert (answer.status, answer.json["code"]) == (401, "missing_api_key")

    def test_there_is_no_history_without_a_key(self, world: World) -> None:
        answer = world.call("GET", "/v2/requests", headers=world.as_guest())
        assert (answer.status, answer.json["code"]) == (401, "missing_api_key")


class TestCredits:
    def test_a_guest_is_told_how_many_are_left_and_until_when(self, world: World) -> None:
        world.clock.set("2026-11-22T14:30:00+00:00")
        world.guest_asks(samples=3)
        answer = world.call("GET", "/v1/get-user-credits", headers=world.as_guest())
        assert answer.json == {
            "credits": 0.0,
            "free-credits": 0.0,
            "free_images_left": 1,
            "resets_at": "2026-11-23T00:00:00.000Z",
        }

    def test_the_total_may_leave_less(self, world: World) -> None:
        world.limit(guest_images_per_day_total=3)
        assert world.call("GET", "/v1/get-user-credits", headers=world.as_guest()).json["free_images_left"] == 3

    def test_the_months_cap_may_leave_less(self, world: World) -> None:
        world.limit(monthly_spend_limit_micros=2 * 12_000)
        assert world.call("GET", "/v1/get-user-credits", headers=world.as_guest()).json["free_images_left"] == 2

    def test_without_a_key_or_the_pages_header_it_is_an_error(self, world: World) -> None:
        assert world.call("GET", "/v1/get-user-credits", headers=world.through_cloudfront()).status == 401
