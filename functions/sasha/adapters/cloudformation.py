"""The way back to CloudFormation: a custom resource's answer is put at a presigned URL, which nobody else may learn."""

import asyncio
import logging

import httpx

from sasha.publishing.custom_resource import ANSWERED_WITHIN_S

ATTEMPT_S = 10.0
PAUSE_S = 1.0

logger = logging.getLogger("sasha")


class NotAnswered(Exception):
    """CloudFormation was not reached, or did not take the answer. The text says why, without the URL."""


def put_answer(
    url: str,
    body: bytes,
    within_s: float = ANSWERED_WITHIN_S,
    pause_s: float = PAUSE_S,
    transport: httpx.AsyncBaseTransport | None = None,
) -> None:
    """Put the answer there, again and again for so many seconds in all (a name is looked up besides).

    Raises NotAnswered.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of every call, with its URL
    try:
        asyncio.run(asyncio.wait_for(_put(url, body, pause_s, transport), within_s))
    except TimeoutError:
        raise NotAnswered(f"no answer was taken within {within_s:.0f} s") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise NotAnswered("there is no usable ResponseURL") from None


async def _put(url: str, body: bytes, pause_s: float, transport: httpx.AsyncBaseTransport | None) -> None:
    """Until it is taken, or refused for good. httpx's own errors would tell the URL."""
    async with httpx.AsyncClient(transport=transport, timeout=ATTEMPT_S, trust_env=False) as client:
        while True:
            try:
                # No content type: it is part of what the URL's signature covers, and there it is empty.
                answer = await client.put(url, content=body)
            except (httpx.UnsupportedProtocol, httpx.InvalidURL):
                raise
            except httpx.HTTPError as error:
                logger.warning("CloudFormation was not reached: %s", type(error).__name__)
            else:
                if answer.is_success:
                    return
                if answer.is_client_error:
                    raise NotAnswered(f"CloudFormation refused the answer ({answer.status_code})")
                logger.warning("CloudFormation did not take the answer: %d", answer.status_code)
            await asyncio.sleep(pause_s)
