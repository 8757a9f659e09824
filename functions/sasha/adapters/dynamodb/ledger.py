"""The ledger: every movement of an account's credits, an entry that never changes and never expires."""

from typing import Any

from sasha.adapters.dynamodb.table import Call, to_item
from sasha.core.request import GenerationRequest
from sasha.core.timing import iso


def hold_entry(request: GenerationRequest) -> Call:
    """What is taken when a request is accepted."""
    return _request_entry(request, "hold", -request.price_of_all_micros, request.samples)


def refund_entry(request: GenerationRequest) -> Call:
    """What is given back when it is settled."""
    return _request_entry(request, "refund", request.refund_micros, request.samples - len(request.images))


def top_up_entry(account_id: str, reference: str, amount_micros: int, at: str) -> Call:
    """What the owner puts in."""
    return _entry(account_id, f"LEDGER#{at}#{reference}#top_up", {"kind": "top_up", "amount_micros": amount_micros})


def _request_entry(request: GenerationRequest, kind: str, amount_micros: int, pictures: int) -> Call:
    values = {
        "kind": kind,
        "request_id": request.id,
        "amount_micros": amount_micros,
        "pictures": pictures,
        "price_micros": request.price_micros,
    }
    return _entry(request.account, f"LEDGER#{iso(request.created_at)}#{request.id}#{kind}", values)


def _entry(account_id: str, sk: str, values: dict[str, Any]) -> Call:
    # The condition is a second guard against settling twice: the same movement cannot be entered again.
    item = {"pk": f"ACCOUNT#{account_id}", "sk": sk, **values}
    return {"Put": {"Item": to_item(item), "ConditionExpression": "attribute_not_exists(pk)"}}
