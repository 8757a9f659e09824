"""The owner's words for the page: what the template takes, and that a function's environment has room for all of it."""

import re
from typing import Any

import pytest

from local.parameters import ParameterError, parameter_values
from local.template import load_template

template = load_template()
PAGE = ("SiteName", "ContactUrl", "GetKeyUrl", "TermsUrl", "PrivacyUrl")
URLS = PAGE[1:]
# AWS Lambda quotas: environment variables, in aggregate.
LAMBDAS_MOST_BYTES = 4 * 1024
# What `Ref` gives at its longest: a name, a URL with region and account, an ARN with the secret's generated name.
LONGEST = {
    "AWS::DynamoDB::Table": 255,
    "AWS::SQS::Queue": len("https://sqs.ap-southeast-99.amazonaws.com.cn/123456789012/") + 80,
    "AWS::S3::Bucket": 63,
    "AWS::CloudFront::Distribution": 14,
    "AWS::SecretsManager::Secret": len("arn:aws-us-gov:secretsmanager:ap-southeast-99:123456789012:secret:") + 64,
}


def given(**values: str) -> dict[str, Any]:
    return parameter_values(template.parameters, values)


def longest_of(value: Any) -> int:
    """How many bytes a variable's value can have."""
    if not isinstance(value, dict):
        return len(str(value))
    name = value["Ref"]
    if name == "AWS::StackName":
        return 128  # CloudFormation quotas
    if name not in template.parameters:
        return LONGEST[template.resources[name]["Type"]]
    rules = template.parameters[name]
    if rules["Type"] == "Number":
        return len(str(rules["MaxValue"]))
    if "AllowedValues" in rules:
        return max(map(len, rules["AllowedValues"]))
    # A pattern that lists its letters lists ASCII; one that tells which are not allowed leaves those of four bytes.
    return int(rules["MaxLength"]) * (4 if "[^" in rules["AllowedPattern"] else 1)


@pytest.mark.parametrize("function", template.of_type("AWS::Serverless::Function"))
def test_a_functions_environment_is_never_too_large_for_lambda(function: str) -> None:
    variables = template.properties(function)["Environment"]["Variables"]
    # Lambda's own complaint shows the variables as a JSON object: with quotes, a colon and a comma each.
    most = sum(len(name) + longest_of(value) + len('"":"",') for name, value in variables.items())
    assert most <= LAMBDAS_MOST_BYTES


def test_the_api_function_alone_is_told() -> None:
    told = {
        function
        for function in template.of_type("AWS::Serverless::Function")
        for value in template.properties(function)["Environment"]["Variables"].values()
        if isinstance(value, dict) and value["Ref"] in PAGE
    }
    assert told == {"ApiFunction"}


@pytest.mark.parametrize(
    "name", ["Sasha", "X", "Füchse im Schnee", "ثعلب في الثلج", "雪の中の狐 🦊", "A & B <Pictures>", "x" * 60]
)
def test_a_site_may_have_any_name(name: str) -> None:
    assert given(SiteName=name)["SiteName"] == name


@pytest.mark.parametrize(
    "name", ["", " ", " Sasha", "Sa\nsha", "Sasha\r", "\tSasha", "\u2028x", "Sa\x00sha", "x\u202eahsaS", "x" * 61]
)
def test_a_name_that_is_none_or_would_break_the_page_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="SiteName must be"):
        given(SiteName=name)


@pytest.mark.parametrize("parameter", URLS)
@pytest.mark.parametrize(
    "url", ["", "https://example.org", "https://example.org:8443/a/b?c=d&e=%20#f", "https://xn--fchse-kva.example/"]
)
def test_a_link_is_an_https_address_or_nothing(parameter: str, url: str) -> None:
    assert given(**{parameter: url})[parameter] == url


@pytest.mark.parametrize("parameter", URLS)
@pytest.mark.parametrize(
    "url",
    [
        "http://example.org", "javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "//example.org",
        "/terms", "https://", "https:///x", "https://user@example.org", "https://example.org/a b",
        "https://example.org/\n", " https://example.org", "https://füchse.example", "ftp://example.org",
        "https://example.org/" + 141 * "x",
    ],
)  # fmt: skip
def test_anything_else_is_refused(parameter: str, url: str) -> None:
    with pytest.raises(ParameterError, match=f"{parameter} must be"):
        given(**{parameter: url})


def test_a_contact_may_be_a_mail_address() -> None:
    for url in ("mailto:owner@example.org", "mailto:owner+fox@example.org?subject=A%20picture"):
        assert given(ContactUrl=url)["ContactUrl"] == url
    for parameter, url in (("ContactUrl", "mailto:owner"), ("GetKeyUrl", "mailto:owner@example.org")):
        with pytest.raises(ParameterError):
            given(**{parameter: url})


@pytest.mark.parametrize("parameter", PAGE)
def test_a_refusal_says_what_is_allowed(parameter: str) -> None:
    assert re.search(r"\d+", template.parameters[parameter]["ConstraintDescription"])
