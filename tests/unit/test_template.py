"""What must hold of template.yaml, as written and as SAM transforms it for CloudFormation."""

import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from local.intrinsics import Resolver, references
from local.parameters import parameter_values
from local.template import TEMPLATE, load_template

ISSUES_PARAMETERS = {
    "SegmindApiKey": "",
    "SegmindUrl": "https://api.segmind.com",
    "PriceMicrosPerImage": 12000,
    "RequestsPerMinute": 30,
    "GuestImagesPerDay": 4,
    "GuestImagesPerDayTotal": 100,
    "MonthlySpendLimitMicros": 50000000,
    "SegmindPriceMicrosPerImage": 12000,
    "BlockedTerms": "",
    "SiteName": "Sasha",
    "ContactUrl": "",
    "GetKeyUrl": "",
    "TermsUrl": "",
    "PrivacyUrl": "",
    "DomainName": "",
    "CertificateArn": "",
    "WebAclArn": "",
    "RetentionDays": 7,
    "UrlLifetimeSeconds": 3600,
    "WorkerConcurrency": 5,
    "ProviderTimeoutSeconds": 120,
    "Architecture": "arm64",
    "AllowedOrigins": "",
    "GatewaySecretGeneration": 1,
    "LogLevel": "INFO",
    "AlarmEmail": "",
    "DashboardEnabled": "false",
    "TracingEnabled": "false",
}
template = load_template()


@cache
def transformed() -> dict[str, Any]:
    """The template as CloudFormation gets it, as if its code had been uploaded."""
    document = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    document["Globals"]["Function"]["CodeUri"] = "s3://bucket/functions.zip"
    document["Resources"]["SiteLayer"]["Properties"]["ContentUri"] = "s3://bucket/frontend.zip"
    # SAM asks botocore for the partition's region, which it then looks up nowhere.
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        result: dict[str, Any] = Translator({}, Parser()).translate(document, {})
    return result


def behaviour(pattern: str) -> dict[str, Any]:
    config = template.properties("Distribution")["DistributionConfig"]
    return next(each for each in config["CacheBehaviors"] if each["PathPattern"] == pattern)


def origin(origin_id: str) -> dict[str, Any]:
    config = template.properties("Distribution")["DistributionConfig"]
    return next(each for each in config["Origins"] if each["Id"] == origin_id)


# --------------------------------------------------------------- dependencies --


def dependencies(resources: dict[str, Any]) -> dict[str, set[str]]:
    """Which resource needs which other to be there first: by Ref, Fn::GetAtt, Fn::Sub or DependsOn."""
    graph = {}
    for name, resource in resources.items():
        needed = {target for target, _ in references(resource)}
        depends_on = resource.get("DependsOn", [])
        needed |= {depends_on} if isinstance(depends_on, str) else set(depends_on)
        graph[name] = needed & resources.keys()
    return graph


def test_no_resource_waits_for_itself() -> None:
    TopologicalSorter(dependencies(transformed()["Resources"])).prepare()


def test_the_search_for_circles_finds_the_one_that_no_linter_sees() -> None:
    resources = {
        "Function": {"Properties": {"Environment": {"HOST": {"Fn::GetAtt": ["Distribution", "DomainName"]}}}},
        "Api": {"Properties": {"Body": {"uri": {"Fn::Sub": "arn:${AWS::Region}:${Function.Arn}/invocations"}}}},
        "Distribution": {"Properties": {"Origin": {"Fn::Sub": ["${A}.execute-api", {"A": {"Ref": "Api"}}]}}},
    }

    with pytest.raises(CycleError):
        TopologicalSorter(dependencies(resources)).prepare()


def test_everything_referred_to_exists() -> None:
    resources = transformed()["Resources"]
    known = resources.keys() | template.parameters.keys()
    unknown = {name for name, _ in references(resources) if not name.startswith("AWS::")} - known

    assert unknown == set()


# ----------------------------------------------------------------- parameters --


def test_the_parameters_have_the_names_and_defaults_that_the_readme_gives() -> None:
    assert {name: rules["Default"] for name, rules in template.parameters.items()} == ISSUES_PARAMETERS


@pytest.mark.parametrize("name", ISSUES_PARAMETERS)
def test_a_parameter_is_described_and_bounded(name: str) -> None:
    rules = template.parameters[name]

    assert rules["Description"].endswith(".")
    if rules["Type"] == "Number":
        assert rules["MinValue"] <= rules["Default"] <= rules["MaxValue"]
    else:
        assert "AllowedValues" in rules or "AllowedPattern" in rules


def test_the_key_is_not_echoed() -> None:
    assert template.parameters["SegmindApiKey"]["NoEcho"] is True


def test_a_worker_has_time_for_one_whole_call_of_its_provider() -> None:
    longest = template.parameters["ProviderTimeoutSeconds"]["MaxValue"]

    assert longest + 30 < template.properties("WorkerFunction")["Timeout"]


# ------------------------------------------------------------- logs and secrets --


def test_log_groups_forget() -> None:
    assert all(
        group["Properties"]["RetentionInDays"] == 30 for group in template.of_type("AWS::Logs::LogGroup").values()
    )


def test_a_secret_is_in_no_functions_environment() -> None:
    for name in template.of_type("AWS::Serverless::Function"):
        variables = template.properties(name)["Environment"]["Variables"]
        assert ("SegmindApiKey", None) not in references(variables)
        assert "resolve:" not in str(variables)


# ----------------------------------------------------------------------- work --


def test_a_message_is_hidden_for_six_times_as_long_as_the_worker_may_take() -> None:
    assert (
        template.properties("RequestsQueue")["VisibilityTimeout"]
        == 6 * template.properties("WorkerFunction")["Timeout"]
    )


def test_a_message_that_kills_reaches_the_dead_letter_queue_before_it_expires() -> None:
    queue = template.properties("RequestsQueue")

    assert queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"] < queue["MessageRetentionPeriod"]


def test_the_api_function_gives_up_before_the_gateway_does() -> None:
    assert template.properties("ApiFunction")["Timeout"] < 30


def test_sweeps_do_not_overlap() -> None:
    sweeper = template.properties("SweeperFunction")

    assert sweeper["Events"]["EveryMinute"]["Properties"]["Schedule"] == "rate(1 minute)"
    assert sweeper["Timeout"] < 60


def test_sam_local_may_be_told_where_aws_is() -> None:
    for name in template.of_type("AWS::Serverless::Function"):
        assert template.properties(name)["Environment"]["Variables"]["AWS_ENDPOINT_URL"] == ""


# -------------------------------------------------------------------- storage --


def test_the_table_outlives_the_stack() -> None:
    table = template.resources["Table"]

    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["DeletionProtectionEnabled"] is True
    assert table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


@pytest.mark.parametrize("bucket", ["OutputsBucket", "SiteBucket"])
def test_a_bucket_is_not_public(bucket: str) -> None:
    assert set(template.properties(bucket)["PublicAccessBlockConfiguration"].values()) == {True}


# ----------------------------------------------------------------------- page --


def test_no_error_is_kept_by_cloudfront() -> None:
    responses = template.properties("Distribution")["DistributionConfig"]["CustomErrorResponses"]

    # CloudFront Developer Guide: the codes that it caches by itself
    assert {each["ErrorCode"] for each in responses} == {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
    assert all(set(each) == {"ErrorCode", "ErrorCachingMinTTL"} for each in responses)
    assert all(each["ErrorCachingMinTTL"] == 0 for each in responses)


def test_a_flood_is_cut_off_before_the_function() -> None:
    route = template.properties("HttpApi")["DefaultRouteSettings"]

    assert 0 < route["ThrottlingRateLimit"] <= route["ThrottlingBurstLimit"] <= 200


def test_cloudfront_is_told_the_gateway_secret_anew_by_another_generation() -> None:
    """CloudFormation compares a resource's properties, in which the secret itself does not appear."""
    told = [distribution_as_resolved(generation) for generation in ("1", "2")]

    assert told[0] != told[1]
    assert [str(each).count("resolve:secretsmanager") for each in told] == [1, 1]


def test_a_deploy_and_its_undoing_make_no_gateway_secret() -> None:
    assert "GatewaySecretGeneration" not in str(template.properties("GatewaySecret"))


def distribution_as_resolved(generation: str) -> Any:
    parameters = parameter_values(template.parameters, {"GatewaySecretGeneration": generation})
    return Resolver(parameters, template.conditions).resolve(template.properties("Distribution"))


def test_pictures_reach_s3_with_their_query_and_nothing_else() -> None:
    outputs = behaviour("/outputs/*")
    policy = template.properties(outputs["OriginRequestPolicyId"]["Ref"])["OriginRequestPolicyConfig"]

    assert outputs["AllowedMethods"] == ["GET", "HEAD"]
    assert policy["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert policy["HeadersConfig"] == {"HeaderBehavior": "none"}
    assert policy["CookiesConfig"] == {"CookieBehavior": "none"}
    assert "OriginAccessControlId" not in origin(outputs["TargetOriginId"])


def test_nothing_but_the_page_is_cached() -> None:
    config = template.properties("Distribution")["DistributionConfig"]
    managed_caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"

    assert {each["CachePolicyId"] for each in config["CacheBehaviors"]} == {managed_caching_disabled}


@pytest.mark.parametrize("pattern", ["/v1/*", "/v2/*", "/openapi.json", "/healthz"])
def test_the_api_learns_who_called_from_the_viewer_function(pattern: str) -> None:
    api = behaviour(pattern)

    assert api["FunctionAssociations"] == [
        {"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": ["ViewerFunction", "FunctionARN"]}}
    ]
    assert origin(api["TargetOriginId"])["OriginCustomHeaders"][0]["HeaderName"] == "x-gateway-secret"


def test_the_pages_policy_needs_no_other_host() -> None:
    config = template.properties("HeadersPolicy")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    policy = config["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    sources = set(re.findall(r"(?<=[ ])[^ ;]+", policy.replace("; ", ";")))

    assert policy.startswith("default-src 'none'; ")
    assert sources <= {"'none'", "'self'", "blob:", "'script'", "lit-html", "app-sw"}


def test_a_visitors_mark_is_no_header_that_other_sites_may_send() -> None:
    definition = template.properties("HttpApi")["DefinitionBody"]["x-amazon-apigateway-cors"]["Fn::If"][1]

    assert "sasha-guest" not in definition["allowHeaders"]
    assert "*" not in definition["allowHeaders"]


# --------------------------------------------------------------------- checks --


def test_a_check_that_is_left_out_has_its_reason_beside_it() -> None:
    skipped = [
        skip
        for resource in template.resources.values()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]

    assert skipped != []
    for skip in skipped:
        assert re.fullmatch(r"CKV_AWS_\d+", skip["id"])
        assert len(skip["comment"].split()) >= 4, skip
