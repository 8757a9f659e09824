"""The routes that read, cancel and erase."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from openapi_spec_validator import validate

from tests.functional.strict_aws import Died
from tests.functional.world import PAGE_HOST, World


@pytest.fixture
def key(world: World) -> str:
    return world.open_account()


@pytest.fixture
def queued(world: World, key: str) -> str:
    return world.submit(key)


@pytest.fixture
def finished(world: World, queued: str) -> str:
    world.deliver()
    return queued


@pytest.fixture
def failed(world: World, queued: str) -> str:
    world.segmind_fails("400")
    world.deliver()
    return queued


class TestStatus:
    def test_queued(self, world: World, key: str, queued: str) -> None:
        answer = world.call("GET", f"/v2/requests/{queued}/status", key=key)
        assert (answer.status, answer.json) == (200, {"request_id": queued, "status": "QUEUED", "metrics": {}})

    def test_completed(self, world: World, key: str, finished: str) -> None:
        answer = world.call("GET", f"/v2/requests/{finished}/status", key=key)
        assert (answer.status, answer.json["status"], answer.json["metrics"]["cost"]) == (200, "COMPLETED", 0.012)

    def test_failed_is_422_with_an_error_and_no_cost(self, world: World, key: str, failed: str) -> None:
        answer = world.call("GET", f"/v2/requests/{failed}/status", key=key)
        assert (answer.status, answer.json["status"], answer.json["code"]) == (422, "FAILED", "provider_error")
        assert answer.json["error"]
        assert "cost" not in answer.json["metrics"]

    def test_a_poll_costs_one_read_once_the_key_is_known(self, world: World, key: str, queued: str) -> None:
        world.call("GET", f"/v2/requests/{queued}/status", key=key)
        world.aws.reset()
        world.call("GET", f"/v2/requests/{queued}/status", key=key)
        assert world.aws.calls == [("dynamodb", "GetItem")]


class TestResult:
    def test_an_unfinished_one_says_when_to_come_back(self, world: World, key: str, queued: str) -> None:
        answer = world.call("GET", f"/v2/requests/{queued}", key=key)
        assert (answer.status, answer.json["status"], answer.json["images"]) == (200, "QUEUED", [])
        assert int(answer.headers["retry-after"]) > 0

    def test_a_finished_one_has_its_pictures(self, world: World, key: str, finished: str) -> None:
        answer = world.call("GET", f"/v2/requests/{finished}", key=key)
        assert (answer.status, len(answer.json["images"])) == (200, 1)
        assert "retry-after" not in answer.headers

    def test_a_failed_one_is_422(self, world: World, key: str, failed: str) -> None:
        answer = world.call("GET", f"/v2/requests/{failed}", key=key)
        assert (answer.status, answer.json["status"], answer.json["images"]) == (422, "FAILED", [])
        assert answer.json["error"] == answer.json["failures"][0]["detail"]

    def test_its_urls_are_presigned_for_the_bucket(self, world: World, key: str, finished: str) -> None:
        url = world.call("GET", f"/v2/requests/{finished}", key=key).json["output"]
        assert urlsplit(url).hostname == f"{world.stack.outputs_bucket}.s3.us-east-1.amazonaws.com"
        assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == ["3600"]
        assert world.s3_accepts(url)

    def test_the_host_is_swapped_for_who_came_through_cloudfront(self, world: World, key: str, finished: str) -> None:
        answer = world.call("GET", f"/v2/requests/{finished}", key=key, headers=world.through_cloudfront())
        url = urlsplit(answer.json["output"])
        assert (url.hostname, url.path) == (PAGE_HOST, f"/outputs/{finished}/0")
        assert world.s3_accepts(answer.json["output"])

    def test_a_tampered_url_is_refused(self, world: World, key: str, finished: str) -> None:
        url = world.call("GET", f"/v2/requests/{finished}", key=key).json["output"]
        assert not world.s3_accepts(url.replace("/0?", "/1?"))
        assert not world.s3_accepts(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=9999"))

    def test_urls_are_minted_anew_at_every_read(self, world: World, key: str, finished: str) -> None:
        first = world.call("GET", f"/v2/requests/{finished}", key=key).json["images"][0]
        world.clock.advance(60)
        second = world.call("GET", f"/v2/requests/{finished}", key=key).json["images"][0]
        assert second["expires_at"] > first["expires_at"]


class TestImage:
    def test_its_permanent_address_leads_to_a_fresh_url(self, world: World, key: str, finished: str) -> None:
        answer = world.call("GET", f"/v2/requests/{finished}/images/0", key=key)
        assert answer.status == 303
        assert world.s3_accepts(answer.headers["location"])

    @pytest.mark.parametrize("index", ["1", "-1", "x", "00", "999999999999999999999"])
    def test_one_that_is_not_there_is_404(self, world: World, key: str, finished: str, index: str) -> None:
        assert world.call("GET", f"/v2/requests/{finished}/images/{index}", key=key).status == 404


class TestCancel:
    def test_a_waiting_request_is_canceled_and_given_back(self, world: World, key: str, queued: str) -> None:
        answer = world.call("POST", f"/v2/requests/{queued}/cancel", key=key)
        assert (answer.status, answer.json["status"], answer.json["code"]) == (200, "FAILED", "canceled")
        assert world.balance(key) == 1_000_000

    def test_one_that_failed_in_part_before_is_said_to_be_canceled(self, world: World, key: str) -> None:
        world.segmind_fails("504", seed=7)
        world.segmind_fails("429", seed=8)
        request_id = world.submit(key, seed=7, samples=2)
        world.deliver()
        answer = world.call("POST", f"/v2/requests/{request_id}/cancel", key=key)
        assert (answer.status, answer.json["code"]) == (200, "canceled")
        assert [failure.code for failure in world.request(request_id).failures] == ["provider_timeout", "canceled"]

    def test_one_with_pictures_already_is_not(self, world: World, key: str) -> None:
        world.segmind_fails("429", seed=8)
        request_id = world.submit(key, seed=7, samples=2)
        world.deliver()
        answer = world.call("POST", f"/v2/requests/{request_id}/cancel", key=key)
        assert (answer.status, answer.json["code"]) == (409, "not_cancelable")
        assert len(world.pictures()) == 1

    def test_a_canceled_request_is_not_worked_on(self, world: World, key: str, queued: str) -> None:
        world.call("POST", f"/v2/requests/{queued}/cancel", key=key)
        world.deliver()
        assert world.segmind.ledger == []

    def test_a_finished_one_cannot_be_canceled(self, world: World, key: str, finished: str) -> None:
        answer = world.call("POST", f"/v2/requests/{finished}/cancel", key=key)
        assert (answer.status, answer.json["code"]) == (409, "not_cancelable")
        assert len(world.pictures()) == 1

    def test_canceling_twice_gives_back_once(self, world: World, key: str, queued: str) -> None:
        world.call("POST", f"/v2/requests/{queued}/cancel", key=key)
        assert world.call("POST", f"/v2/requests/{queued}/cancel", key=key).status == 409
        assert world.balance(key) == 1_000_000


class TestErase:
    def test_pictures_prompt_and_parameters_are_gone(self, world: World, key: str, finished: str) -> None:
        assert world.call("DELETE", f"/v2/requests/{finished}", key=key).status == 204
        assert world.pictures() == []
        assert "fox" not in json.dumps(world.items())

    def test_what_is_erased_is_410(self, world: World, key: str, finished: str) -> None:
        world.call("DELETE", f"/v2/requests/{finished}", key=key)
        answer = world.call("GET", f"/v2/requests/{finished}", key=key)
        assert (answer.status, answer.json["code"]) == (410, "erased")
        assert world.call("GET", f"/v2/requests/{finished}/images/0", key=key).status == 410

    def test_the_pictures_go_before_the_mark(self, world: World, key: str, finished: str) -> None:
        world.aws.die_at("UpdateItem")
        with pytest.raises(Died):
            world.call("DELETE", f"/v2/requests/{finished}", key=key)
        world.aws.recover()
        assert world.pictures() == []
        assert world.call("DELETE", f"/v2/requests/{finished}", key=key).status == 204

    def test_what_has_expired_is_410_too(self, world: World, key: str, finished: str) -> None:
        world.clock.advance(7 * 24 * 3600 + 1)
        answer = world.call("GET", f"/v2/requests/{finished}", key=key)
        assert (answer.status, answer.json["code"]) == (410, "erased")
        assert "7 days" in answer.json["detail"]

    def test_it_can_be_repeated(self, world: World, key: str, finished: str) -> None:
        world.call("DELETE", f"/v2/requests/{finished}", key=key)
        assert world.call("DELETE", f"/v2/requests/{finished}", key=key).status == 204

    def test_an_unfinished_one_is_not_erased(self, world: World, key: str, queued: str) -> None:
        answer = world.call("DELETE", f"/v2/requests/{queued}", key=key)
        assert (answer.status, answer.json["code"]) == (409, "not_cancelable")

    def test_it_changes_no_balance(self, world: World, key: str, finished: str) -> None:
        world.call("DELETE", f"/v2/requests/{finished}", key=key)
        assert world.balance(key) == 988_000

    def test_it_is_still_in_the_history_without_its_prompt(self, world: World, key: str, finished: str) -> None:
        world.call("DELETE", f"/v2/requests/{finished}", key=key)
        (told,) = world.call("GET", "/v2/requests", key=key).json["results"]
        assert (told["prompt"], told["erased"], told["images"]) == (None, True, [])


class TestHistory:
    def test_it_is_the_accounts_own_newest_first(self, world: World, key: str) -> None:
        ids = [self.submit_later(world, key, n) for n in range(3)]
        world.submit(world.open_account())
        answer = world.call("GET", "/v2/requests", key=key)
        assert [one["request_id"] for one in answer.json["results"]] == ids[::-1]
        assert answer.json["next"] is None

    def test_it_comes_in_pages(self, world: World, key: str) -> None:
        ids = [self.submit_later(world, key, n) for n in range(5)]
        seen, path = [], "/v2/requests?limit=2"
        while path:
            answer = world.call("GET", path, key=key)
            seen += [one["request_id"] for one in answer.json["results"]]
            link = answer.headers.get("link", "")
            assert bool(link) == bool(answer.json["next"])
            path = link.partition(">")[0].partition("http://api.test")[2]
        assert seen == ids[::-1]

    @pytest.mark.parametrize(
        "query", ["limit=0", "limit=101", "limit=x", "cursor=nonsense", "cursor=%FF", "cursor=IHg="]
    )
    def test_a_page_that_cannot_be_is_refused(self, world: World, key: str, query: str) -> None:
        answer = world.call("GET", f"/v2/requests?{query}", key=key)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, query.partition("=")[0])

    def test_a_summary_has_what_a_list_shows(self, world: World, key: str, finished: str) -> None:
        (told,) = world.call("GET", "/v2/requests", key=key).json["results"]
        assert (told["prompt"], told["status"], told["metrics"]["cost"]) == (
            "a red fox in the snow", "COMPLETED", 0.012,
        )  # fmt: skip
        assert told["images"] == [{"index": 0, "permalink": f"http://api.test/v2/requests/{finished}/images/0"}]

    @staticmethod
    def submit_later(world: World, key: str, seed: int) -> str:
        world.clock.advance(1)
        return world.submit(key, seed=seed)


class TestOthers:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", ""), ("GET", "/status"), ("GET", "/images/0"), ("POST", "/cancel"), ("DELETE", ""),
            ("DELETE", "/images/0"),
        ],
    )  # fmt: skip
    def test_another_accounts_request_does_not_exist(self, world: World, finished: str, method: str, path: str) -> None:
        answer = world.call(method, f"/v2/requests/{finished}{path}", key=world.open_account())
        assert (answer.status, answer.json["code"]) == (404, "not_found")
        assert len(world.pictures()) == 1

    def test_the_credits_are_segminds_shape(self, world: World, key: str) -> None:
        answer = world.call("GET", "/v1/get-user-credits", key=key)
        assert (answer.status, answer.json) == (200, {"credits": 1.0, "free-credits": 0.0})

    def test_the_model_tells_price_and_parameters(self, world: World) -> None:
        told = world.call("GET", "/v1/models/BigDug-Sasha").json
        assert told["price"]["micros_per_image"] == 12_000
        assert len(told["parameters"]["properties"]["scheduler"]["enum"]) == 12
        assert told["site"] == {
            "name": "Sasha", "contact_url": "", "get_key_url": "", "terms_url": "", "privacy_url": "",
        }  # fmt: skip
        assert told["limits"] == {"requests_per_minute": 30, "guest_images_per_day": 4, "url_lifetime_s": 3600}

    def test_the_openapi_document_is_valid_and_lists_every_route(self, world: World) -> None:
        document = world.call("GET", "/openapi.json").json
        validate(document)
        assert "HTTPValidationError" not in json.dumps(document)
        assert document["openapi"].startswith("3.1")
        assert {
            (method.upper(), path) for path, item in document["paths"].items() for method in item
        } == {
            ("POST", "/v1/BigDug-Sasha"), ("POST", "/v2/BigDug-Sasha"),
            ("GET", "/v2/requests"), ("GET", "/v2/requests/{request_id}"),
            ("GET", "/v2/requests/{request_id}/status"), ("GET", "/v2/requests/{request_id}/images/{index}"),
            ("DELETE", "/v2/requests/{request_id}/images/{index}"),
            ("POST", "/v2/requests/{request_id}/cancel"), ("DELETE", "/v2/requests/{request_id}"),
            ("GET", "/v1/get-user-credits"), ("GET", "/v1/models/BigDug-Sasha"),
            ("GET", "/v2/usage"), ("GET", "/openapi.json"), ("GET", "/healthz"),
        }  # fmt: skip

    def test_it_is_alive(self, world: World) -> None:
        assert world.call("GET", "/healthz").status == 200


@pytest.mark.parametrize(("method", "path"), [("POST", "/cancel"), ("DELETE", ""), ("DELETE", "/images/0")])
def test_a_revoked_key_cancels_and_erases_nothing_from_that_moment(
    world: World, key: str, method: str, path: str
) -> None:
    request_id = world.submit(key)
    if method == "DELETE":
        world.deliver()
    assert world.call("GET", f"/v2/requests/{request_id}", key=key).status == 200
    world.revoke(key)
    assert world.call(method, f"/v2/requests/{request_id}{path}", key=key).status == 401
    assert world.call("GET", f"/v2/requests/{request_id}", key=world.issue_key(key.split("_")[1])).status == 200
