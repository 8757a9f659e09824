"""Bad input: each gets a clear answer, none is a 5xx, none holds credits, none reaches Segmind."""

import json
from typing import Any

import pytest

from tests.functional.world import Answer, World

SUBMIT = "/v1/BigDug-Sasha"
OK = {"prompt": "a red fox in the snow"}


def with_field(**fields: Any) -> str:
    return json.dumps({**OK, **fields})


@pytest.fixture
def key(world: World) -> str:
    return world.open_account()


@pytest.fixture(autouse=True)
def nothing_happened(world: World, key: str) -> Any:
    yield
    assert world.balance(key) == 1_000_000
    assert (world.items("REQUEST#"), world.hints(), world.segmind.calls) == ([], [], [])


@pytest.mark.parametrize("path", ["/v1/BigDug-Sasha", "/v2/BigDug-Sasha"])
@pytest.mark.parametrize(
    ("body", "pointer", "says"),
    [
        pytest.param("", "", "empty", id="empty"),
        pytest.param("  \n", "", "empty", id="white space"),
        pytest.param("{", "", "no JSON", id="broken JSON"),
        pytest.param('{"prompt": "x"} trailing', "", "no JSON", id="trailing text"),
        pytest.param("[]", "", "object", id="an array"),
        pytest.param(f"[{json.dumps(OK)}]", "", "object", id="an array around an object"),
        pytest.param('"a red fox"', "", "object", id="a string"),
        pytest.param("null", "", "object", id="null"),
        pytest.param("{}", "/prompt", "Required", id="no prompt"),
        pytest.param(b"\xff\xfe", "", "UTF-8", id="not UTF-8"),
        pytest.param("[" * 30_000, "", "no JSON", id="deeply nested"),
        pytest.param('{"prompt": "x", "seed": NaN}', "", "NaN", id="NaN"),
        pytest.param('{"prompt": "x", "seed": -Infinity}', "", "-Infinity", id="Infinity"),
        pytest.param('{"prompt": "x", "guidance_scale": 1e999}', "/guidance_scale", "finite", id="1e999"),
        pytest.param(with_field(prompt="   "), "/prompt", "blank", id="prompt of spaces"),
        pytest.param(with_field(prompt="x" * 4_001), "/prompt", "4000", id="prompt too long"),
        pytest.param(with_field(seed=10**20), "/seed", "999999999999999", id="seed 10^20"),
        pytest.param(with_field(samples=0), "/samples", "greater than or equal to 1", id="samples 0"),
        pytest.param(with_field(samples=5), "/samples", "less than or equal to 4", id="samples 5"),
        pytest.param(with_field(samples=1.5), "/samples", "integer", id="samples 1.5"),
        pytest.param(with_field(img_width=513), "/img_width", "512, 768 or 1024", id="size 513"),
        pytest.param(with_field(promt="x"), "/promt", "did you mean 'prompt'", id="unknown field"),
        pytest.param(with_field(**{"a/b~c": 1}), "/a~1b~0c", "no such parameter", id="a pointer is escaped"),
    ],
)
def test_a_bad_body_is_400_and_says_what_to_do(
    world: World, key: str, path: str, body: str | bytes, pointer: str, says: str
) -> None:
    answer = world.call("POST", path, body, key=key)
    assert (answer.status, answer.json["code"]) == (400, "invalid_parameters")
    (fault,) = answer.json["errors"]
    assert fault["pointer"] == pointer
    assert says in fault["detail"]


def test_an_unknown_scheduler_is_told_all_twelve(world: World, key: str) -> None:
    answer = world.call("POST", SUBMIT, with_field(scheduler="Euler b"), key=key)
    assert answer.json["errors"][0]["detail"].count(",") == 11


def test_a_thousand_unknown_fields_do_not_bring_a_thousand_faults(world: World, key: str) -> None:
    answer = world.call("POST", SUBMIT, with_field(**{f"{n:x<50}": 1 for n in range(1_000)}), key=key)
    assert answer.status == 400
    assert len(answer.content) < 10_000


def test_all_faults_are_named_at_once(world: World, key: str) -> None:
    answer = world.call("POST", SUBMIT, with_field(samples=9, seed=-2, img_height=1, size="big"), key=key)
    assert {fault["pointer"] for fault in answer.json["errors"]} == {"/samples", "/seed", "/img_height", "/size"}


def test_a_prompt_of_a_megabyte_is_413(world: World, key: str) -> None:
    answer = world.call("POST", SUBMIT, with_field(prompt="x" * 1_000_000), key=key)
    assert (answer.status, answer.json["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "image/png",
    ],
)
def test_a_wrong_content_type_is_415_and_names_the_right_one(world: World, key: str, content_type: str) -> None:
    answer = world.call("POST", SUBMIT, OK, key=key, headers={"content-type": content_type})
    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")
    assert "application/json" in answer.json["detail"]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        pytest.param(None, "missing_api_key", id="missing"),
        pytest.param("", "missing_api_key", id="empty"),
        pytest.param("nonsense", "invalid_api_key", id="not of a key's form"),
        pytest.param("SG_0123456789abcdef", "invalid_api_key", id="Segmind's own"),
        pytest.param("sasha_nobody_" + "0" * 32, "invalid_api_key", id="of no account"),
        pytest.param("sasha_nobody_" + "0" * 32 + "\u00e9", "invalid_api_key", id="beyond ASCII"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/BigDug-Sasha"), ("POST", "/v2/BigDug-Sasha"), ("GET", "/v2/requests"),
        ("GET", "/v2/requests/11111111-1111-4111-8111-111111111111"),
        ("GET", "/v2/requests/11111111-1111-4111-8111-111111111111/status"),
        ("GET", "/v2/requests/11111111-1111-4111-8111-111111111111/images/0"),
        ("POST", "/v2/requests/11111111-1111-4111-8111-111111111111/cancel"),
        ("DELETE", "/v2/requests/11111111-1111-4111-8111-111111111111"), ("GET", "/v1/get-user-credits"),
    ],
)  # fmt: skip
class TestKeys:
    @pytest.fixture(autouse=True)
    def nothing_happened(self) -> None:
        """Here the key is no account's."""

    def test_a_bad_key_is_401(self, world: World, method: str, path: str, key: str | None, code: str) -> None:
        answer = world.call(method, path, OK if path.endswith("Sasha") else None, key=key)
        assert (answer.status, answer.json["code"]) == (401, code)
        assert "x-api-key" in answer.headers["www-authenticate"]


def test_a_key_sent_twice_is_401(world: World, key: str) -> None:
    answer = world.call("POST", SUBMIT, OK, headers={"x-api-key": f"{key},{key}"})
    assert (answer.status, answer.json["code"]) == (401, "invalid_api_key")
    assert "twice" in answer.json["detail"]


def test_a_wrong_key_of_a_right_account_is_401(world: World, key: str) -> None:
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    assert world.call("POST", SUBMIT, OK, key=wrong).json["code"] == "invalid_api_key"


def test_a_revoked_key_is_401_and_says_so(world: World, key: str) -> None:
    revoked = world.issue_key(key.split("_")[1], revoked=True)
    answer = world.call("POST", SUBMIT, OK, key=revoked)
    assert (answer.status, answer.json["code"]) == (401, "invalid_api_key")
    assert "revoked" in answer.json["detail"]


def test_a_revoked_key_works_for_a_minute_at_most(world: World, key: str) -> None:
    assert world.call("GET", "/v1/get-user-credits", key=key).status == 200
    world.revoke(key)
    world.clock.advance(61)
    assert world.call("POST", SUBMIT, OK, key=key).status == 401


def test_a_disabled_account_is_403(world: World, key: str) -> None:
    world.disable(key)
    answer = world.call("POST", SUBMIT, OK, key=key)
    assert (answer.status, answer.json["code"]) == (403, "forbidden")


def test_an_account_disabled_while_its_key_is_cached_holds_nothing(world: World, key: str) -> None:
    world.call("GET", "/v1/get-user-credits", key=key)
    world.disable(key)
    answer = world.call("POST", SUBMIT, OK, key=key)
    assert (answer.status, answer.json["code"]) == (403, "forbidden")


def test_an_account_disabled_between_the_read_and_the_transaction_holds_nothing(world: World, key: str) -> None:
    world.aws.do_before("TransactWriteItems", lambda: world.disable(key))
    answer = world.call("POST", SUBMIT, OK, key=key)
    assert (answer.status, answer.json["code"]) == (403, "forbidden")
    assert (world.balance(key), world.open_requests()) == (1_000_000, [])


def test_a_wrong_gateway_secret_is_403(world: World, key: str) -> None:
    answer = world.call("POST", SUBMIT, OK, key=key, headers={"x-gateway-secret": "guessed"})
    assert (answer.status, answer.json["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/v1"),
        ("POST", "/v1/sdxl"),
        ("GET", "/v3/x"),
        ("GET", "/v2/requests/"),
        ("POST", "/v2/%00"),
    ],
)
def test_an_unknown_path_is_404_in_the_same_form(world: World, key: str, method: str, path: str) -> None:
    answer: Answer = world.call(method, path, key=key)
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/BigDug-Sasha", "POST"), ("PUT", "/v2/BigDug-Sasha", "POST"), ("POST", "/v2/requests", "GET"),
        ("PATCH", "/v2/requests/11111111-1111-4111-8111-111111111111", "GET, DELETE"), ("DELETE", "/healthz", "GET"),
        ("TRACE", "/v2/requests", "GET"),
        ("GET", "/v2/requests/11111111-1111-4111-8111-111111111111/cancel", "POST"),
    ],
)  # fmt: skip
def test_a_wrong_verb_is_405_and_names_the_right_ones(
    world: World, key: str, method: str, path: str, allow: str
) -> None:
    answer = world.call(method, path, key=key)
    assert (answer.status, answer.json["code"], answer.headers["allow"]) == (405, "method_not_allowed", allow)


@pytest.mark.parametrize("request_id", ["x", "1", "11111111111141118111111111111111", "..", "%2e%2e", "a" * 5_000])
def test_an_id_that_is_no_uuid_is_404(world: World, key: str, request_id: str) -> None:
    answer = world.call("GET", f"/v2/requests/{request_id}", key=key)
    assert (answer.status, answer.json["code"]) == (404, "not_found")
