"""Segmind's v1 protocol: one blocking, billable call per picture, and what each answer means for the money.

Known not to be billed, and worth asking again: never connected, 429, a 5xx in Segmind's own JSON envelope except 504.
Known not to be billed, and useless to ask again: a 4xx. Everything else may have been billed: it is never asked again.
"""

import asyncio
import base64
import json
import logging
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from sasha.adapters.picture_check import NotAPicture, check_picture
from sasha.adapters.secrets import SegmindKey
from sasha.core.errors import Code
from sasha.core.parameters import MAX_SEED, MODEL, GenerationParameters
from sasha.core.ports import Lost, NoRoom, Picture, Refused, Unbilled

CONNECT_TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024
# A reset further away than this is a clock gone wrong, not a limit.
LONGEST_RATE_LIMIT_S = 300
AN_HOUR_S = 3600
# A picture behind a URL is paid for: one failed GET must not lose it.
FETCHES = 3
FETCH_PAUSE_S = 0.5
PICTURE_DOMAIN = "segmind.com"
# What looking for a picture in JSON of any shape, or its URL, can raise.
NO_PICTURE = (ValueError, LookupError, TypeError, AttributeError, StopIteration, RecursionError, httpx.InvalidURL)

logger = logging.getLogger("sasha")
Number = TypeVar("Number", int, float)


class Segmind:
    """Implements core.ports.Provider."""

    def __init__(self, url: str, key: SegmindKey, now: Callable[[], datetime]) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._now = now
        self._tls = tls_context()

    def has_key(self) -> bool:
        return self._key.get(afresh=True) is not None

    def generate(self, wanted: GenerationParameters, seed: int, timeout_s: float) -> Picture:
        """One picture within so many seconds in all: connecting, waiting and reading (a name is looked up besides)."""
        body = {**wanted.model_dump(exclude_none=True), "samples": 1, "seed": seed, "base64": False}
        started = time.monotonic()
        try:
            # Read before the clock of the call starts, and outside its event loop: this blocks.
            key = self._read_key()
            content, headers = asyncio.run(asyncio.wait_for(self._ask(body, key), timeout_s))
            content_type, width, height = check_picture(content)
        except TimeoutError:
            raise Lost(Code.PROVIDER_TIMEOUT, "The picture service did not answer in time. Not charged.") from None
        except NotAPicture as error:
            raise _bad_answer(str(error)) from error
        except (Unbilled, Refused, Lost):
            raise
        except Exception as error:
            # Whatever this is, it may have been billed.
            logger.exception("A call to Segmind failed in an unknown way")
            raise Lost(Code.OUTCOME_UNKNOWN, "The picture service's answer was lost. Not charged.") from error
        return Picture(
            content=content,
            content_type=content_type,
            width=width,
            height=height,
            seed=_number(headers.get("x-seed-value"), int, seed, at_most=MAX_SEED),
            generation_time_s=round(
                _number(headers.get("x-generation-time"), float, time.monotonic() - started, at_most=AN_HOUR_S), 3
            ),
        )

    def _read_key(self, *, afresh: bool = False) -> str:
        try:
            key = self._key.get(afresh=afresh)
        except Exception as error:
            # Whatever Secrets Manager has, nothing was asked of Segmind yet.
            raise Unbilled(Code.PROVIDER_UNAVAILABLE, "The picture service cannot be used. Not charged.") from error
        if key is None:
            raise Refused(Code.PROVIDER_REJECTED_KEY, "No Segmind key has been entered. Not charged.")
        return key

    async def _ask(self, body: dict[str, Any], key: str) -> tuple[bytes, httpx.Headers]:
        """The picture's bytes and the answer's headers. A rejected key is read again once: it may have been rotated."""
        # One fresh connection per call: a socket kept over a freeze of this process makes false unknowns.
        timeout = httpx.Timeout(None, connect=CONNECT_TIMEOUT_S)
        async with httpx.AsyncClient(timeout=timeout, verify=self._tls) as client:
            status, headers, content = await self._post(client, body, key)
            if status == httpx.codes.UNAUTHORIZED:
                status, headers, content = await self._post(client, body, self._read_key(afresh=True))
            if status != httpx.codes.OK:
                raise _error(status, headers, content, self._now())
            return await self._picture_in(client, content), headers

    async def _post(
        self, client: httpx.AsyncClient, body: dict[str, Any], key: str
    ) -> tuple[int, httpx.Headers, bytes]:
        request = client.build_request("POST", f"{self._url}/v1/{MODEL}", json=body, headers={"x-api-key": key})
        try:
            return await _read(client, request)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Unbilled(Code.PROVIDER_UNAVAILABLE, "The picture service cannot be reached. Not charged.") from error
        except httpx.HTTPError as error:
            raise Lost(
                Code.OUTCOME_UNKNOWN, "The connection to the picture service broke while it worked. Not charged."
            ) from error

    async def _picture_in(self, client: httpx.AsyncClient, content: bytes) -> bytes:
        """The first picture of an answer: bytes, base64 in JSON, or a URL in JSON. Its content type may be missing."""
        if content.lstrip()[:1] not in (b"{", b"["):
            return content
        try:
            first = _first_picture(json.loads(content))
            if first.startswith(("https://", "http://")):
                return await self._fetch(client, first)
            return base64.b64decode("".join((first.partition(";base64,")[2] or first).split()), validate=True)
        except NO_PICTURE as error:
            raise _bad_answer(f"JSON that holds no picture ({type(error).__name__})") from error

    async def _fetch(self, client: httpx.AsyncClient, url: str) -> bytes:
        host = urlsplit(url).hostname or ""
        if not (host == PICTURE_DOMAIN or host.endswith(f".{PICTURE_DOMAIN}") or _origin(url) == _origin(self._url)):
            raise _bad_answer("a picture on a foreign host")
        for _ in range(FETCHES):
            try:
                status, _, content = await _read(client, client.build_request("GET", url))
            except httpx.HTTPError:
                status, content = 0, b""
            if status == httpx.codes.OK:
                return content
            if httpx.codes.is_redirect(status):
                break
            await asyncio.sleep(FETCH_PAUSE_S)
        raise _bad_answer(f"a picture that cannot be fetched (status {status})")


@cache
def tls_context() -> ssl.SSLContext:
    """Reading the certificates takes longer than all else that a call needs, so it is done once."""
    return httpx.create_ssl_context()


async def _read(client: httpx.AsyncClient, request: httpx.Request) -> tuple[int, httpx.Headers, bytes]:
    """The whole answer, of a bounded size. Redirects are not followed: they are no part of the protocol."""
    response = await client.send(request, stream=True)
    try:
        chunks, size = list[bytes](), 0
        async for chunk in response.aiter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise _bad_answer("more than 16 MB")
        return response.status_code, response.headers, b"".join(chunks)
    finally:
        await response.aclose()


def _error(status: int, headers: httpx.Headers, content: bytes, now: datetime) -> Exception:
    """What an answer other than 200 means. The texts are for callers."""
    text = _envelope(content)
    # Segmind's own words are shown nowhere: they may repeat the prompt or the key.
    logger.warning("Segmind answered %d, %s", status, "not in its own JSON" if text is None else "in its own JSON")
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return NoRoom(
            Code.WAITED_TOO_LONG, "The picture service had no room in time. Not charged.", _reset_in_s(headers, now)
        )
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return _servers_error(status, is_segminds_own=text is not None)
    # What is no JSON of Segmind's own comes from something in between, which may have disliked one prompt.
    if text is not None and status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return Refused(Code.PROVIDER_REJECTED_KEY, "The picture service does not accept this site's key. Not charged.")
    if text is not None and status == httpx.codes.NOT_ACCEPTABLE and "content type" not in text.lower():
        return Refused(
            Code.PROVIDER_OUT_OF_CREDITS, "This site's credits at the picture service are used up. Not charged."
        )
    if status < httpx.codes.MULTIPLE_CHOICES:
        return _bad_answer(f"status {status}")
    return Refused(Code.PROVIDER_ERROR, f"The picture service refused the request ({status}). Not charged.")


def _servers_error(status: int, *, is_segminds_own: bool) -> Exception:
    """Segmind's own JSON says that nothing was billed; a page of something in between says nothing about the job."""
    if status == httpx.codes.GATEWAY_TIMEOUT:
        return Lost(Code.PROVIDER_TIMEOUT, "The picture service ran out of time. Not charged.")
    if not is_segminds_own and status == httpx.codes.INTERNAL_SERVER_ERROR:
        return _bad_answer("an error page")  # of whatever broke over this request; others may fare better
    if not is_segminds_own:
        return Lost(Code.OUTCOME_UNKNOWN, "The picture service broke off while it worked. Not charged.")
    if status in (httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE):
        return Unbilled(Code.PROVIDER_UNAVAILABLE, "The picture service is out of order. Not charged.")
    return Unbilled(Code.PROVIDER_ERROR, "The picture service had an error of its own. Not charged.")


def _envelope(content: bytes) -> str | None:
    """The text of Segmind's own {"error": "…"}; None for anything else, which something in between has said."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    text = answer.get("error") if isinstance(answer, dict) else None
    return text if isinstance(text, str) else None


def _first_picture(answer: Any) -> str:
    """From {"image": …}, {"images": …}, a list of these, or v2's result: a base64 text or a URL."""
    found = answer
    while not isinstance(found, str):
        if isinstance(found, list):
            found = found[0]
        else:
            found = next(found[name] for name in ("images", "image", "output", "url", "base64") if found.get(name))
    return found.strip()


def _reset_in_s(headers: httpx.Headers, now: datetime) -> float | None:
    """Seconds until the rate limit ends, from ISO 8601 or an epoch in s or ms; None where it makes no sense."""
    text = headers.get("x-rate-limit-reset-at-utc", "").strip()
    try:
        try:
            epoch = float(text)
            at = datetime.fromtimestamp(epoch / 1000 if epoch > 1e11 else epoch, UTC)
        except ValueError:
            at = datetime.fromisoformat(text)
            at = at.replace(tzinfo=at.tzinfo or UTC)
        seconds = (at - now).total_seconds()
    except (ValueError, OverflowError, OSError):
        return None
    return max(seconds, 1.0) if -LONGEST_RATE_LIMIT_S < seconds < LONGEST_RATE_LIMIT_S else None


def _bad_answer(what: str) -> Lost:
    logger.warning("Segmind answered with %s", what)
    return Lost(Code.BAD_PROVIDER_ANSWER, "The picture service's answer held no usable picture. Not charged.")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _number(text: str | None, kind: Callable[[str], Number], otherwise: Number, at_most: float) -> Number:
    """A header's number, or what we know ourselves where it is missing, none, or beyond belief."""
    try:
        number = kind(text) if text else otherwise
    except ValueError:
        return otherwise
    return number if 0 <= number <= at_most else otherwise
