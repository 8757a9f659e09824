"""How template.yaml brings the page: what the resource waits for, what makes it new, what stays when the stack goes."""

import hashlib
import json
from graphlib import TopologicalSorter
from typing import Any

import pytest

from local.functions import ROOT
from local.intrinsics import Resolver, references
from local.parameters import parameter_values
from local.template import load_template
from sasha.publishing.custom_resource import RESOURCE_TYPE
from sasha.publishing.files import CACHE_CONTROL, CONTENT_TYPES, LAST
from sasha.wiring_site import LONGEST_CALL_S, STOP_BEFORE_END_S
from tests.roles import actions, statements
from tests.unit.test_template import dependencies, transformed

template = load_template()
DOMAIN = {
    "DomainName": "pictures.example.org",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000",
}
WEB_ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/sasha/00000000-0000-4000-8000-000000000000"
# What the function does with the same files, by the resource's Form: whoever changes it raises Form, else a deploy
# would not put the files anew.
FORMS = {1: "2d6f912179b3"}


def waits_for(name: str) -> set[str]:
    """Everything that must be there before a resource is made, and goes after it."""
    graph, found, todo = dependencies(transformed()["Resources"]), set[str](), [name]
    while todo:
        for needed in graph[todo.pop()] - found:
            found.add(needed)
            todo.append(needed)
    return found


def resolved(node: Any, **parameters: str) -> Any:
    return Resolver(parameter_values(template.parameters, parameters), template.conditions).resolve(node)


def distribution(**parameters: str) -> Any:
    return resolved(template.properties("Distribution")["DistributionConfig"], **parameters)


# -------------------------------------------------------------- the resource --


def test_the_page_is_the_resource_that_the_function_serves() -> None:
    page = template.resources["Page"]

    assert page["Type"] == RESOURCE_TYPE
    assert page["Properties"]["ServiceToken"] == {"Fn::GetAtt": ["SiteFunction", "Arn"]}


def test_the_page_waits_for_all_that_its_function_uses() -> None:
    needed = {"SiteFunction", "SiteRole", "SiteLogs", "SiteBucket", "SiteBucketPolicy", "OutputsBucket"}

    assert needed | {"OutputsBucketPolicy", "Distribution", "SiteAccess"} <= waits_for("Page")


def test_no_worker_can_put_a_picture_into_a_bucket_that_was_emptied() -> None:
    assert "Page" in waits_for("WorkerRole")
    may_put = {role for role in template.of_type("AWS::IAM::Role") if puts_pictures(role)}
    assert may_put == {"WorkerRole"}


def puts_pictures(role: str) -> bool:
    return any(
        "s3:PutObject" in actions(statement) and ("OutputsBucket", "Arn") in references(statement)
        for statement in statements(role)
    )


def test_what_is_made_before_the_page_does_not_wait_for_it() -> None:
    TopologicalSorter(dependencies(transformed()["Resources"])).prepare()
    assert "Page" not in waits_for("Distribution") | waits_for("ApiFunction")


def test_another_layer_is_another_page() -> None:
    """SAM names a layer anew when its files change, and the resource with it."""
    resources = transformed()["Resources"]
    (layer,) = [name for name, each in resources.items() if each["Type"] == "AWS::Lambda::LayerVersion"]

    assert layer != "SiteLayer"
    assert resources["Page"]["Properties"]["Files"] == {"Ref": layer}
    assert resources["SiteFunction"]["Properties"]["Layers"] == [{"Ref": layer}]
    assert resources[layer]["DeletionPolicy"] == "Delete"


@pytest.mark.parametrize("name", ["SiteBucket", "Distribution"])
def test_another_bucket_or_distribution_is_another_page(name: str) -> None:
    assert (name, None) in references(template.properties("Page"))


def test_another_way_of_putting_the_same_files_is_another_page() -> None:
    told = json.dumps([CACHE_CONTROL, CONTENT_TYPES, LAST]).encode()
    form = template.properties("Page")["Form"]

    assert FORMS[form] == hashlib.sha256(told).hexdigest()[:12], "raise Page.Form, and write the new digest beside it"
    assert form == max(FORMS)


def test_the_layer_holds_the_page_as_it_lies_in_the_repository() -> None:
    layer = template.properties("SiteLayer")

    assert (ROOT / layer["ContentUri"]).resolve() == ROOT / "frontend"
    assert "Metadata" not in template.resources["SiteLayer"]  # nothing is built
    assert template.properties("SiteFunction")["Environment"]["Variables"]["SITE_FOLDER"] == "/opt"


def test_cloudformation_waits_longer_than_the_function_lives() -> None:
    timeout = template.properties("SiteFunction")["Timeout"]

    assert timeout <= 900  # Lambda quotas
    assert timeout < template.properties("Page")["ServiceTimeout"] <= 3600
    assert LONGEST_CALL_S < STOP_BEFORE_END_S < timeout / 2


# --------------------------------------------------------------- what stays --


def test_pictures_go_with_the_stack_and_with_nothing_else() -> None:
    bucket = template.resources["OutputsBucket"]

    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Delete", "Retain")


def test_nothing_but_the_table_outlives_the_stack() -> None:
    kept = {name for name, each in transformed()["Resources"].items() if "Retain" in each.get("DeletionPolicy", "")}

    assert kept == {"Table"}


# ------------------------------------------------------------------- address --


def test_without_a_domain_the_page_has_one_of_cloudfronts() -> None:
    config = distribution()

    assert "Aliases" not in config
    assert config["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}
    assert resolved(template.outputs["PageUrl"]["Value"]) == "https://Distribution.DomainName"


def test_a_domain_of_ones_own_speaks_no_old_tls() -> None:
    config = distribution(**DOMAIN)

    assert config["Aliases"] == ["pictures.example.org"]
    assert config["ViewerCertificate"] == {
        "AcmCertificateArn": DOMAIN["CertificateArn"],
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }
    assert resolved(template.outputs["PageUrl"]["Value"], **DOMAIN) == "https://pictures.example.org"
    assert resolved(template.outputs["NextSmoke"]["Value"], **DOMAIN).endswith("URL=https://pictures.example.org")


def test_a_web_acl_stands_before_the_distribution_if_there_is_one() -> None:
    assert "WebACLId" not in distribution()
    assert distribution(WebAclArn=WEB_ACL)["WebACLId"] == WEB_ACL
