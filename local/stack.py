"""Makes the template's table, queues, buckets and secrets, and resolves what the rest of the template says of them."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from local.clients import Clients
from local.intrinsics import PSEUDO_PARAMETERS, REGION, Resolver, references
from local.parameters import ParameterValue, parameter_values
from local.rules import check_rules
from local.template import Template

_STACK_NAME = PSEUDO_PARAMETERS["AWS::StackName"]
_MADE_BY_CLOUDFORMATION = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::S3::Bucket")
# CloudFormation's own, where custom resources put their answers.
ANSWERS_BUCKET = f"cloudformation-custom-resource-response-{REGION.replace('-', '')}"
_SECRET = "AWS::SecretsManager::Secret"
_PERIOD_S = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True, slots=True)
class LambdaFunction:
    """One function of the template, its environment resolved."""

    name: str
    handler: str
    timeout_s: int
    memory_mb: int
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class QueueSource:
    """An SQS event source: which function works off which queue, and how many messages at once."""

    function: str
    queue_url: str
    queue_arn: str
    batch_size: int
    maximum_concurrency: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A function that runs every `period_s` seconds."""

    function: str
    rule: str
    period_s: float


@dataclass(frozen=True, slots=True)
class Stack:
    """The stack as it stands: everything that a gateway, an event source or a test needs to know of it."""

    template: Template
    resolver: Resolver
    functions: Mapping[str, LambdaFunction]
    queue_sources: tuple[QueueSource, ...]
    schedules: tuple[Schedule, ...]
    table_name: str
    queue_url: str
    dead_letter_queue_url: str
    outputs_bucket: str
    segmind_secret_id: str
    gateway_secret_id: str
    gateway_secret: str


def create_stack(template: Template, clients: Clients, overrides: Mapping[str, str] | None = None) -> Stack:
    """Create the stack in whatever AWS the clients reach: moto's server, or `mock_aws` in this process.

    moto's CloudFormation makes table, queues and buckets; it skips secrets, so these are made beforehand and handed to
    it as parameters. Raises ParameterError for overrides that CloudFormation would refuse.
    """
    parameters = parameter_values(template.parameters, overrides or {})
    check_rules(template.rules, parameters)
    before = Resolver(parameters, template.conditions)
    secret_ids = {name: _create_secret(name, template, before, clients) for name in template.of_type(_SECRET)}
    names, attributes = _create_resources(template, parameters, secret_ids, clients)
    names |= {name: _create_distribution(clients) for name in template.of_type("AWS::CloudFront::Distribution")}
    _create_answers_bucket(clients)
    resolver = Resolver(parameters, template.conditions, names, attributes)
    functions = {name: _function(name, template, resolver) for name in template.of_type("AWS::Serverless::Function")}
    origin = json.loads(clients.secretsmanager.get_secret_value(SecretId=names["GatewaySecret"])["SecretString"])
    return Stack(
        template=template,
        resolver=resolver,
        functions=functions,
        queue_sources=tuple(_queue_sources(template, resolver)),
        schedules=tuple(_schedules(template)),
        table_name=names["Table"],
        queue_url=names["RequestsQueue"],
        dead_letter_queue_url=names["RequestsDeadLetterQueue"],
        outputs_bucket=names["OutputsBucket"],
        segmind_secret_id=names["SegmindSecret"],
        gateway_secret_id=names["GatewaySecret"],
        gateway_secret=origin["origin"],
    )


def _create_answers_bucket(clients: Clients) -> None:
    """CloudFormation's own: one for all stacks and accounts, so that another stack in this process may have met it."""
    with contextlib.suppress(clients.s3.exceptions.BucketAlreadyExists, clients.s3.exceptions.BucketAlreadyOwnedByYou):
        clients.s3.create_bucket(Bucket=ANSWERS_BUCKET)


def _create_secret(name: str, template: Template, resolver: Resolver, clients: Clients) -> str:
    """Make one secret, generating what GenerateSecretString asks for. Returns its ARN."""
    properties = resolver.resolve(template.properties(name))
    value = properties.get("SecretString")
    if value is None:
        wish = properties["GenerateSecretString"]
        letters = string.ascii_letters + string.digits + ("" if wish.get("ExcludePunctuation") else string.punctuation)
        generated = "".join(secrets.choice(letters) for _ in range(int(wish.get("PasswordLength", 32))))
        value = json.dumps({**json.loads(wish["SecretStringTemplate"]), wish["GenerateStringKey"]: generated})
    return clients.secretsmanager.create_secret(Name=f"{_STACK_NAME}-{name}", SecretString=value)["ARN"]


def _create_resources(
    template: Template, parameters: Mapping[str, ParameterValue], secret_ids: Mapping[str, str], clients: Clients
) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Have CloudFormation make what it can. Returns what `Ref` and `Fn::GetAtt` give for each of these resources.

    Outputs tell them: one for each thing that any part of the template refers to. They stand beside the template's own,
    which is where the owner's command finds the stack.
    """
    resources = template.of_type(*_MADE_BY_CLOUDFORMATION)
    wanted = {(name, attribute) for name, attribute in references(dict(template.resources)) if name in resources}
    wanted |= {(name, None) for name in resources}
    outputs = {f"Out{index}": pair for index, pair in enumerate(sorted(wanted, key=str))}
    reduced = {
        "Parameters": {**template.parameters, **{name: {"Type": "String"} for name in secret_ids}},
        "Conditions": dict(template.conditions),
        "Resources": resources,
        "Outputs": {
            **_own_outputs(template, {*resources, *secret_ids}),
            **{
                output: {"Value": {"Fn::GetAtt": list(pair)} if pair[1] else {"Ref": pair[0]}}
                for output, pair in outputs.items()
            },
        },
    }
    values = {name: ",".join(value) if isinstance(value, list) else value for name, value in parameters.items()}
    clients.cloudformation.create_stack(
        StackName=_STACK_NAME,
        TemplateBody=json.dumps(reduced),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in {**values, **secret_ids}.items()
        ],
    )
    stack = clients.cloudformation.describe_stacks(StackName=_STACK_NAME)["Stacks"][0]
    _give_id(stack["StackId"], PSEUDO_PARAMETERS["AWS::StackId"])
    told = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    names, attributes = dict(secret_ids), {}
    for output, (name, attribute) in outputs.items():
        if attribute is None:
            names[name] = told[output]
        else:
            attributes[name, attribute] = told[output]
    return names, attributes


def _give_id(made: str, wanted: str) -> None:
    """Let moto know the stack by the id that `AWS::StackId` resolves to: roles allow that one, and events/ names it."""
    from moto.cloudformation.models import cloudformation_backends  # noqa: PLC0415 moto takes a second to import

    account_id = made.split(":")[4]  # some tests have more than one
    stacks = cloudformation_backends[account_id][REGION].stacks
    stack = stacks.pop(made)
    stack.stack_id = wanted
    stacks[wanted] = stack


def _create_distribution(clients: Clients) -> str:
    """A distribution whose copies of the page can be invalidated; local/cloudfront.py is the one that answers."""
    origin = {"Id": "site", "DomainName": "site.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    config = {
        "CallerReference": _STACK_NAME,
        "Comment": _STACK_NAME,
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https"},
    }
    return str(clients.cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"])


def _own_outputs(template: Template, made: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """The template's outputs that only tell of what is made here."""
    return {
        name: output
        for name, output in template.outputs.items()
        if all(resource in made for resource, _ in references(output["Value"]))
    }


def _function(name: str, template: Template, resolver: Resolver) -> LambdaFunction:
    properties = template.properties(name)
    variables = resolver.resolve(properties["Environment"]["Variables"])
    return LambdaFunction(
        name=name,
        handler=properties["Handler"],
        timeout_s=int(resolver.resolve(properties["Timeout"])),
        memory_mb=int(resolver.resolve(properties["MemorySize"])),
        environment={variable: str(value) for variable, value in variables.items()},
    )


def _queue_sources(template: Template, resolver: Resolver) -> list[QueueSource]:
    sources = []
    for function, event in _events(template, "SQS"):
        resolved = resolver.resolve(event)
        queue = next(name for name, _ in references(event["Queue"]))
        sources.append(
            QueueSource(
                function=function,
                queue_url=resolver.names[queue],
                queue_arn=resolved["Queue"],
                batch_size=int(resolved.get("BatchSize", 10)),
                maximum_concurrency=int(resolved["ScalingConfig"]["MaximumConcurrency"]),
            )
        )
    return sources


def _schedules(template: Template) -> list[Schedule]:
    schedules = []
    for function, event in _events(template, "Schedule"):
        rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", event["Schedule"])
        if not rate:
            raise ValueError(f"{function}: the local stack knows rate(…) schedules alone, not {event['Schedule']}")
        schedules.append(Schedule(function, f"{function}Schedule", int(rate[1]) * _PERIOD_S[rate[2]]))
    return schedules


def _events(template: Template, kind: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, event["Properties"])
        for name in template.of_type("AWS::Serverless::Function")
        for event in template.properties(name).get("Events", {}).values()
        if event["Type"] == kind
    ]
