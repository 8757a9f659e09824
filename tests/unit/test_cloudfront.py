"""The local CloudFront compresses what the real one would, and for those who can read it alone."""

import gzip

import pytest

from local.cloudfront import Behavior, CloudFront, Distribution, Origin
from local.messages import Answer, Request

TEXT = b"a red fox in the snow " * 100


def asked(answer: Answer, *, compresses: bool = True, accepts: str = "gzip, br") -> Answer:
    behavior = Behavior("*", "site", ("GET", "HEAD"), compresses=compresses)
    front = CloudFront(Distribution("index.html", (behavior,), (Origin("site", "site"),)), {"site": lambda _: answer})
    return front.respond(Request("GET", "/app/main.js", headers={"accept-encoding": accepts}))


def script(body: bytes = TEXT, content_type: str = "text/javascript; charset=utf-8", status: int = 200) -> Answer:
    return Answer(status, (("content-type", content_type),), body)


def test_a_script_is_compressed() -> None:
    answer = asked(script())

    assert gzip.decompress(answer.body) == TEXT
    assert (answer.header("content-encoding"), answer.header("vary")) == ("gzip", "Accept-Encoding")


@pytest.mark.parametrize(
    ("answer", "more"),
    [
        (script(), {"accepts": "identity"}),
        (script(), {"compresses": False}),
        (script(b"short"), {}),
        (script(content_type="image/avif"), {}),
        (script(status=404), {}),
    ],
    ids=["not understood", "not switched on", "small", "a picture", "an error"],
)
def test_anything_else_is_sent_as_it_is(answer: Answer, more: dict[str, str | bool]) -> None:
    assert asked(answer, **more) == answer  # type: ignore[arg-type]
