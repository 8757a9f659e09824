"""Parameter overrides are taken and refused as CloudFormation would, with words that help."""

import pytest

from local.intrinsics import Resolver
from local.parameters import ParameterError, parameter_values, parse_overrides
from local.running import Options
from local.template import load_template

DECLARED = load_template().parameters
EMULATED = {"SegmindUrl": "http://127.0.0.1:8003", "SegmindApiKey": "SG_0123456789abcdef"}


def test_defaults_are_strings_and_lists_as_cloudformation_substitutes_them() -> None:
    values = parameter_values(DECLARED, {})

    assert (values["PriceMicrosPerImage"], values["AllowedOrigins"], values["SegmindApiKey"]) == ("12000", [""], "")


def test_a_list_is_split_at_its_commas() -> None:
    values = parameter_values(DECLARED, {"AllowedOrigins": "https://a.example,https://b.example:8443"})

    assert values["AllowedOrigins"] == ["https://a.example", "https://b.example:8443"]


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ({"WorkerConcurrency": "1"}, "WorkerConcurrency must be a number from 2 to 1000, not '1'"),
        ({"WorkerConcurrency": "many"}, "WorkerConcurrency must be a number from 2 to 1000, not 'many'"),
        ({"WorkerConcurrency": "NaN"}, "WorkerConcurrency must be a number from 2 to 1000, not 'NaN'"),
        ({"LogLevel": "LOUD"}, "LogLevel must be one of DEBUG, INFO, WARNING, ERROR, not 'LOUD'"),
        ({"SegmindUrl": "http://api.segmind.com"}, "SegmindUrl must be an https address"),
        ({"SegmindUrl": "https://api.segmind.com/v1"}, "SegmindUrl must be an https address without a path"),
        ({"AllowedOrigins": "https://a.example,*"}, "AllowedOrigins must be origins such as"),
        ({"Prize": "1"}, "Prize is not a parameter; there are SegmindApiKey, "),
    ],
)
def test_a_refusal_names_the_parameter_and_what_is_allowed(override: dict[str, str], told: str) -> None:
    with pytest.raises(ParameterError) as refused:
        parameter_values(DECLARED, override)

    assert told in str(refused.value)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ParameterError) as refused:
        parameter_values(DECLARED, {"RetentionDays": "0", "Architecture": "mips"})

    assert "RetentionDays" in str(refused.value)
    assert "Architecture" in str(refused.value)


def test_a_refused_key_is_not_repeated() -> None:
    with pytest.raises(ParameterError) as refused:
        parameter_values(DECLARED, {"SegmindApiKey": 'SG_0123"456'})

    assert "SG_" not in str(refused.value)


@pytest.mark.parametrize("word", ["LogLevel", "=DEBUG", ""])
def test_an_override_needs_a_name_and_a_value(word: str) -> None:
    with pytest.raises(ParameterError, match="Name=Value"):
        parse_overrides([word])


def test_a_value_may_hold_an_equals_sign_or_be_empty() -> None:
    assert parse_overrides(["A=b=c", "D="]) == {"A": "b=c", "D": ""}


def test_without_another_upstream_the_worker_is_told_of_the_emulator() -> None:
    options = Options(parameter_overrides={"LogLevel": "DEBUG"})

    assert options.emulates_segmind
    assert options.parameters(EMULATED) == {**EMULATED, "LogLevel": "DEBUG"}


def test_a_key_alone_means_segmind_itself() -> None:
    options = Options(segmind_key="SG_x")

    assert not options.emulates_segmind
    assert options.parameters({}) == {"SegmindApiKey": "SG_x"}


def test_the_key_is_in_no_text_of_the_options() -> None:
    assert "SG_x" not in repr(Options(segmind_key="SG_x", parameter_overrides={"SegmindApiKey": "SG_x"}))


def test_no_key_configured_can_be_asked_for() -> None:
    options = Options(parameter_overrides={"SegmindApiKey": ""})

    assert options.parameters(EMULATED)["SegmindApiKey"] == ""


RESOLVER = Resolver(
    parameters={"List": ["a", "b"], "Name": "n"},
    conditions={"Yes": {"Fn::Equals": [{"Ref": "Name"}, "n"]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}},
    names={"Table": "table-1"},
    attributes={("Queue", "Arn"): "arn:q"},
)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Table"}, "table-1"),
        ({"Ref": "List"}, ["a", "b"]),
        ({"Ref": "Elsewhere"}, "Elsewhere"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn:q"),
        ({"Fn::Sub": "${Table}/${Queue.Arn}/${!Literal}"}, "table-1/arn:q/${Literal}"),
        ({"Fn::Sub": ["${X}-${Name}", {"X": {"Fn::Join": ["+", {"Ref": "List"}]}}]}, "a+b-n"),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ({"Fn::If": ["No", 1, 2]}, 2),
        ({"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]}, False),
        ({"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]}, True),
        ({"Fn::Select": [1, {"Fn::Split": ["/", "x/y"]}]}, "y"),
        ({"kept": 1, "dropped": {"Ref": "AWS::NoValue"}}, {"kept": 1}),
        ([1, {"Fn::If": ["No", 2, {"Ref": "AWS::NoValue"}]}], [1]),
        ({"Ref": "AWS::NoValue"}, None),
    ],
)
def test_an_intrinsic_function_has_cloudformations_value(node: object, value: object) -> None:
    assert RESOLVER.resolve(node) == value


def test_a_function_that_is_not_known_is_an_error() -> None:
    with pytest.raises(ValueError, match="Fn::Cidr"):
        RESOLVER.resolve({"Fn::Cidr": []})
