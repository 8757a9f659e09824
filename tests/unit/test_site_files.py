"""The page's files as the local stack serves them: each with its type, and asked for again by every browser."""

from pathlib import Path

import pytest

from local.messages import Request
from local.origins import SiteFiles
from sasha.publishing.files import CACHE_CONTROL


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("styles/base.css", "text/css; charset=utf-8"),
        ("app/main.js", "text/javascript; charset=utf-8"),
        ("vendor/signals-core.mjs", "text/javascript; charset=utf-8"),
        ("favicon.svg", "image/svg+xml"),
        ("example.avif", "image/avif"),
        ("example.webp", "image/webp"),
        ("app.webmanifest", "application/manifest+json"),
        ("vendor/manifest.json", "application/json"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_file_has_its_type_and_is_asked_for_again_each_time(
    tmp_path: Path, name: str, content_type: str, method: str
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"a file")

    answer = SiteFiles(tmp_path).respond(Request(method, f"/{name}"))

    assert (answer.status, answer.header("content-type")) == (200, content_type)
    assert (answer.header("cache-control"), answer.body) == (CACHE_CONTROL, b"a file")


def test_browsers_ask_again_each_time_and_cloudfront_answers_them_for_a_day() -> None:
    """Without `no-cache`, which CloudFront would heed too."""
    assert set(CACHE_CONTROL.split(", ")) == {"public", "max-age=0", "must-revalidate", "s-maxage=86400"}
