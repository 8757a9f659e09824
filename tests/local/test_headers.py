"""The response headers are the README's list, exactly: on the page, on the API and on pictures, errors included."""

import re
from collections.abc import Iterator

import httpx
import pytest

from local.template import load_template
from tests.running import ROOT, Running

LIST = (ROOT / "README.md").read_text(encoding="utf-8").split("### Response headers")[1].split("\n#")[0]
PAGE, API, PICTURE = "page", "API", "pictures"
FOX = {"prompt": "a red fox in the snow", "img_width": 512, "img_height": 512}
# What is in them depends on the answer; none of it is a promise to browsers.
OF_EVERY_ANSWER = {"server", "date", "content-type", "content-length"}
BESIDE = {
    PAGE: {"cache-control", "content-encoding", "vary", "etag", "last-modified"},
    API: {
        "apigw-requestid", "www-authenticate", "allow", "retry-after", "location", "link", "vary",
        "x-request-id", "x-held-credits", "x-cost", "x-remaining-credits", "ratelimit", "ratelimit-policy",
        "x-generation-time", "x-seed-value", "content-location", "content-disposition",
    },
    PICTURE: {
        "etag", "last-modified", "accept-ranges", "content-range", "content-disposition", "x-amz-meta-image",
        "x-amz-server-side-encryption",
        # moto's own
        "x-amz-sdk-checksum-algorithm", "x-amz-content-sha256", "x-amzn-requestid",
    },
}  # fmt: skip
# What S3 says in a picture's place.
WITHOUT_CACHE_CONTROL = ("a range that is not there", "what has not changed", "a forged signature", "no signature")


def listed(where: str) -> dict[str, str]:
    """The list's headers and values for one of its columns."""
    names, _, *rows = [line.strip("|").split("|") for line in LIST.splitlines() if line.startswith("|")]
    column = [name.strip() for name in names].index(where)
    found: dict[str, str] = {}
    for row in rows:
        cells = [cell.strip() for cell in row]
        value = cells[1] if cells[column] == "as the page" else cells[column]
        if value:
            found[cells[0].strip("`")] = value.strip("`")
    return found


@pytest.fixture(scope="module")
def http(running: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.page, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def picture(running: Running, http: httpx.Client) -> str:
    """The URL of one."""
    made = http.post("/v1/BigDug-Sasha", json=FOX, headers={"x-api-key": running.api_key}).json()
    return str(made["output"])


@pytest.fixture(scope="module")
def answers(running: Running, http: httpx.Client, picture: str) -> dict[str, tuple[str, httpx.Response]]:
    """Every kind of answer, by name, with the list's column that is about it."""
    key = {"x-api-key": running.api_key}
    forged = re.sub(r"Signature=(.)", lambda found: f"Signature={'1' if found[1] == '0' else '0'}", picture)
    etag = http.get(picture).headers["etag"]
    return {
        "the page": (PAGE, http.get("/")),
        "a module": (PAGE, http.get("/app/main.js")),
        "a file that is not there": (PAGE, http.get("/app/nothing.js")),
        "a method that is not allowed": (PAGE, http.put("/")),
        "the model": (API, http.get("/v1/models/BigDug-Sasha")),
        "a result": (API, http.post("/v1/BigDug-Sasha", json=FOX, headers=key)),
        "a picture's bytes": (API, http.post("/v1/BigDug-Sasha", json=FOX, headers={**key, "accept": "image/*"})),
        "a bad request": (API, http.post("/v1/BigDug-Sasha", json={"samples": 9}, headers=key)),
        "no key": (API, http.post("/v2/BigDug-Sasha", json=FOX)),
        "nothing there": (API, http.get("/v2/nothing", headers=key)),
        "a wrong verb": (API, http.put("/v1/BigDug-Sasha")),
        "the description": (API, http.get("/openapi.json")),
        "a picture": (PICTURE, http.get(picture)),
        "a part of it": (PICTURE, http.get(picture, headers={"range": "bytes=0-9"})),
        "a range that is not there": (PICTURE, http.get(picture, headers={"range": "bytes=99999999-"})),
        "what has not changed": (PICTURE, http.get(picture, headers={"if-none-match": etag})),
        "a forged signature": (PICTURE, http.get(forged)),
        "no signature": (PICTURE, http.get("/outputs/11111111-1111-4111-8111-111111111111/0")),
    }


def test_they_are_those_of_the_readme_and_no_others(answers: dict[str, tuple[str, httpx.Response]]) -> None:
    differ = {}
    for name, (where, answer) in answers.items():
        wanted = listed(where)
        if name in WITHOUT_CACHE_CONTROL:
            wanted.pop("cache-control", None)
        beside = OF_EVERY_ANSWER | BESIDE[where]
        told = {header: value for header, value in answer.headers.items() if header not in beside}
        if told != wanted:
            differ[name] = told.items() ^ wanted.items()
    assert differ == {}


def test_the_answers_are_what_they_are_called(answers: dict[str, tuple[str, httpx.Response]]) -> None:
    assert [answer.status_code for _, answer in answers.values()] == [
        200, 200, 404, 403, 200, 200, 200, 400, 401, 404, 405, 200, 200, 206, 416, 304, 403, 403,
    ]  # fmt: skip


def test_on_the_apis_own_address_only_what_the_function_says_is_there(running: Running) -> None:
    answer = httpx.get(f"{running.api}/v1/models/BigDug-Sasha", trust_env=False)
    assert answer.headers.keys() - OF_EVERY_ANSWER == {"cache-control", "apigw-requestid"}
    assert answer.headers["cache-control"] == listed(API)["cache-control"]


@pytest.mark.parametrize("where", [PAGE, API])
def test_the_list_is_the_templates(where: str) -> None:
    """What is said to be one source: by name and value, as CloudFront writes them."""
    config = load_template().properties("HeadersPolicy")["ResponseHeadersPolicyConfig"]
    named = {item["Header"].lower(): item["Value"] for item in config["CustomHeadersConfig"]["Items"]}
    security = config["SecurityHeadersConfig"]
    listed_ = listed(where)
    listed_.pop("cache-control", None)
    assert {name: value for name, value in listed_.items() if name in named} == named
    assert listed_["content-security-policy"] == security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert len(listed_) == len(named) + len(security)
