"""The way back to CloudFormation: tried again where that helps, bounded in time, and the URL is told to nobody."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sasha.adapters.cloudformation import NotAnswered, put_answer

URL = "https://answers.example/arn%3Aaws%3Acloudformation%7CPage?Expires=1795305600&Signature=0123456789abcdef"
BODY = b'{"Status": "SUCCESS"}'
SECRET = "0123456789abcdef"


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Whatever happens, the log does not have the URL, though every logger be as talkative as it can."""
    with caplog.at_level(logging.DEBUG):
        yield caplog
    assert SECRET not in caplog.text


class Answers(httpx.MockTransport):
    """A server that gives these answers in turn, the last one for ever; an exception is raised."""

    def __init__(self, *answers: int | Exception) -> None:
        super().__init__(self._answer)
        self.requests: list[httpx.Request] = []
        self._answers = answers

    def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = self._answers[min(len(self.requests), len(self._answers) - 1)]
        self.requests.append(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer)


def put(transport: httpx.AsyncBaseTransport | None, within_s: float = 5, url: str = URL) -> None:
    """In a thread of its own, as another test's browser may keep an event loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(put_answer, url, BODY, within_s, pause_s=0.001, transport=transport).result()


def refused(call: Callable[[], None]) -> str:
    """What is said when it cannot be done; the causes tell no URL either."""
    with pytest.raises(NotAnswered) as raised:
        call()
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    return str(raised.value)


def test_the_answer_is_put_as_the_signature_wants_it() -> None:
    """Which covers the verb, the path with its escapes, and an empty content type."""
    server = Answers(200)

    put(server)

    (request,) = server.requests
    assert (request.method, str(request.url), request.content) == ("PUT", URL, BODY)
    assert "content-type" not in request.headers
    assert request.headers["content-length"] == str(len(BODY))


@pytest.mark.parametrize(
    "trouble", [503, 500, httpx.ConnectError("no way there"), httpx.ReadTimeout("nothing"), httpx.ReadError("reset")]
)
def test_passing_trouble_is_outlasted(trouble: int | Exception) -> None:
    server = Answers(trouble, trouble, 200)

    put(server)

    assert len(server.requests) == 3


def test_what_is_refused_is_not_tried_again() -> None:
    server = Answers(403)

    assert refused(lambda: put(server)) == "CloudFormation refused the answer (403)"
    assert len(server.requests) == 1


def test_lasting_trouble_ends_with_the_time() -> None:
    assert refused(lambda: put(Answers(503), within_s=0.1)).startswith("no answer was taken within")


def test_a_server_that_never_answers_ends_with_the_time() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(3600)
        raise AssertionError("nobody waits for so long")

    assert refused(lambda: put(httpx.MockTransport(never), within_s=0.1)).startswith("no answer was taken within")


@pytest.mark.parametrize("url", ["", "nowhere", f"ftp://answers.example/{SECRET}", f"https://[{SECRET}", "http://"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    assert SECRET not in refused(lambda: put(None, 1, url))
