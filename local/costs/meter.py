"""Sees every call to AWS on the local stack, and counts what AWS would bill for it, by the function that made it."""

from __future__ import annotations

import io
import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from local.aws import signer, target
from local.costs.items import Typed, index_write_units, read_units, write_units
from local.intrinsics import ACCOUNT_ID, REGION

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# By the names of local/costs/prices.json.
Used = Counter[str]
_TABLE_KEYS = ("pk", "sk")


class Meter:
    """Wraps moto's application (`LocalStack(…, around_aws=Meter(…))`), where one call to a service follows another."""

    def __init__(self, indexes: Iterable[tuple[str, ...]]) -> None:
        """`indexes` are the keys of the table's indexes, which project nothing else."""
        self._indexes = tuple(indexes)
        self._lock = threading.Lock()
        self._used: defaultdict[str, Used] = defaultdict(Counter)
        self._known: dict[tuple[str, str], Typed] = {}
        self._moto: Any = None

    def __call__(self, moto: WSGIApplication) -> WSGIApplication:
        self._moto = moto
        return self._call

    def take(self) -> dict[str, Used]:
        """What each function used since this was last asked."""
        with self._lock:
            used, self._used = dict(self._used), defaultdict(Counter)
            return used

    def _call(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        function, service = signer(environ)
        body = b""
        if target(environ):
            body = environ["wsgi.input"].read()
            environ["wsgi.input"] = io.BytesIO(body)
        answer = b"".join(self._moto(environ, start_response))
        used = self._billed(service, environ, body, answer)
        with self._lock:
            self._used[function] += used + Counter({"aws_calls": 1})
        return [answer]

    def _billed(self, service: str, environ: WSGIEnvironment, body: bytes, answer: bytes) -> Used:
        if service == "dynamodb":
            return self._dynamodb(target(environ).rpartition(".")[2], json.loads(body), json.loads(answer or b"{}"))
        if service == "s3":
            return _s3(environ)
        return Counter({f"{service}_requests": 1})

    def _dynamodb(self, operation: str, asked: Mapping[str, Any], told: Mapping[str, Any]) -> Used:
        match operation:
            case "GetItem":
                units = read_units([told.get("Item", {})], consistent=asked.get("ConsistentRead", False))
            case "BatchGetItem":
                ((table, wanted),) = asked["RequestItems"].items()
                found = told.get("Responses", {}).get(table, [])
                # Each item by itself, and one that is not there like a small one.
                missing: list[Typed] = [{}] * (len(wanted["Keys"]) - len(found))
                consistent = wanted.get("ConsistentRead", False)
                units = sum(read_units([item], consistent=consistent) for item in (*found, *missing))
            case "Query" | "Scan":
                units = read_units(told.get("Items", []), consistent=asked.get("ConsistentRead", False))
            case "UpdateItem" | "PutItem":
                return self._written(asked, transaction=False)
            case "TransactWriteItems":
                parts = (call for part in asked["TransactItems"] for call in part.values())
                return sum((self._written(call, transaction=True) for call in parts), Used())
            case _:
                raise ValueError(f"what {operation} costs is not known here")
        return Counter({"dynamodb_read_units": units})

    def _written(self, call: Mapping[str, Any], *, transaction: bool) -> Used:
        raw = call.get("Key") or call["Item"]
        key = raw["pk"]["S"], raw["sk"]["S"]
        before, after = self._known.get(key), _stored(call["TableName"], *key)
        if after is not None:
            self._known[key] = after
        units = write_units(before, after, transaction=transaction)
        units += sum(index_write_units(before, after, index, _TABLE_KEYS) for index in self._indexes)
        return Counter({"dynamodb_write_units": units})


def _stored(table: str, pk: str, sk: str) -> Typed | None:
    """The item as moto has it. It is read past moto's own interface, which is busy with the call that is counted."""
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415 a second, and for this alone
    from moto.dynamodb.models.dynamo_type import DynamoType  # noqa: PLC0415

    found = dynamodb_backends[ACCOUNT_ID][REGION].tables[table].get_item(DynamoType({"S": pk}), DynamoType({"S": sk}))
    return None if found is None else {name: value.to_regular_json() for name, value in found.attrs.items()}


def _s3(environ: WSGIEnvironment) -> Used:
    """S3 bills two kinds of requests: those that write or list, and all others; those that delete are free."""
    method, query = environ["REQUEST_METHOD"], environ["QUERY_STRING"]
    if method == "DELETE" or (method == "POST" and "delete" in query):
        return Counter()
    writes = method in ("PUT", "POST") or "list-type" in query
    return Counter({"s3_write_requests" if writes else "s3_read_requests": 1})
