"""Reading what was sent, before and while Powertools validates it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Never

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from sasha.core.errors import Fault, InvalidParameters, TooLarge, UnsupportedMediaType
from sasha.core.parameters import SCHEDULERS, nearest_parameter

# Two prompts of 4,000 characters at four bytes each, twice over for escapes.
MAX_BODY_BYTES = 64 * 1024
# So that an answer is never much larger than what was asked. There are fewer parameters than this.
MOST_FAULTS = 20
MOST_OF_A_NAME = 64
EXAMPLE = '{"prompt": "a red fox in the snow"}'


def must_be_json(event: APIGatewayProxyEventV2) -> None:
    """Refuse what cannot be a request body. Raises UnsupportedMediaType, TooLarge, InvalidParameters."""
    media_type = event.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in ("", "application/json"):
        raise UnsupportedMediaType(
            f"The body was sent as {media_type[:100]}; send JSON with the header Content-Type: application/json."
        )
    if len(event.body or "") > MAX_BODY_BYTES:
        raise TooLarge(f"The body is larger than {MAX_BODY_BYTES // 1024} KB; a prompt has at most 4,000 characters.")
    try:
        body = event.decoded_body
    except ValueError:
        raise InvalidParameters(Fault("", "The body is not UTF-8 text.")) from None
    if not body or not body.strip():
        raise InvalidParameters(Fault("", f"The body is empty; send JSON such as {EXAMPLE}"))


def read_object(text: str) -> dict[str, Any]:
    """The JSON object in the text. Raises InvalidParameters."""
    try:
        body = json.loads(text, parse_constant=_refuse_constant)
    except InvalidParameters:
        raise
    except (ValueError, RecursionError) as error:
        where = f" at character {error.pos}: {error.msg}" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidParameters(Fault("", f"The body is no JSON{where}.")) from None
    if not isinstance(body, dict):
        raise InvalidParameters(Fault("", f"The body should be a JSON object such as {EXAMPLE}"))
    return body


def faults(errors: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Pydantic's errors, in words that say what to do, with JSON pointers into the body."""
    return [Fault(_pointer(error["loc"]), _detail(error)) for error in errors[:MOST_FAULTS]]


def _refuse_constant(name: str) -> Never:
    raise InvalidParameters(Fault("", f"The body is no JSON: {name} is no JSON number."))


def _pointer(location: Sequence[Any]) -> str:
    where, *path = location
    if where != "body":
        return str(path[0]) if path else str(where)
    return "".join(f"/{str(part)[:MOST_OF_A_NAME].replace('~', '~0').replace('/', '~1')}" for part in path)


def _detail(error: Mapping[str, Any]) -> str:
    name = str(error["loc"][-1])
    match error["type"]:
        case "missing":
            return "Required: " + ("say in words what to draw" if name == "prompt" else "please send it")
        case "extra_forbidden":
            near = nearest_parameter(name)
            return "There is no such parameter" + (f"; did you mean {near!r}?" if near else "")
        case "literal_error" if name == "scheduler":
            return f"Should be one of: {', '.join(SCHEDULERS)}"
        case _:
            return str(error["msg"]).removeprefix("Value error, ").replace("Input should", "Should")
