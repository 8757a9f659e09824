"""What the site function does with an event of CloudFormation's."""

import os
from functools import partial
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext

from sasha.adapters.cloudformation import NotAnswered, put_answer
from sasha.publishing.custom_resource import answer_to, body_of
from sasha.publishing.files import PageFile, page_files
from sasha.publishing.ports import PublishingPorts
from sasha.telemetry import watched
from sasha.wiring_site import SiteSettings, publishing_ports


# Whoever has the event's ResponseURL can answer for us: NotAnswered does not tell it.
@partial(watched, plain=NotAnswered)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    """An event of a custom resource; what is put at its ResponseURL is returned too, for whoever calls it by hand.

    Raises NotAnswered, upon which Lambda calls again: all of it can be repeated.
    """

    # Read here, not at import: whatever is wrong, CloudFormation waits for an answer.
    def page() -> list[PageFile]:
        return page_files(SiteSettings.read(os.environ).site_folder)

    def ports() -> PublishingPorts:
        return publishing_ports(SiteSettings.read(os.environ), boto3.Session(), seconds_left)

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    answer = answer_to(event, page, ports)
    put_answer(str(event.get("ResponseURL", "")), body_of(answer))
    return answer
