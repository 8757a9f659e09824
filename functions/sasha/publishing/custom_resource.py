"""CloudFormation's side of it: what it asks of a custom resource, and an answer in every case.

It is asked to create, update or delete the stack's one Custom::Page. Nothing of the event but these words counts: its
properties are there so that a change of them is an update. Source: CloudFormation User Guide, "Custom resource request
and response reference".
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sasha.publishing.files import PageFile
from sasha.publishing.ports import CannotPublish, PublishingPorts
from sasha.publishing.publish import empty, publish

RESOURCE_TYPE = "Custom::Page"
# Always the same: another one would make an update a replacement, whose old half is then deleted.
PHYSICAL_ID = "page"
# Of a creation that could not even begin: nothing is there to be deleted.
NEVER_MADE = "never-made"
# The stack itself goes: it is deleted, or its creation has failed. Every other status is one that it lives on from.
GOING = ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")
# A worker that CloudFormation has just taken everything from may still be about to store a picture.
WORKERS_GONE_S = 15.0
# So long it is tried to bring CloudFormation its answer.
ANSWERED_WITHIN_S = 30.0
MOST_REASON_LETTERS = 250  # CloudFormation takes 4096 bytes in all, and a letter may become twelve of JSON

logger = logging.getLogger("sasha")
Event = Mapping[str, Any]


def answer_to(
    event: Event, page: Callable[[], Sequence[PageFile]], ports: Callable[[], PublishingPorts]
) -> dict[str, str]:
    """Do what the event asks; returns what CloudFormation is to be told. Never raises.

    `page` and `ports` are called when they are needed: if they cannot be had, that too is an answer.
    """
    try:
        status, reason = "SUCCESS", _do(event, page, ports)
    except CannotPublish as error:
        status, reason = "FAILED", str(error)
    except Exception as error:
        logger.exception("The page's resource failed in an unknown way")
        status, reason = "FAILED", f"{type(error).__name__}; the site function's log says more"
    logger.info("CloudFormation is answered", extra={"status": status, "reason": reason})
    return _answer(event, status, reason, _physical_id(event))


def cannot_be_loaded(event: Event, why: str) -> dict[str, str]:
    """The answer of a function of which nothing but this module could be imported. What was never made is deleted."""
    asked, named = _text(event, "RequestType"), _text(event, "PhysicalResourceId")
    if asked == "Delete" and named != PHYSICAL_ID:
        return _answer(event, "SUCCESS", "Nothing was ever made", named)
    reason = (
        f"The site function cannot be loaded ({why}): was it built for another Architecture than it was deployed with?"
    )
    return _answer(event, "FAILED", reason, named or NEVER_MADE)


def body_of(answer: Mapping[str, str]) -> bytes:
    """An answer as it is sent."""
    return json.dumps(answer).encode()


def _do(event: Event, page: Callable[[], Sequence[PageFile]], ports: Callable[[], PublishingPorts]) -> str:
    asked, kind = _text(event, "RequestType"), _text(event, "ResourceType")
    if asked == "Delete":
        # What could not be created is deleted too, and must go through.
        return _delete(event, ports) if kind == RESOURCE_TYPE else "Nothing was ever made of this type"
    if kind != RESOURCE_TYPE:
        raise CannotPublish(f"Resources of type {RESOURCE_TYPE} are made here, not of type {kind or 'none'}")
    if asked not in ("Create", "Update"):
        raise CannotPublish(f"RequestType is {asked or 'missing'}: it can be Create, Update or Delete")
    return publish(page(), _text(event, "RequestId"), ports())


def _delete(event: Event, ports: Callable[[], PublishingPorts]) -> str:
    """Empty the buckets, which CloudFormation could not delete otherwise, if the stack goes with its resource."""
    made, stack_id = ports(), _text(event, "StackId")
    if not stack_id:
        raise CannotPublish("The event names no stack")
    status = made.stack_status(stack_id)
    if status not in GOING:
        return f"The stack lives on ({status}): its buckets are left as they are"
    files, pictures = empty(made.site), empty(made.outputs)
    made.sleep(WORKERS_GONE_S)
    return f"Buckets emptied: {files} files of the page, {pictures + empty(made.outputs)} pictures"


def _answer(event: Event, status: str, reason: str, physical_id: str) -> dict[str, str]:
    return {
        "Status": status,
        "Reason": reason[:MOST_REASON_LETTERS],
        "PhysicalResourceId": physical_id,
        **{name: _text(event, name) for name in ("StackId", "RequestId", "LogicalResourceId")},
    }


def _physical_id(event: Event) -> str:
    """CloudFormation wants a deletion answered with the id that it named, which after a failure is one of its own."""
    named = _text(event, "PhysicalResourceId")
    return named if named and _text(event, "RequestType") == "Delete" else PHYSICAL_ID


def _text(event: Event, name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""
