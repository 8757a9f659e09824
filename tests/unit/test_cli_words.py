"""What is mistyped ends with one sentence and code 2, before any call to AWS; what AWS refuses has a sentence too."""

import io
from typing import NoReturn

import botocore.exceptions as aws
import pytest
from botocore.exceptions import ClientError

from cli.app import main
from cli.call import Machine
from cli.problems import sentence
from cli.stack import LOCAL_ENDPOINT_URL, Where, session
from local.running import Options


def no_session(_: Where) -> NoReturn:
    raise AssertionError("AWS was to be called")


OFFLINE = Machine(session=no_session, stdin=io.StringIO())

MISTYPED = {
    "no command": (["nonsense"], "No such command 'nonsense'"),
    "a group alone": (["keys", "mak"], "No such command 'mak'"),
    "an unknown option": (["accounts", "list", "--jsn"], "No such option: --jsn"),
    "a missing argument": (["accounts", "show"], "Missing argument 'ID'. `sasha accounts show --help` tells more."),
    "a shared option without its value": (["limits", "--region"], "--region takes a value."),
    "no address": (["limits", "--endpoint-url", "8002"], "takes an address such as http://127.0.0.1:8002"),
    "a name of spaces": (["accounts", "create", "   "], "The name may not be empty."),
    "a long name": (["accounts", "create", "x" * 10_000], "at most 100 characters, not 10000"),
    "a name with control characters": (["accounts", "create", "a\x1b]0;b"], "may not contain control characters"),
    "a name that makes no id": (["accounts", "create", "中文"], "choose one with --id"),
    "the visitors' id": (["accounts", "create", "Acme", "--id", "guest"], "The id 'guest' is reserved"),
    "an id that is none": (["accounts", "create", "Acme", "--id", "A-1"], "1 to 32 lower-case letters and digits"),
    "credits without a reference": (["accounts", "create", "Acme", "--top-up", "5"], "give both or neither"),
    "a reference without credits": (["accounts", "create", "Acme", "--reference", "x"], "give both or neither"),
    "no rate": (["accounts", "create", "Acme", "--requests-per-minute", "0"], "from 1 to 10,000, or `default`"),
    "half a request": (["accounts", "set", "acme", "--requests-per-minute", "1.5"], "from 1 to 10,000"),
    "too many requests": (["accounts", "set", "acme", "--requests-per-minute", "10001"], "from 1 to 10,000"),
    "nothing to change": (["accounts", "set", "acme"], "Say what to change"),
    "no reference": (["accounts", "top-up", "acme", "5"], "Missing option '--reference'"),
    "an empty reference": (["accounts", "top-up", "acme", "5", "--reference", " "], "The reference may not be empty."),
    "two amounts": (["accounts", "top-up", "acme", "5", "6", "--reference", "x"], "unexpected extra argument"),
    "a key as an argument": (["segmind-key", "set", "SG_0123456789abcdef"], "The key is never an argument"),
    "a key as an option": (["segmind-key", "set", "--key=SG_0123456789abcdef"], "The key is never an argument"),
    "from after to": (["usage", "--from", "2026-11-02", "--to", "2026-11-01"], "--from: 2026-11-02 is after to"),
    "a range of a year": (["usage", "acme", "--from", "2025-11-01", "--to", "2026-11-01"], "at most 92"),
    "a date that is none": (["usage", "--from", "2026-02-30"], "--from: There is no day 2026-02-30."),
    "no date at all": (["usage", "acme", "--to", "yesterday"], "--to: Should be a date such as 2026-11-22."),
}


@pytest.mark.parametrize("slip", MISTYPED)
def test_what_is_mistyped_is_told_before_anything_is_done(slip: str, capsys: pytest.CaptureFixture[str]) -> None:
    words, said = MISTYPED[slip]

    code = main(words, OFFLINE)

    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert "SG_" not in err


@pytest.mark.parametrize("typed", ["0", "-5", "-0.5", "NaN", "-inf", "1.000000000001", "1000000000", "5e0", ""])
def test_what_is_no_amount_is_told_before_anything_is_done(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["accounts", "top-up", "acme", typed, "--reference", "x"], OFFLINE)

    assert code == 2
    assert capsys.readouterr().err.startswith("The amount m")


@pytest.mark.parametrize("words", [[], ["accounts"], ["keys"], ["segmind-key"]])
def test_without_a_command_there_is_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main(words, OFFLINE)

    assert "Usage: sasha" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["accounts", "create"], ["keys", "revoke"], ["usage"], ["audit"], ["limits"], ["segmind-key", "set"]]
)
def test_every_command_has_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--help"], OFFLINE) == 0
    assert f"Usage: sasha {' '.join(words)}" in capsys.readouterr().out


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeStacks")


SENTENCES = {
    "no credentials": (aws.NoCredentialsError(), "There are no AWS credentials"),
    "no region": (aws.NoRegionError(), "No AWS region is set"),
    "no profile": (aws.ProfileNotFound(profile="x"), "There is no AWS profile"),
    "an expired token": (refused("ExpiredTokenException"), "The AWS credentials have expired"),
    "an ended sign-in": (aws.UnauthorizedSSOTokenError(), "The AWS credentials have expired"),
    "a lost sign-in": (aws.SSOTokenLoadError(profile_name="x", error_msg="x"), "The AWS credentials have expired"),
    "unknown credentials": (refused("UnrecognizedClientException"), "AWS does not know these credentials"),
    "access denied": (refused("AccessDenied"), "These AWS credentials may not do DescribeStacks"),
    "no network": (aws.EndpointConnectionError(endpoint_url="https://x.test"), "AWS cannot be reached"),
    "no answer": (aws.ReadTimeoutError(endpoint_url="https://x.test"), "AWS cannot be reached"),
    "anything else": (refused("InternalFailure"), "AWS refused DescribeStacks: no (InternalFailure)"),
    "anything botocore has": (aws.DataNotFoundError(data_path="x"), "The AWS call failed"),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_each_refusal_of_aws_has_a_sentence(case: str) -> None:
    error, said = SENTENCES[case]

    assert (sentence(error, None) or "").startswith(said)


def test_a_local_stack_that_does_not_run_is_to_be_started() -> None:
    error = aws.EndpointConnectionError(endpoint_url=LOCAL_ENDPOINT_URL)

    assert "start `make run`" in (sentence(error, LOCAL_ENDPOINT_URL) or "")


def test_a_fault_of_this_program_is_not_put_in_words() -> None:
    assert sentence(KeyError("x"), None) is None


def test_local_is_where_make_run_plays_aws() -> None:
    assert f"http://127.0.0.1:{Options().port_of(2)}" == LOCAL_ENDPOINT_URL


def test_a_local_stack_is_given_no_credentials_of_the_owners() -> None:
    credentials = session(Where(endpoint_url=LOCAL_ENDPOINT_URL)).get_credentials()

    assert credentials is not None
    assert (credentials.access_key, credentials.token) == ("local", None)
