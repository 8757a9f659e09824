"""The emulator's own routes under /_emulator, for tests and tools in other processes."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from local.emulator import answers
from local.emulator.answers import Answer
from local.emulator.faults import Fault
from local.emulator.upstream import Upstream


def control(upstream: Upstream, method: str, path: str, body: bytes) -> Answer:
    """Answer one control request; what it says wrong is a 400 that says how."""
    try:
        return _route(upstream, method, path, body)
    except (TypeError, ValueError) as wrong:
        return answers.error(400, str(wrong))


def _route(upstream: Upstream, method: str, path: str, body: bytes) -> Answer:
    match method, path.rstrip("/"):
        case "GET", "/ledger":
            return _listing(upstream.books.ledger())
        case "GET", "/calls":
            return _listing(upstream.books.calls())
        case "GET", "/faults":
            return _listing(upstream.script.pending())
        case "GET", "/settings":
            return answers.as_json(upstream.settings_now())
        case "POST", "/faults":
            faults = [Fault(**fault) for fault in _read(body, list)]
            upstream.script.add(*faults)
        case "PUT", "/settings":
            upstream.configure(**_read(body, dict))
        case "DELETE", "":
            upstream.reset()
        case "GET" | "HEAD", name if name.startswith("/images/"):
            return upstream.stored_picture(name.removeprefix("/images/"))
        case _:
            return answers.error(404, "Not found")
    return Answer(204)


def _read(body: bytes, kind: type[Any]) -> Any:
    value = json.loads(body)
    if not isinstance(value, kind):
        raise ValueError(f"the body is a JSON {'array' if kind is list else 'object'}")
    return value


def _listing(entries: "list[Any]") -> Answer:
    text = json.dumps([asdict(entry) for entry in entries], default=_plain)
    return Answer(200, text.encode(), {"content-type": "application/json"})


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)
