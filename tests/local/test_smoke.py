"""`sasha smoke`: it passes on the running stack, and fails, in words, when any one thing is not as it should be."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
import pytest

from cli.app import main
from cli.call import Machine
from tests.running import Running

Change = Callable[[httpx.Request, httpx.Response], httpx.Response]
Asked = tuple[str, str, tuple[str, ...]]
FORGED = "a forged signature is refused"


@dataclass
class Recorder(httpx.BaseTransport):
    """Asks the running stack, and remembers what it answered to what."""

    answers: dict[Asked, list[httpx.Response]] = field(default_factory=lambda: defaultdict(list))
    real: httpx.HTTPTransport = field(default_factory=httpx.HTTPTransport)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.real.handle_request(request)
        answer.read()
        self.answers[asked(request)].append(answer)
        return answer

    def close(self) -> None:
        self.real.close()


@dataclass
class Replay(httpx.BaseTransport):
    """Answers as the stack did, but for what `change` makes of it. What was asked repeatedly is answered in order."""

    answers: Mapping[Asked, Sequence[httpx.Response]]
    change: Change
    count: Counter[Asked] = field(default_factory=Counter)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        what = asked(request)
        then = self.answers[what][self.count[what]]
        self.count[what] += 1
        headers = [(name, value) for name, value in then.headers.items() if name != "content-encoding"]
        return self.change(request, httpx.Response(then.status_code, headers=headers, content=then.content))


def asked(request: httpx.Request) -> Asked:
    """What tells two requests apart; an id that exists nowhere is as good as another."""
    path = request.url.raw_path.decode()
    own = tuple(name for name in ("x-api-key", "sasha-guest", "range") if name in request.headers)
    return request.method, "nothing" if path.endswith("/status") else path, own


@dataclass(frozen=True)
class Said:
    """How the command ended, and what it printed."""

    code: int
    out: str
    err: str

    def outcomes(self) -> dict[str, str]:
        """By check; those that share a name are told apart by their order."""
        checks = json.loads(self.out)["checks"]
        return {f"{place} {each['check']}": each["outcome"] for place, each in enumerate(checks)}

    def failed(self) -> list[str]:
        return [each["check"] for each in json.loads(self.out)["checks"] if each["outcome"] == "failed"]


Smoke = Callable[..., Said]


@pytest.fixture
def smoke(running: Running, capsys: pytest.CaptureFixture[str]) -> Smoke:
    """The command, against the stack or over another transport."""

    def run(
        *words: str,
        key: str | None = running.api_key,
        transport: httpx.BaseTransport | None = None,
        url: str = running.page,
    ) -> Said:
        machine = Machine(
            environ={} if key is None else {"SASHA_API_KEY": key},
            sleep=lambda _: None,
            browser=lambda base: httpx.Client(base_url=base, transport=transport, trust_env=False, timeout=30),
        )
        return Said(main(["smoke", url, *words], machine), *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def good() -> Recorder:
    return Recorder()


@pytest.fixture
def broken(smoke: Smoke, good: Recorder) -> Callable[[Change], Said]:
    """The command where the stack's answers are changed on their way."""
    if not good.answers:
        assert smoke(transport=good).code == 0

    def run(change: Change) -> Said:
        return smoke("--json", transport=Replay(good.answers, change))

    return run


def test_the_running_stack_passes(smoke: Smoke) -> None:
    said = smoke()
    assert (said.code, said.err) == (0, "")
    assert "FAILED" not in said.out
    assert "skipped" not in said.out
    assert said.out.rstrip().endswith("All is well.")


def test_without_a_key_no_picture_is_made_and_the_rest_is_checked(smoke: Smoke) -> None:
    said = smoke("--json", key=None)
    assert said.code == 0
    assert list(said.outcomes().values()) == ["ok"] * 6 + ["skipped"] * 7


def test_it_says_how_more_is_checked(smoke: Smoke) -> None:
    assert "SASHA_API_KEY" in smoke(key=None).out.splitlines()[-1]


def test_nothing_is_left_behind(smoke: Smoke, running: Running) -> None:
    smoke()
    newest = httpx.get(f"{running.page}/v2/requests?limit=1", headers={"x-api-key": running.api_key}).json()
    assert newest["results"][0]["erased"]


def test_the_apis_own_address_is_not_the_pages(smoke: Smoke, running: Running) -> None:
    said = smoke(url=running.api)
    assert said.code == 1
    assert "PageUrl" in said.out


@pytest.mark.parametrize("address", ["http://sasha.example.org", "https://sasha.example.org/v1", "ftp://x", "", "a b"])
def test_what_is_no_address_is_not_asked(smoke: Smoke, address: str) -> None:
    said = smoke(url=address)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)


def test_what_is_no_key_is_not_sent_and_not_shown(smoke: Smoke) -> None:
    said = smoke(key="SG_0123456789abcdef")
    assert (said.code, said.out) == (2, "")
    assert "0123456789abcdef" not in said.err


def test_nobody_there_is_told_in_words(smoke: Smoke) -> None:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    said = smoke("--json", transport=httpx.MockTransport(nobody))
    assert (said.code, said.err) == (1, "")
    assert "check the address" in said.out


def without(*names: str) -> Change:
    """These headers are missing everywhere."""

    def change(_: httpx.Request, answer: httpx.Response) -> httpx.Response:
        for name in names:
            answer.headers.pop(name, None)
        return answer

    return change


def saying(name: str, value: str) -> Change:
    """This header has another value everywhere."""

    def change(_: httpx.Request, answer: httpx.Response) -> httpx.Response:
        answer.headers[name] = value
        return answer

    return change


def where(applies: Callable[[httpx.Request], bool], **other: object) -> Change:
    """Other answers to some requests."""

    def change(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        return httpx.Response(**other) if applies(request) else answer  # type: ignore[arg-type]

    return change


@pytest.mark.parametrize(
    "name",
    [
        "content-security-policy", "strict-transport-security", "x-content-type-options", "x-frame-options",
        "referrer-policy", "cross-origin-opener-policy", "cross-origin-resource-policy", "permissions-policy",
    ],
)  # fmt: skip
def test_a_missing_header_is_found(broken: Callable[[Change], Said], name: str) -> None:
    said = broken(without(name))
    assert said.code == 1
    assert "its headers" in said.failed()
    assert name in said.out


def test_a_csp_with_a_hole_is_found(broken: Callable[[Change], Said]) -> None:
    assert "its headers" in broken(saying("content-security-policy", "default-src *")).failed()


def test_answers_that_may_be_kept_are_found(broken: Callable[[Change], Said]) -> None:
    assert broken(saying("cache-control", "max-age=60")).failed() == ["its headers", "its headers"]


def test_an_error_from_a_cache_is_found(broken: Callable[[Change], Said]) -> None:
    assert broken(saying("apigw-requestid", "always-the-same")).failed() == ["an error is not cached"]


BROKEN: Mapping[str, tuple[Change, Iterable[str]]] = {
    "no page": (where(lambda r: r.url.path == "/", status_code=403), ["the page", "its headers"]),
    "another page": (
        where(lambda r: r.url.path == "/", status_code=200, html="<p>Hello</p>"), ["the page", "its headers"],
    ),
    "another product's API": (
        where(lambda r: "/models/" in r.url.path, status_code=200, json={"price": 1}), ["the API", "its headers"],
    ),
    "a part of something else": (
        where(lambda r: "range" in r.headers, status_code=206, content=b"x" * 100), ["a part of it (Range)"],
    ),
    "free pictures": (
        where(lambda r: r.method == "POST" and "x-api-key" not in r.headers, status_code=200, json={}),
        ["no picture without a key"],
    ),
    "a failed picture": (
        where(
            lambda r: r.method == "POST" and "x-api-key" in r.headers,
            status_code=502,
            json={"detail": "The picture service rejected this site's key."},
        ),
        ["a real picture"],
    ),
    "a picture that never comes": (
        where(
            lambda r: r.method == "POST" and "x-api-key" in r.headers,
            status_code=200,
            json={"request_id": "1", "status": "FAILED"},
        ),
        ["a real picture"],
    ),
    "no Range": (where(lambda r: "range" in r.headers, status_code=200), ["a part of it (Range)"]),
    "no pictures": (
        where(lambda r: r.url.path.startswith("/outputs/"), status_code=403, headers={"cache-control": "private"}),
        ["the picture's URL", "its headers", "a part of it (Range)"],
    ),
    "a picture that stays": (
        where(lambda r: r.method == "DELETE", status_code=409), ["erasing it"],
    ),
    "another's request is shown": (
        where(lambda r: r.method == "GET" and "sasha-guest" in r.headers, status_code=200, json={}),
        ["an error is not cached", "a refusal is not cached"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_stack_does_not_pass(broken: Callable[[Change], Said], what: str) -> None:
    change, failed = BROKEN[what]
    said = broken(change)
    assert (said.code, said.failed()) == (1, failed)


def test_signatures_that_nobody_checks_are_found(broken: Callable[[Change], Said]) -> None:
    """Whatever the query string says, the picture comes."""
    change = where(lambda r: r.url.path.startswith("/outputs/"), status_code=200, content=b"a picture")
    assert FORGED in broken(change).failed()


def test_a_table_of_every_check_says_what_to_do(smoke: Smoke, good: Recorder) -> None:
    assert good.answers or smoke(transport=good).code == 0
    said = smoke(transport=Replay(good.answers, without("x-frame-options")))
    assert said.code == 1
    line = next(line for line in said.out.splitlines() if "x-frame-options" in line)
    assert "FAILED" in line
    assert "2 of 13 checks failed." in said.out
