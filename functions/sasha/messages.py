"""What a message in the queue asks of a worker. Whatever is wrong with one is logged once, and it is done with."""

import json
import logging

from sasha.core.fulfil import Work, check_provider, fulfil
from sasha.core.ports import SecondsLeft, WorkerPorts
from sasha.core.request import is_uuid

logger = logging.getLogger("sasha")


def take(body: str, seconds_left: SecondsLeft, ports: WorkerPorts) -> Work | None:
    """Do what the message asks. Never raises: a message that comes again would not go better."""
    try:
        message = json.loads(body)
        if not isinstance(message, dict):
            raise TypeError("no object")
        if message.get("check") == "provider":
            check_provider(ports)
            return None
        request_id = str(message.get("request_id"))
        if not is_uuid(request_id):
            raise ValueError("no request id")
        work = fulfil(request_id, seconds_left, ports)
    except Exception:
        logger.exception("A message could not be worked on")
        return None
    logger.info("A message was worked on", extra={"request_id": request_id, "fate": work.fate})
    return work
