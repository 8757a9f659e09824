"""Environment → adapters → ports of the site function; beside wiring.py, so that no other function loads any of it."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Self

import boto3
from botocore.config import Config
from pydantic import BaseModel, ConfigDict, Field

from sasha.adapters.site import CloudFormationStacks, CloudFrontCache, S3Bucket, TimedCalls
from sasha.publishing.custom_resource import ANSWERED_WITHIN_S
from sasha.publishing.ports import PublishingPorts

# Patient with a busy S3, since no caller waits: five tries of 13 s and, between them, pauses of up to 1, 2, 4 and 8 s,
# to each of which AWS may add 5.
AWS_CALLS = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 5},
)
S3_CALLS = AWS_CALLS.merge(Config(signature_version="s3v4", s3={"us_east_1_regional_endpoint": "regional"}))
LONGEST_CALL_S = 100
# No call begins later than this, so that CloudFormation can still be answered before Lambda ends the function.
STOP_BEFORE_END_S = LONGEST_CALL_S + ANSWERED_WITHIN_S + 10
Name = Annotated[str, Field(min_length=1)]


class SiteSettings(BaseModel):
    """What template.yaml tells the site function. `site_folder` is where Lambda puts the layer's files."""

    # An error's text goes to the log, and the environment holds the function's credentials.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    site_bucket: Name
    outputs_bucket: Name
    distribution_id: Name
    site_folder: Path

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """From variables of the same names in capitals. Raises pydantic's ValidationError, which names each bad one."""
        return cls.model_validate({name.lower(): value for name, value in environment.items()})


def publishing_ports(
    settings: SiteSettings,
    session: boto3.Session,
    seconds_left: Callable[[], float],
    sleep: Callable[[float], None] = time.sleep,
) -> PublishingPorts:
    """What publishing works with during one call of the function, which lives for so long."""
    calls = TimedCalls(seconds_left, STOP_BEFORE_END_S)
    s3 = session.client("s3", config=S3_CALLS)
    return PublishingPorts(
        site=S3Bucket(s3, settings.site_bucket, calls),
        outputs=S3Bucket(s3, settings.outputs_bucket, calls),
        cache=CloudFrontCache(session.client("cloudfront", config=AWS_CALLS), settings.distribution_id, calls),
        stack_status=CloudFormationStacks(session.client("cloudformation", config=AWS_CALLS), calls).status,
        sleep=sleep,
    )
