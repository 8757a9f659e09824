"""The README's table of costs, made from what was counted and from the price list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from local.costs.model import ASSUMED, WAYS, Costs

# What the owner was promised, in dollars.
MOST_WITHOUT_DELIVERY, MOST_WITH_DELIVERY, MOST_IDLE = 0.13, 0.26, 2.0


def markdown(costs: Costs, prices: Mapping[str, Any], characters: int) -> str:
    """Two tables, and what they rest on."""
    made = [costs.pictures(way) for way in WAYS]
    delivered = [costs.delivery(way) for way in WAYS]
    without = [sum(each.values()) for each in made]
    both = [sum(each.values()) + rest for each, rest in zip(delivered, without, strict=True)]
    idle = costs.idle_month()
    pictures = [
        *_rows(made),
        _row("**without delivery**", without, bold=True),
        *_rows(delivered),
        _row("**with delivery**", both, bold=True),
        _row("Segmind, for comparison", [costs.segmind] * len(WAYS)),
    ]
    month = [
        *(f"| {name} | {dollars:.2f} |" for name, dollars in idle.items()),
        f"| **idle month** | **{sum(idle.values()):.2f}** |",
        f"| while pictures are made all month: their metrics | {costs.metrics_in_use:.2f} |",
        *([f"| with the dashboard | {costs.dashboard:.2f} |"] if costs.dashboard else []),
    ]
    heads = [f"{way.name}, {way.seconds:.0f} s" for way in WAYS]
    return "\n".join(
        [
            f"Dollars per 1,000 pictures in {prices['region']}, by list prices of {prices['date']}, before free tiers:",
            "",
            *_head(["", *heads]),
            *pictures,
            "",
            "And per month without a single call:",
            "",
            *_head(["", "dollars"]),
            *month,
            "",
            _words(characters),
        ]
    )


def _rows(columns: Sequence[Mapping[str, float]]) -> list[str]:
    return [_row(name, [column[name] for column in columns]) for name in columns[0]]


def _row(name: str, dollars: Iterable[float], *, bold: bool = False) -> str:
    figures = (f"{each:.2f}" if each >= 1 else f"{each:.3f}" for each in dollars)
    return f"| {name} | " + " | ".join(f"**{each}**" if bold else each for each in figures) + " |"


def _head(names: Sequence[str]) -> list[str]:
    return ["| " + " | ".join(names) + " |", "|" + "---|" + "---:|" * (len(names) - 1)]


def _words(characters: int) -> str:
    return (
        f"Counted on the local stack for one picture per request (calls, units of reading and writing by the items' "
        f"sizes, lines of log, processor time) with a prompt of {characters} characters; assumed are a picture of "
        f"{ASSUMED.picture_bytes / 1e6:.1f} MB (a 1024 × 1024 PNG; a JPEG has a fifth), 3 or 6 s at Segmind, "
        f"{ASSUMED.aws_call_s * 1000:.0f} ms for a call to AWS, a cold start of {ASSUMED.cold_start_s:.0f} s in "
        f"{ASSUMED.cold_share:.0%} of calls, polls once a second, and {ASSUMED.idle_receives_a_minute} empty "
        f"receives a minute by Lambda's pollers. Delivery is CloudFront: the picture once, and every answer of the API."
    )
