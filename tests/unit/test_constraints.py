"""What CloudFormation refuses of the parameters by the template's own constraints, before anything is made.

local/parameters.py and local/rules.py read these as CloudFormation does: a pattern must match the whole value.
"""

from typing import Any

import pytest

from local.parameters import ParameterError, parameter_values
from local.rules import check_rules
from local.template import load_template

template = load_template()
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000"
WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/sasha/00000000-0000-4000-8000-000000000000"
NO_LINKS = ["http://example.org", "javascript:alert(1)", "example.org", "https://", "https://example.org/a b"]
# Values that must be refused, besides those below, above and beside every number's bounds.
BAD: dict[str, list[str]] = {
    "SegmindApiKey": ["two words", 'SG_"0', "SG_ü", "x" * 129, "SG_0\n"],
    "SegmindUrl": ["", "http://api.segmind.com", "https://api.segmind.com/v1", "ftp://x", "https://a b", "x" * 201],
    "BlockedTerms": ["two\nlines", "a\rb", "x" * 481],
    "SiteName": ["", " Sasha", "Sa\nsha", "x" * 61],
    "ContactUrl": [*NO_LINKS, "mailto:", "owner@example.org"],
    "GetKeyUrl": NO_LINKS,
    "TermsUrl": NO_LINKS,
    "PrivacyUrl": NO_LINKS,
    "DomainName": [
        "localhost", "https://example.org", "example.org/page", "*.example.org", "-a.example.org", "a-.example.org",
        "Example.org", "example..org", ".example.org", "example.org.", "ex ample.org", "füchse.example", "192.0.2.1",
        "example.org:443", "a" * 64 + ".example.org", "a." * 126 + "org",
    ],
    "CertificateArn": [
        CERTIFICATE.replace("us-east-1", "eu-central-1"), CERTIFICATE.replace("123456789012", ""), CERTIFICATE + " ",
        "arn:aws:iam::123456789012:server-certificate/sasha", CERTIFICATE.rpartition("/")[2], CERTIFICATE[:-1],
    ],
    "WebAclArn": [
        WEB_ACL.replace("us-east-1", "eu-central-1"), WEB_ACL.replace("global", "regional"), WEB_ACL[:-1],
        "arn:aws:waf::123456789012:webacl/00000000-0000-4000-8000-000000000000", WEB_ACL.replace("sasha", "s" * 129),
    ],
    "Architecture": ["", "arm", "ARM64", "x86"],
    "AllowedOrigins": ["*", "example.org", "https://example.org/page", "https://a.example,*", "null"],
    "LogLevel": ["", "info", "TRACE"],
    "AlarmEmail": [
        "owner", "owner@example", "@example.org", "a b@example.org", "a@example.org,b@example.org",
        "a" * 250 + "@b.org",
    ],
    "DashboardEnabled": ["", "yes", "True", "1"],
    "TracingEnabled": ["", "yes", "True", "1"],
}  # fmt: skip
GOOD: dict[str, list[str]] = {
    "DomainName": ["", "example.org", "pictures.example.org", "a-b.c1.xn--fchse-kva.example", "x" * 63 + ".example"],
    "CertificateArn": ["", CERTIFICATE, CERTIFICATE.replace("arn:aws:", "arn:aws-us-gov:")],
    "WebAclArn": ["", WEB_ACL],
    "AlarmEmail": ["", "owner@example.org", "the.owner+sasha@mail.xn--fchse-kva.example"],
    "DashboardEnabled": ["true", "false"],
    "TracingEnabled": ["true", "false"],
    "BlockedTerms": ["", "x" * 480, "🦊" * 480, "ثعلب, 狐"],
}


def bad_numbers(rules: dict[str, Any]) -> list[str]:
    below, above = rules["MinValue"] - 1, rules["MaxValue"] + 1
    return [str(below), str(above), "-1000000000000000", f"{above}000", "", " ", "many", "1,000", "0x10", "NaN", "inf"]


def every_bad_value() -> list[tuple[str, str]]:
    numbers = {name: bad_numbers(dict(each)) for name, each in template.parameters.items() if each["Type"] == "Number"}
    return [(name, value) for name, values in {**BAD, **numbers}.items() for value in values]


def given(**values: str) -> None:
    check_rules(template.rules, parameter_values(template.parameters, values))


def test_every_parameter_is_tried() -> None:
    assert {name for name, _ in every_bad_value()} == template.parameters.keys()


@pytest.mark.parametrize(("name", "value"), every_bad_value())
def test_a_value_out_of_range_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(ParameterError, match=f"^{name} must be "):
        parameter_values(template.parameters, {name: value})


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_a_value_in_range_is_taken(name: str, value: str) -> None:
    assert parameter_values(template.parameters, {name: value})[name] == value


def test_the_defaults_alone_are_taken() -> None:
    given()


def test_a_domain_and_its_certificate_are_taken_together() -> None:
    given(DomainName="pictures.example.org", CertificateArn=CERTIFICATE)


@pytest.mark.parametrize("half", [{"DomainName": "pictures.example.org"}, {"CertificateArn": CERTIFICATE}])
def test_neither_is_taken_without_the_other(half: dict[str, str]) -> None:
    with pytest.raises(ParameterError, match="DomainName and CertificateArn belong together"):
        given(**half)


def test_a_rule_that_applies_on_a_condition_only_counts_then() -> None:
    assertion = {"Assert": {"Fn::Equals": [{"Ref": "A"}, "1"]}, "AssertDescription": "A is 1."}
    rules = {"Rule": {"RuleCondition": {"Fn::Equals": [{"Ref": "B"}, "x"]}, "Assertions": [assertion]}}

    check_rules(rules, {"A": "2", "B": "y"})
    with pytest.raises(ParameterError, match=r"A is 1\."):
        check_rules(rules, {"A": "2", "B": "x"})
