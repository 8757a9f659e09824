"""Counters of requests, free pictures and dollars: one item each, changed only within a request's own transactions."""

from sasha.adapters.dynamodb.table import Call, to_item
from sasha.core.quota import Quota
from sasha.core.timing import COUNTER_OUTLIVES_WINDOW_S, after


def counter_key(counter: str) -> tuple[str, str]:
    """Where a counter of this window is."""
    return f"COUNTER#{counter}", "COUNTER"


def count_part(quota: Quota) -> Call:
    """Take from the counter, if there is room."""
    pk, sk = counter_key(quota.counted.counter)
    # Who asks for more than is ever allowed must not pass as the first to ask.
    first = "attribute_not_exists(used) OR " if quota.has_room(0) else ""
    values = {
        ":amount": quota.amount,
        ":room_from": quota.allowed - quota.amount,
        ":ttl": int(after(quota.counted.ends_at, COUNTER_OUTLIVES_WINDOW_S).timestamp()),
    }
    return {
        "Update": {
            "Key": to_item({"pk": pk, "sk": sk}),
            "UpdateExpression": "SET #ttl = :ttl ADD used :amount",
            "ConditionExpression": f"{first}used <= :room_from",
            "ExpressionAttributeNames": {"#ttl": "ttl"},
            "ExpressionAttributeValues": to_item(values),
        }
    }


def give_back_part(counter: str, amount: int) -> Call:
    """Give back to the counter what a request did not use of it. A counter is never less than nothing."""
    pk, sk = counter_key(counter)
    return {
        "Update": {
            "Key": to_item({"pk": pk, "sk": sk}),
            "UpdateExpression": "ADD used :given_back",
            "ConditionExpression": "used >= :amount",
            "ExpressionAttributeValues": to_item({":given_back": -amount, ":amount": amount}),
        }
    }
