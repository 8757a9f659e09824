"""What is asked of a live stack, and what each answer must be: in words that say what to do where it is not."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from sasha.core.parameters import MODEL

A_FOX = {"prompt": "a red fox in the snow", "img_width": 512, "img_height": 512}
NOT_FOR_NOTHING = "With an API key in SASHA_API_KEY, one picture is made and looked at too."
# Half a minute for the gateway's own patience, and again for a queue.
PICTURE_WITHIN_S = 45.0
SCRIPT = re.compile(r'<script[^>]* src="(/app/[^"]+)"')
SIGNATURE = re.compile(r"X-Amz-Signature=([0-9a-f]{64})")
PICTURES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}
# Of page and API alike, and what in each must not be missing; template.yaml's HeadersPolicy has them whole.
SECURITY = {
    "content-security-policy": ("default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"),
    "strict-transport-security": ("max-age=31536000",),
    "x-content-type-options": ("nosniff",),
    "x-frame-options": ("DENY",),
    "referrer-policy": ("no-referrer",),
    "cross-origin-opener-policy": ("same-origin",),
    "cross-origin-resource-policy": ("same-origin",),
    "permissions-policy": ("camera=()", "microphone=()", "geolocation=()"),
}
DEPLOY_AGAIN = "deploy the present version again"


class Wrong(Exception):
    """A check failed: what was seen, and what to do."""

    def __init__(self, seen: str, todo: str) -> None:
        super().__init__(f"{seen.rstrip('.')}: {todo}.")


class Skipped(Exception):
    """A check was not made: why not."""


@dataclass
class Site:
    """The stack at an address as its callers see it, and the picture that was made there."""

    http: httpx.Client
    key: str
    sleep: Callable[[float], None]
    result: Mapping[str, Any] | None = None
    content: bytes = field(default=b"", repr=False)

    @property
    def own(self) -> dict[str, str]:
        """The key's header. Raises Skipped where there is none."""
        if not self.key:
            raise Skipped("SASHA_API_KEY is not set")
        return {"x-api-key": self.key}

    @property
    def made(self) -> Mapping[str, Any]:
        """The result with the picture. Raises Skipped where none was made."""
        if self.result is None:
            raise Skipped("no picture was made" if self.key else "SASHA_API_KEY is not set")
        return self.result

    @property
    def picture_url(self) -> str:
        """Where the picture is, as the API said it."""
        return str(self.made["images"][0]["url"])


def page(site: Site) -> str:
    """The page is there, and what it loads first."""
    answer = site.http.get("/")
    _must(answer, 200, "text/html", "the page is not uploaded, or this is not its address (output PageUrl)")
    script = SCRIPT.search(answer.text)
    if not script:
        raise Wrong("Something else than this product's page is there", "check the address (output PageUrl)")
    module = site.http.get(script[1])
    _must(module, 200, "text/javascript", f"{script[1]} is not uploaded; {DEPLOY_AGAIN}")
    return f"{len(answer.content):,} bytes, and {script[1]} with {len(module.content):,}"


def page_headers(site: Site) -> str:
    """A browser holds the page to what it may do."""
    return _must_be_safe(site.http.get("/"))


def api(site: Site) -> str:
    """The API answers behind the same address."""
    answer = site.http.get(f"/v1/models/{MODEL}")
    model = _json(answer, 200, "the API does not answer behind this address: look at the log of ApiFunction")
    return f"{MODEL} for {model['price']['per_image']} dollars a picture"


def api_headers(site: Site) -> str:
    """The same, and nothing of the API's is kept anywhere."""
    answer = site.http.get(f"/v1/models/{MODEL}")
    if answer.headers.get("cache-control") != "no-store":
        raise Wrong(f"cache-control is {answer.headers.get('cache-control')!r}, not 'no-store'", DEPLOY_AGAIN)
    return _must_be_safe(answer)


def refusal(site: Site) -> str:
    """Nobody draws without paying, and is told so."""
    answer = site.http.post(f"/v1/{MODEL}", json=A_FOX)
    problem = _json(answer, 401, "a picture without an API key must be refused; take the stack off the net, and look")
    if problem.get("code") != "missing_api_key" or problem.get("billed") is not False:
        raise Wrong(f"The refusal says {problem.get('code')!r}", f"it should say 'missing_api_key'; {DEPLOY_AGAIN}")
    return f"401 {problem['code']}"


def error_afresh(site: Site) -> str:
    """An error is asked for again, not repeated from a cache: each answer has its own id."""
    nothing = f"/v2/requests/{uuid4()}/status"
    answers = [site.http.get(nothing, headers={"sasha-guest": "1"}) for _ in range(2)]
    _json(answers[0], 404, f"a request that does not exist must be told so; {DEPLOY_AGAIN}")
    ids = [answer.headers.get("apigw-requestid") for answer in answers]
    if None in ids or ids[0] == ids[1] or any("age" in answer.headers for answer in answers):
        raise Wrong(
            "The second answer to the same wrong address came from a cache",
            "each error code needs ErrorCachingMinTTL 0 in CloudFront (template.yaml, CustomErrorResponses)",
        )
    return "404 twice, each from the API itself"


def make_picture(site: Site) -> str:
    """One real picture, paid for by the key's account."""
    headers = {**site.own, "idempotency-key": str(uuid4()), "prefer": "wait=25"}
    began = time.monotonic()
    answer = site.http.post(f"/v1/{MODEL}", json=A_FOX, headers=headers)
    body = _json(answer, (200, 202), "see what it says; the picture was not made")
    while body.get("status") in ("QUEUED", "PROCESSING") and time.monotonic() - began < PICTURE_WITHIN_S:
        site.sleep(1.0)
        answer = site.http.get(f"/v2/requests/{body['request_id']}", headers=site.own)
        body = _json(answer, 200, "the picture could not be made; what is said is Segmind's or the worker's trouble")
    if body.get("status") != "COMPLETED" or not body.get("images"):
        raise Wrong(
            f"After {PICTURE_WITHIN_S:.0f} s it is {body.get('status')}",
            f"look at the log of WorkerFunction for {body.get('request_id')}",
        )
    site.result = body
    return f"{body['images'][0]['content_type']}, {body['metrics'].get('cost')} dollars, seed {body['seed']}"


def tampered(site: Site) -> str:
    """A signature that was changed opens nothing."""
    signature = SIGNATURE.search(site.picture_url)
    if not signature:
        raise Wrong("The picture's URL has no signature", "anybody could read it; take the stack off the net, and look")
    forged = site.picture_url.replace(signature[1], signature[1][::-1])
    answer = site.http.get(forged)
    if answer.status_code != 403:
        raise Wrong(
            f"A forged signature was answered {answer.status_code}, not 403",
            "S3 must check it: /outputs/* needs its bucket without access control (template.yaml, Distribution)",
        )
    return "403"


def its_url(site: Site) -> str:
    """The picture is where the API says, on the page's own host, right after the forgery was refused there."""
    image = site.made["images"][0]
    if urlsplit(site.picture_url).netloc != urlsplit(str(site.http.base_url)).netloc:
        raise Wrong(f"Its URL is on {urlsplit(site.picture_url).netloc}", "x-gateway-secret does not reach the API")
    answer = site.http.get(site.picture_url)
    _must(
        answer, 200, image["content_type"], "CloudFront must pass the query string on, cache no errors, ask S3's host"
    )
    if len(answer.content) != image["file_size"] or not answer.content.startswith(PICTURES[image["content_type"]]):
        raise Wrong(
            f"{len(answer.content):,} bytes came, of {image['file_size']:,}", "the picture is not what was made"
        )
    site.content = answer.content
    return f"{len(answer.content):,} bytes"


def picture_headers(site: Site) -> str:
    """No cache on the way keeps it, and no browser takes it for something else."""
    headers = site.http.get(site.picture_url).headers
    for name, part in {"cache-control": "private", "x-content-type-options": "nosniff"}.items():
        if part not in headers.get(name, ""):
            raise Wrong(f"{name} is {headers.get(name)!r}", f"it should say {part!r}; {DEPLOY_AGAIN}")
    return f"cache-control: {headers['cache-control']}"


def part(site: Site) -> str:
    """A part of it can be had."""
    answer = site.http.get(site.picture_url, headers={"range": "bytes=0-99"})
    told = answer.headers.get("content-range", "")
    if answer.status_code != 206 or told != f"bytes 0-99/{site.made['images'][0]['file_size']}":
        raise Wrong(f"A Range request was answered {answer.status_code} {told}".rstrip(), "Range must reach S3")
    if answer.content != site.content[:100]:
        raise Wrong("The first hundred bytes are others", "something between S3 and here changes pictures")
    return f"206 {told}"


def error_forgotten(site: Site) -> str:
    """What was not to be seen without the key is there at once with it."""
    path = f"/v2/requests/{site.made['request_id']}"
    _json(site.http.get(path, headers={"sasha-guest": "1"}), 404, "another's request must not be seen; look at once")
    told = _json(
        site.http.get(path, headers=site.own), 200, "its 404 of a moment ago came again: CloudFront caches errors"
    )
    return f"404 without the key, then {told['status']} with it"


def erase(site: Site) -> str:
    """Nothing is left behind."""
    path = f"/v2/requests/{site.made['request_id']}"
    answer = site.http.delete(path, headers=site.own)
    if answer.status_code != 204:
        raise Wrong(f"Erasing it was answered {answer.status_code}", "erase it by hand; it expires by itself too")
    if site.http.get(site.picture_url).status_code == 200:
        raise Wrong("The picture can still be had", "a cache keeps pictures: /outputs/* must use CachingDisabled")
    return "it is gone"


CHECKS: tuple[tuple[str, Callable[[Site], str]], ...] = (
    ("the page", page),
    ("its headers", page_headers),
    ("the API", api),
    ("its headers", api_headers),
    ("no picture without a key", refusal),
    ("an error is not cached", error_afresh),
    ("a real picture", make_picture),
    ("a forged signature is refused", tampered),
    ("the picture's URL", its_url),
    ("its headers", picture_headers),
    ("a part of it (Range)", part),
    ("a refusal is not cached", error_forgotten),
    ("erasing it", erase),
)


def _must(answer: httpx.Response, status: int, content_type: str, todo: str) -> None:
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if (answer.status_code, kind) != (status, content_type):
        raise Wrong(f"{answer.status_code} {kind}, not {status} {content_type}", todo)


def _json(answer: httpx.Response, status: int | tuple[int, ...], todo: str) -> Any:
    """The answer's JSON. Raises Wrong for another status, with what it says of itself."""
    try:
        body = answer.json()
    except json.JSONDecodeError:
        body = None
    wanted = (status,) if isinstance(status, int) else status
    if answer.status_code in wanted and isinstance(body, dict):
        return body
    detail = body.get("detail") or body.get("error") if isinstance(body, dict) else None
    raise Wrong(f"{answer.status_code}{f' {detail}' if detail else ''}", todo)


def _must_be_safe(answer: httpx.Response) -> str:
    for name, parts in SECURITY.items():
        value = answer.headers.get(name, "")
        missing = [each for each in parts if each not in value]
        if missing:
            seen = f"{name} lacks {', '.join(missing)}" if value else f"There is no {name}"
            raise Wrong(seen, f"CloudFront's HeadersPolicy is not the template's; {DEPLOY_AGAIN}")
    return f"{len(SECURITY)} of them"
