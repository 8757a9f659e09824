"""The site function: CloudFormation calls it when the page has changed, and when the stack comes or goes.

What it does is in site_events.py. Here is the standard library alone: if the rest cannot be loaded (packed for another
processor, say), CloudFormation is to hear that at once, and not to wait for an answer until its own patience ends.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.request import Request, urlopen

from sasha.publishing.custom_resource import ANSWERED_WITHIN_S, body_of, cannot_be_loaded

logger = logging.getLogger("sasha")


def answer_that_it_cannot_be_loaded(why: str, event: dict[str, Any], _context: Any) -> dict[str, str]:
    """In place of the handler. Raises what urllib raises; Lambda then calls again."""
    answer = cannot_be_loaded(event, why)
    # No content type: it is part of what the URL's signature covers, and there it is empty.
    told = Request(event["ResponseURL"], body_of(answer), {"Content-Type": ""}, method="PUT")  # noqa: S310 an https address of CloudFormation's
    urlopen(told, timeout=ANSWERED_WITHIN_S).close()  # noqa: S310
    return answer


def _load() -> Callable[[dict[str, Any], Any], Any]:
    try:
        from sasha.site_events import handler  # noqa: PLC0415 it may fail
    except Exception as error:
        logger.exception("The site function cannot be loaded")
        return partial(answer_that_it_cannot_be_loaded, type(error).__name__)
    return handler


handler = _load()
