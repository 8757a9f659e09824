"""What the log tells of an exception: its kind and its place, and no word of its text."""

import json
import logging
import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import BaseModel

from sasha.discretion import DiscreetFormatter

SECRET = "a red fox, marked"


class Fox(BaseModel):
    legs: int


def raise_client_error() -> None:
    raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": SECRET}}, "PutItem")


def raise_from_cause() -> None:
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise ValueError(SECRET) from error


def raise_while_handling() -> None:
    try:
        raise KeyError(SECRET)
    except KeyError:
        raise ValueError(SECRET)  # noqa: B904 as careless code does


def raise_group() -> None:
    raise ExceptionGroup(SECRET, [ValueError(SECRET)])


def raise_noted() -> None:
    error = ValueError(SECRET)
    error.add_note(SECRET)
    raise error


def raise_validation_error() -> None:
    Fox.model_validate({"legs": SECRET})


def raise_decode_error() -> None:
    json.loads(f'{{"prompt": "{SECRET}", }}')


def raise_unicode_error() -> None:
    f"{SECRET} \ud800".encode()


def told(do: Any, **more: Any) -> dict[str, Any]:
    """The line of the log that an exception leaves."""
    try:
        do()
    except Exception:
        record = logging.LogRecord("sasha", logging.ERROR, __file__, 1, "It failed", None, sys.exc_info())
        record.__dict__.update(more)
        line = DiscreetFormatter(service="sasha").format(record)
    assert SECRET not in line
    loaded: dict[str, Any] = json.loads(line)
    return loaded


@pytest.mark.parametrize(
    ("do", "name"),
    [
        (raise_client_error, "ClientError"),
        (raise_from_cause, "ValueError"),
        (raise_while_handling, "ValueError"),
        (raise_group, "ExceptionGroup"),
        (raise_noted, "ValueError"),
        (raise_validation_error, "ValidationError"),
        (raise_decode_error, "JSONDecodeError"),
        (raise_unicode_error, "UnicodeEncodeError"),
    ],
)
def test_an_exceptions_text_is_not_told(do: Any, name: str) -> None:
    line = told(do)

    assert (line["message"], line["exception_name"]) == ("It failed", name)
    assert f"in {do.__name__}" in line["exception"]
    assert {"stack_trace", "exception_notes"} & line.keys() == set()


def test_its_causes_are_told_by_kind_and_place_too_the_first_one_first() -> None:
    for do in (raise_from_cause, raise_while_handling):
        first, then = told(do)["exception"].split("which led to\n")
        assert first.splitlines()[-1] == "KeyError"
        assert then.splitlines()[-1] == "ValueError"


def test_what_aws_refuses_is_told_by_its_code() -> None:
    assert told(raise_client_error)["exception"].splitlines()[-1] == "ClientError: AccessDeniedException for PutItem"


def test_what_cannot_be_read_is_told_by_its_place() -> None:
    assert told(raise_validation_error)["exception"].splitlines()[-1] == "ValidationError: int_parsing at legs"


def test_a_line_has_what_it_was_given_besides() -> None:
    assert told(raise_noted, request_id="1")["request_id"] == "1"
