"""The ports of publishing, on S3, CloudFront and CloudFormation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from sasha.publishing.files import CACHE_CONTROL, PageFile
from sasha.publishing.ports import AwsRefused, OutOfTime

NAMES_AT_ONCE = 1000  # S3's most
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class TimedCalls:
    """Makes calls to AWS while there is time for one that takes as long as it can, and says in words what failed."""

    seconds_left: Callable[[], float]
    stop_before_end_s: float

    def make(self, what: str, call: Callable[..., Answer], **arguments: Any) -> Answer:
        if self.seconds_left() < self.stop_before_end_s:
            raise OutOfTime(f"No time was left for {what}; another try goes on from there")
        try:
            return call(**arguments)
        except ClientError as error:
            raise AwsRefused(f"{what}: {error.response['Error'].get('Code', 'refused')}") from error
        except BotoCoreError as error:
            raise AwsRefused(f"{what}: {type(error).__name__}") from error


@dataclass(frozen=True)
class S3Bucket:
    """Implements publishing.ports.Bucket."""

    client: Any
    name: str
    calls: TimedCalls

    def put(self, file: PageFile) -> None:
        self.calls.make(
            f"PutObject of {file.name}",
            self.client.put_object,
            Bucket=self.name,
            Key=file.name,
            Body=file.content,
            ContentType=file.content_type,
            CacheControl=CACHE_CONTROL,
        )

    def names(self, after: str = "") -> list[str]:
        wanted = {"Bucket": self.name, "StartAfter": after, "MaxKeys": NAMES_AT_ONCE}
        try:
            listed = self.calls.make("ListObjectsV2", self.client.list_objects_v2, **wanted)
        except AwsRefused as refused:
            if isinstance(refused.__cause__, self.client.exceptions.NoSuchBucket):
                return []
            raise
        return [each["Key"] for each in listed.get("Contents", [])]

    def delete(self, names: Sequence[str]) -> None:
        wanted = {"Objects": [{"Key": name} for name in names], "Quiet": True}
        answer = self.calls.make("DeleteObjects", self.client.delete_objects, Bucket=self.name, Delete=wanted)
        kept = answer.get("Errors", [])
        if kept:
            raise AwsRefused(f"DeleteObjects: {len(kept)} of {len(names)} were kept ({kept[0].get('Code')})")


@dataclass(frozen=True)
class CloudFrontCache:
    """Implements publishing.ports.Cache."""

    client: Any
    distribution_id: str
    calls: TimedCalls

    def forget(self, reference: str) -> str:
        batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": reference}
        answer = self.calls.make(
            "CreateInvalidation",
            self.client.create_invalidation,
            DistributionId=self.distribution_id,
            InvalidationBatch=batch,
        )
        return str(answer["Invalidation"]["Id"])

    def is_done(self, forgetting: str) -> bool:
        answer = self.calls.make(
            "GetInvalidation", self.client.get_invalidation, DistributionId=self.distribution_id, Id=forgetting
        )
        return bool(answer["Invalidation"]["Status"] != "InProgress")


@dataclass(frozen=True)
class CloudFormationStacks:
    """Tells how a stack is. May be asked of the function's own stack alone."""

    client: Any
    calls: TimedCalls

    def status(self, stack_id: str) -> str:
        answer = self.calls.make("DescribeStacks", self.client.describe_stacks, StackName=stack_id)
        return str(answer["Stacks"][0]["StackStatus"])
