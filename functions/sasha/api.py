"""The API function: API Gateway's events in, answers out."""

import os
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from sasha.core.money import as_number
from sasha.core.quota import Kind
from sasha.core.submit import Accepted
from sasha.metrics import Metric, measure
from sasha.settings import ApiSettings
from sasha.telemetry import watched
from sasha.web.app import create_api, is_submit
from sasha.wiring import api_ports, gateway_secret

# Made while Lambda initialises the function, when it has a full processor to itself.
_settings, _session = ApiSettings.read(os.environ), boto3.Session()
_gateway_secret = gateway_secret(_settings, _session)
_gateway_secret.read()
_accepted: list[Accepted] = []  # by the call at hand: a function has one at a time
_api = create_api(api_ports(_settings, _session), _gateway_secret, _accepted.append)


@watched
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """An event of API Gateway's HTTP API, payload 2.0, and its answer."""
    _accepted.clear()
    answer = _api(event, context)
    if is_submit(event):
        measure(Metric.REQUESTS, len(_accepted))
    for accepted in _accepted:
        used = accepted.left.used
        measure(Metric.SPEND_DOLLARS, as_number(used[Kind.SPEND]))
        if Kind.GUESTS in used:
            measure(Metric.ALLOWANCE_LEFT, max(_settings.guest_images_per_day_total - used[Kind.GUESTS], 0))
    return answer
