"""Amounts: typed in dollars, kept in micro-dollars, and never a float in between."""

import re
from typing import Any

from cli.problems import Slip
from sasha.core.money import MICROS_PER_DOLLAR, dollars

MOST_DOLLARS = 100_000
DECIMALS = 6
PLAIN = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,30}))?")


def micros_of(typed: str) -> int:
    """ "5", "5.00", "0.012" → micro-dollars, exactly. Raises Slip for anything else, 0, and more than 100,000."""
    text = typed.strip()
    plain = PLAIN.fullmatch(text)
    if plain is None:
        if PLAIN.fullmatch(text.removeprefix("-")):
            raise Slip(f"The amount must be more than 0 dollars, not {text}.")
        raise Slip(f"The amount must be a plain number of dollars such as 5 or 0.012, not {shown(typed)}.")
    whole, decimals = plain[1], plain[2] or ""
    if len(decimals) > DECIMALS:
        raise Slip(f"The amount may have at most {DECIMALS} decimals (a millionth of a dollar), not {len(decimals)}.")
    micros = int(whole) * MICROS_PER_DOLLAR + int(decimals.ljust(DECIMALS, "0"))
    if micros == 0:
        raise Slip("The amount must be more than 0 dollars.")
    if micros > MOST_DOLLARS * MICROS_PER_DOLLAR:
        raise Slip(f"The amount may be at most {MOST_DOLLARS:,} dollars at a time, not {text}.")
    return micros


def usd(micros: int) -> str:
    """For people: -12_000 → "-$0.012"."""
    return f"{'-' if micros < 0 else ''}${dollars(abs(micros))}"


def amounts(**micros: int) -> dict[str, Any]:
    """For machines, each both ways: balance=12_000 → {"balance_micros": 12000, "balance": "0.012"}."""
    return {
        name: value
        for what, amount in micros.items()
        for name, value in ((f"{what}_micros", amount), (what, dollars(amount)))
    }


def shown(typed: str) -> str:
    """What was typed, quoted, with nothing in it that a terminal would act on, and not at any length."""
    return repr(typed if len(typed) <= 40 else f"{typed[:40]}…")
