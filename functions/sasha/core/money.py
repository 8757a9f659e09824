"""Money is an integer number of micro-dollars (`_micros`); it becomes a decimal only where it leaves."""

from decimal import Decimal

MICROS_PER_DOLLAR = 1_000_000


def dollars(micros: int) -> str:
    """12_000 → "0.012": exact, with no exponent and no trailing zeros beyond the cents."""
    whole = Decimal(micros) / MICROS_PER_DOLLAR
    text = f"{whole:.6f}"
    cents, rest = text[:-4], text[-4:].rstrip("0")
    return cents + rest


def as_number(micros: int) -> float:
    """The nearest float to so many dollars, for JSON answers, as Segmind gives them: 12_000 → 0.012."""
    return float(Decimal(micros) / MICROS_PER_DOLLAR)
