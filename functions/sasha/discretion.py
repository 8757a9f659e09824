"""Logging exceptions without their texts, which may hold whatever they failed on: a prompt, a key, a presigned URL."""

import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from botocore.exceptions import ClientError
from pydantic import ValidationError

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class DiscreetFormatter(LambdaPowertoolsFormatter):
    """One JSON object a line, by Powertools; an exception is told by its kind and its place, and so are its causes."""

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 logging's own
        return "".join(_told(ei[1])) if ei[1] else ""

    def serialize(self, log: Any) -> str:
        for told_in_full in ("stack_trace", "exception_notes"):
            log.pop(told_in_full, None)
        return super().serialize(log)


def _told(error: BaseException) -> Iterator[str]:
    """As Python prints a traceback, the first cause first, with what is known to be harmless in place of the texts."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause:
        yield from _told(cause)
        yield "which led to\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__qualname__}{_words(error)}\n"


def _words(error: BaseException) -> str:
    match error:
        case ClientError():
            return f": {error.response['Error']['Code']} for {error.operation_name}"
        case ValidationError():
            faults = error.errors(include_url=False, include_context=False, include_input=False)
            return ": " + ", ".join(f"{fault['type']} at {'.'.join(map(str, fault['loc']))}" for fault in faults)
    return ""
