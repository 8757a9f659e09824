"""Answers as HTTP: JSON, a picture's bytes, a redirect, and what is said when the time runs out."""

import base64
import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response, content_types

from sasha.core.errors import Code
from sasha.core.ports import Pictures
from sasha.core.request import GenerationRequest
from sasha.web.caller import Visit
from sasha.web.problems import problem
from sasha.web.representation import MAX_PICTURE_BYTES, first_failure, picture_headers, submitted

RETRY_AFTER_S = "2"


def json_answer(
    body: dict[str, Any], status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response[Any]:
    """A JSON answer."""
    return Response(
        status_code=status, content_type=content_types.APPLICATION_JSON, body=json.dumps(body), headers=headers or {}
    )


def redirect(url: str, headers: dict[str, str] | None = None) -> Response[Any]:
    """303: fetch this instead."""
    return Response(status_code=HTTPStatus.SEE_OTHER, headers={**(headers or {}), "Location": url}, body="")


def picture(request: GenerationRequest, where: Visit, pictures: Pictures, headers: dict[str, str]) -> Response[Any]:
    """The first picture's bytes with Segmind's headers; the way to it where it is too large for a Lambda's answer."""
    image = request.images[0]
    headers = headers | picture_headers(request, image, where)
    if image.file_size > MAX_PICTURE_BYTES:
        return redirect(where.picture_url(pictures.url(request.id, image)), headers)
    # Encoded here: Powertools' response validation would try to read bytes as text.
    content = base64.b64encode(pictures.read(request.id, image)).decode()
    answer = Response(status_code=HTTPStatus.OK, content_type=image.content_type, body=content, headers=headers)
    answer.base64_encoded = True
    return answer


def still_running(
    request: GenerationRequest, where: Visit, headers: dict[str, str], *, as_picture: bool
) -> Response[Any]:
    """The time is up, the request lives on. Who asked for bytes gets an error: a 202 would be saved as a picture."""
    url = where.result_url(request.id)
    detail = f"Still running: fetch {url} with the same key; do not send it again, that would be a second request."
    headers = headers | {"Retry-After": RETRY_AFTER_S}
    if as_picture:
        return problem(Code.STILL_RUNNING, detail, request_id=request.id, headers=headers)
    body = submitted(request, where) | {"detail": detail}
    return json_answer(body, HTTPStatus.ACCEPTED, headers | {"Location": url})


def failed(request: GenerationRequest, headers: dict[str, str]) -> Response[Any]:
    """The failure's own status."""
    failure = first_failure(request)
    return problem(failure.code, failure.detail, request_id=request.id, headers=headers)
