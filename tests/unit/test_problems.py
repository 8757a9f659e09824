"""The error table is complete."""

import json

import pytest

from sasha.core.errors import (
    Code,
    Fault,
    InsufficientCredits,
    InvalidParameters,
    MethodNotAllowed,
    MissingApiKey,
    SashaError,
)
from sasha.web.problems import PROBLEMS, problem, problem_of

MODEL_PAGE = {400, 401, 403, 404, 406, 429, 500, 502, 504}


@pytest.mark.parametrize("code", Code)
def test_every_error_has_a_status(code: Code) -> None:
    assert 400 <= PROBLEMS[code].status <= 599


def test_every_status_of_the_model_page_has_a_code() -> None:
    assert {known.status for known in PROBLEMS.values()} >= MODEL_PAGE


@pytest.mark.parametrize("code", Code)
def test_a_problem_has_every_member(code: Code) -> None:
    body = json.loads(str(problem(code, "what happened", request_id="an id").body))
    assert body.keys() == {
        "type", "title", "status", "detail", "code", "billed", "retryable", "request_id", "error",
    }  # fmt: skip
    assert body["error"] == body["detail"] == "what happened"


def test_a_missing_key_says_how_to_authenticate() -> None:
    assert "x-api-key" in str(problem_of(MissingApiKey("no key")).headers["WWW-Authenticate"])


def test_a_wrong_verb_says_which_are_right() -> None:
    assert problem_of(MethodNotAllowed("PUT", ("GET", "DELETE"))).headers["Allow"] == "GET, DELETE"


def test_bad_fields_come_with_pointers() -> None:
    body = json.loads(str(problem_of(InvalidParameters(Fault("/seed", "too large"))).body))
    assert body["errors"] == [{"pointer": "/seed", "detail": "too large"}]


@pytest.mark.parametrize("error", [MissingApiKey("No key."), InsufficientCredits(0, 12_000)])
def test_where_a_key_would_help_the_owners_page_for_it_is_named(error: SashaError) -> None:
    body = json.loads(str(problem_of(error, "https://example.org/keys").body))
    assert body["detail"] == body["error"] == f"{error.detail} Keys and credits: https://example.org/keys"


def test_where_a_key_would_not_help_none_is_named() -> None:
    body = json.loads(str(problem_of(MethodNotAllowed("PUT", ("GET",)), "https://example.org/keys").body))
    assert "example.org" not in body["detail"]
