"""The boto3 clients that the local stack is built with: against moto's server, or inside `mock_aws` without one."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.intrinsics import REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

# Temporary credentials, as a Lambda function has them: the token becomes part of each presigned URL.
ACCESS_KEY_ID = "local"
SECRET_ACCESS_KEY = "not-a-secret-and-good-for-this-machine-alone"
SESSION_TOKEN = "local-session-token"
# What the SAM CLI gives its containers where the developer has no credentials of their own.
SAM_CLI_KEYS = ("defaultkey", "defaultsecret")


class Clients:
    """One client per service, made when first used."""

    def __init__(self, session: boto3.Session, endpoint_url: str | None = None) -> None:
        self._session = session
        self._endpoint_url = endpoint_url

    @classmethod
    def local(cls, endpoint_url: str) -> Clients:
        """Clients for moto's server at this address, whatever AWS settings the developer has."""
        session = boto3.Session(
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            aws_session_token=SESSION_TOKEN,
            region_name=REGION,
        )
        return cls(session, endpoint_url)

    @cached_property
    def cloudformation(self) -> Any:
        return self._make("cloudformation")

    @cached_property
    def cloudfront(self) -> Any:
        return self._make("cloudfront")

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        return self._make("dynamodb")  # type: ignore[no-any-return]

    @cached_property
    def s3(self) -> S3Client:
        return self._make("s3")  # type: ignore[no-any-return]

    @cached_property
    def secretsmanager(self) -> SecretsManagerClient:
        return self._make("secretsmanager")  # type: ignore[no-any-return]

    @cached_property
    def sqs(self) -> SQSClient:
        return self._make("sqs")  # type: ignore[no-any-return]

    def _make(self, service: str) -> Any:
        config = Config(
            signature_version="s3v4", retries={"mode": "standard", "max_attempts": 2}, max_pool_connections=20
        )
        if service != "s3":
            config = Config(retries={"mode": "standard", "max_attempts": 2}, max_pool_connections=20)
        # The name is a variable here, so the stubs cannot say which client it is.
        make: Any = self._session.client
        return make(service, endpoint_url=self._endpoint_url, region_name=REGION, config=config)
