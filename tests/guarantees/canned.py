"""An AWS that answers at once, from memory, without a connection: what is left is what our own side of it costs.

botocore's, boto3's and the adapters' work is done as ever: serialising, signing, parsing, validating.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

# As many keys as a megabyte of the index `open` holds, which is a page.
PAGE = 5_000
JSON = HTTPHeaders.from_dict({"content-type": "application/x-amz-json-1.0"})


@dataclass
class CannedAWS:
    """A table with copies of one request, by their ids, and what is known of Segmind. What is written is forgotten."""

    item: dict[str, Any]
    state: dict[str, Any]
    ids: Sequence[str]
    calls: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._item = json.dumps({"Item": self.item})
        self._state = json.dumps({"Item": self.state}).encode()
        starts = range(0, len(self.ids), PAGE)
        self._pages: Iterator[bytes] = (self._page(self.ids[start : start + PAGE]) for start in starts)

    def session(self) -> boto3.Session:
        """One whose every client is answered here."""
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
        session.events.unregister("before-send", botocore_stubber)
        session.events.register("before-send", self._answer)
        return session

    def _answer(self, event_name: str, request: AWSRequest, **_: Any) -> AWSResponse:
        operation = event_name.split(".")[2]
        self.calls[operation] += 1
        content = {"Query": self._query, "GetItem": self._get}.get(operation, lambda _: b"{}")(request)
        return AWSResponse("https://aws.test", 200, JSON, MockRawResponse(content))

    def _query(self, _: AWSRequest) -> bytes:
        return next(self._pages)

    def _get(self, request: AWSRequest) -> bytes:
        pk: str = json.loads(request.body)["Key"]["pk"]["S"]
        if pk == self.state["pk"]["S"]:
            return self._state
        return self._item.replace(self.item["id"]["S"], pk.removeprefix("REQUEST#")).encode()

    def _page(self, ids: Sequence[str]) -> bytes:
        own = {"sk": {"S": "REQUEST"}, "open": {"S": "OPEN"}, "due_at": self.item["due_at"]}
        items = [{"pk": {"S": f"REQUEST#{each}"}, **own} for each in ids]
        more = {} if ids[-1] == self.ids[-1] else {"LastEvaluatedKey": items[-1]}
        return json.dumps({"Items": items, "Count": len(items), **more}).encode()
