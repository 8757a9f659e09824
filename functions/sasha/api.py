"""The API function: API Gateway's events in, answers out."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from sasha.settings import ApiSettings
from sasha.telemetry import count
from sasha.web.app import create_api, is_submit
from sasha.wiring import api_ports, gateway_secret

# Made while Lambda initialises the function, when it has a full processor to itself.
_settings, _session = ApiSettings.read(os.environ), boto3.Session()
_gateway_secret = gateway_secret(_settings, _session)
_gateway_secret.read()
_api = create_api(api_ports(_settings, _session), _gateway_secret)
logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """An event of API Gateway's HTTP API, payload 2.0, and its answer."""
    answer = _api(event, context)
    if is_submit(event):
        count("Requests", outcome=f"{answer['statusCode'] // 100}xx")
    return answer
