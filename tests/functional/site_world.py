"""A stack's site function over moto, called as CloudFormation calls it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from moto.cloudformation.models import cloudformation_backends

from local.clients import Clients
from local.intrinsics import ACCOUNT_ID, PSEUDO_PARAMETERS, REGION
from local.stack import Stack
from sasha.publishing.custom_resource import answer_to
from sasha.publishing.files import page_files
from sasha.wiring_site import SiteSettings, publishing_ports
from tests.functional.strict_aws import StrictAWS

STACK_ID = PSEUDO_PARAMETERS["AWS::StackId"]


@dataclass
class SiteWorld:
    """One stack's site function, called as CloudFormation calls it."""

    stack: Stack
    session: boto3.Session
    clients: Clients
    aws: StrictAWS
    folder: Path
    seconds_left: Callable[[], float] = lambda: 900.0
    requests: int = 0

    @property
    def environment(self) -> dict[str, str]:
        return {**self.stack.functions["SiteFunction"].environment, "SITE_FOLDER": str(self.folder)}

    @property
    def site_bucket(self) -> str:
        return self.environment["SITE_BUCKET"]

    def has_layer(self, files: dict[str, str]) -> None:
        """From now on the function has this page in its layer."""
        for path in [path for path in self.folder.rglob("*") if path.is_file()]:
            path.unlink()
        for name, content in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(content)

    def is_asked(self, request_type: str, **more: Any) -> dict[str, str]:
        self.requests += 1
        event = {
            "RequestType": request_type,
            "ResourceType": "Custom::Page",
            "StackId": STACK_ID,
            "RequestId": f"request-{self.requests}",
            "LogicalResourceId": "Page",
            "PhysicalResourceId": "page",
            **more,
        }
        settings = SiteSettings.read(self.environment)
        return answer_to(
            event,
            lambda: page_files(settings.site_folder),
            lambda: publishing_ports(settings, self.session, self.seconds_left, sleep=lambda _: None),
        )

    def is_going(self, status: str) -> None:
        """CloudFormation's status of the stack."""
        cloudformation_backends[ACCOUNT_ID][REGION].stacks[STACK_ID].status = status

    def stored(self, bucket: str | None = None) -> dict[str, str]:
        """What a bucket holds, the site's if none is named."""
        bucket = bucket or self.site_bucket
        return {name: self._content(bucket, name) for name in self.names(bucket)}

    def names(self, bucket: str) -> list[str]:
        pages = self.clients.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [each["Key"] for page in pages for each in page.get("Contents", [])]

    def _content(self, bucket: str, name: str) -> str:
        return self.clients.s3.get_object(Bucket=bucket, Key=name)["Body"].read().decode()

    def has_pictures(self, count: int) -> None:
        for n in range(count):
            self.clients.s3.put_object(Bucket=self.stack.outputs_bucket, Key=f"outputs/{n}/0", Body=b"x")

    def forget_everything(self) -> None:
        for bucket in (self.site_bucket, self.stack.outputs_bucket):
            for name in self.names(bucket):
                self.clients.s3.delete_object(Bucket=bucket, Key=name)

    def invalidations(self) -> list[str]:
        """The references by which CloudFront was asked to forget, in order."""
        distribution = self.environment["DISTRIBUTION_ID"]
        listed = self.clients.cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]
        found = [
            self.clients.cloudfront.get_invalidation(DistributionId=distribution, Id=each["Id"])["Invalidation"]
            for each in listed.get("Items", [])
        ]
        assert all(each["InvalidationBatch"]["Paths"]["Items"] == ["/*"] for each in found)
        return [each["InvalidationBatch"]["CallerReference"] for each in found]
