"""Holds each function to its role in template.yaml, as IAM does, so that a missing permission shows before a deploy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree as ET

from local.intrinsics import ACCOUNT_ID, REGION
from local.stack import Stack

_CLOUDFRONT = "/2020-05-31/distribution/"
_S3_ACTIONS = {"GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that a call does: the IAM action, the resource's ARN, and the prefix that a listing is limited to."""

    action: str
    resource: str
    prefix: str | None = None

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


@dataclass(frozen=True, slots=True)
class Role:
    """What a role allows. Only what the template uses is understood: Allow, wildcards, StringLike on s3:prefix."""

    statements: tuple[Mapping[str, Any], ...]

    def forbids(self, deeds: Iterable[Deed]) -> Deed | None:
        """The first deed that no statement allows."""
        return next((deed for deed in deeds if not any(_allows(each, deed) for each in self.statements)), None)

    def grants(self) -> Iterator[tuple[str, str]]:
        """Each action that it allows, with each resource that it allows it on."""
        for statement in self.statements:
            for action in _list(statement["Action"]):
                for resource in _list(statement["Resource"]):
                    yield action, resource


def roles(stack: Stack) -> dict[str, Role]:
    """Each function's role, by the function's name."""
    found = {}
    for function in stack.functions:
        role = stack.template.properties(function)["Role"]["Fn::GetAtt"][0]
        policies = stack.resolver.resolve(stack.template.properties(role)["Policies"])
        found[function] = Role(tuple(each for policy in policies for each in policy["PolicyDocument"]["Statement"]))
    return found


def deeds(target: str, method: str, path: str, query: str, body: bytes) -> list[Deed]:
    """What a request to AWS does. `target` is its X-Amz-Target, which S3's requests have none of.

    Raises ValueError for a call that is not understood here: better loud than let through.
    """
    service, _, operation = target.partition(".")
    if not target and path.startswith(_CLOUDFRONT):
        return _cloudfront_deeds(method, path)
    if not target and path == "/" and method == "POST":
        return _query_deeds(body)
    if not target:
        return _s3_deeds(method, path, query, body)
    called = json.loads(body)
    if service.startswith("DynamoDB"):
        return _dynamodb_deeds(operation, called)
    if service == "AmazonSQS":
        queue = called["QueueUrl"].rpartition("/")[2]
        return [Deed(f"sqs:{operation}", f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{queue}")]
    if service == "secretsmanager":
        return [Deed(f"secretsmanager:{operation}", called["SecretId"])]
    raise ValueError(f"the local stack does not know what {target} needs")


def _cloudfront_deeds(method: str, path: str) -> list[Deed]:
    verb = {"POST": "Create", "GET": "Get"}.get(method)
    distribution, _, invalidation = path.removeprefix(_CLOUDFRONT).partition("/invalidation")
    if verb is None or "/" in distribution or bool(invalidation) != (verb == "Get"):
        raise ValueError(f"the local stack does not know what CloudFront's {method} of {path} needs")
    return [Deed(f"cloudfront:{verb}Invalidation", f"arn:aws:cloudfront::{ACCOUNT_ID}:distribution/{distribution}")]


def _query_deeds(body: bytes) -> list[Deed]:
    """CloudFormation speaks AWS's query protocol: a form, whose Action names the call."""
    asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    if asked.get("Action") != "DescribeStacks":
        raise ValueError(f"the local stack does not know what {asked.get('Action')} needs")
    return [Deed("cloudformation:DescribeStacks", asked.get("StackName", "*"))]


def _dynamodb_deeds(operation: str, called: Mapping[str, Any]) -> list[Deed]:
    if operation == "BatchGetItem":
        return [Deed("dynamodb:BatchGetItem", _table(name)) for name in called["RequestItems"]]
    if operation == "TransactWriteItems":
        # There is no action of this name: each part needs the permission of the plain call.
        names = {
            "ConditionCheck": "ConditionCheckItem",
            "Put": "PutItem",
            "Update": "UpdateItem",
            "Delete": "DeleteItem",
        }
        parts = [next(iter(item.items())) for item in called["TransactItems"]]
        return [Deed(f"dynamodb:{names[verb]}", _table(part["TableName"])) for verb, part in parts]
    if operation == "TransactGetItems":
        return [Deed("dynamodb:GetItem", _table(item["Get"]["TableName"])) for item in called["TransactItems"]]
    index = f"/index/{called['IndexName']}" if "IndexName" in called else ""
    return [Deed(f"dynamodb:{operation}", _table(called["TableName"]) + index)]


def _s3_deeds(method: str, path: str, query: str, body: bytes) -> list[Deed]:
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    arn = f"arn:aws:s3:::{bucket}"
    asked = parse_qs(query, keep_blank_values=True)
    if key and method in _S3_ACTIONS:
        return [Deed(_S3_ACTIONS[method], f"{arn}/{key}")]
    if method == "POST" and "delete" in asked:
        keys = [each.text or "" for each in ET.fromstring(body).iter() if each.tag.endswith("Key")]  # noqa: S314 ours
        return [Deed("s3:DeleteObject", f"{arn}/{key}") for key in keys]
    if method == "GET" and not key and asked.get("list-type") == ["2"]:
        return [Deed("s3:ListBucket", arn, asked.get("prefix", [""])[0])]
    raise ValueError(f"the local stack does not know what S3's {method} of {path} needs")


def _allows(statement: Mapping[str, Any], deed: Deed) -> bool:
    if statement["Effect"] != "Allow":
        raise ValueError("the local stack knows Allow statements alone")
    if not _any_like(statement["Action"], deed.action) or not _any_like(statement["Resource"], deed.resource):
        return False
    condition = statement.get("Condition")
    if condition is None:
        return True
    if condition.keys() != {"StringLike"} or condition["StringLike"].keys() != {"s3:prefix"}:
        raise ValueError(f"the local stack does not know the condition {condition}")
    return deed.prefix is not None and _any_like(condition["StringLike"]["s3:prefix"], deed.prefix)


def _any_like(patterns: str | list[str], text: str) -> bool:
    wildcards = {"*": ".*", "?": "."}
    for pattern in _list(patterns):
        if re.fullmatch("".join(wildcards.get(letter, re.escape(letter)) for letter in pattern), text, re.DOTALL):
            return True
    return False


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _table(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}"
