"""Amounts are exact, and what is none is refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.amounts import amounts, micros_of, usd
from cli.problems import Slip
from sasha.core.money import dollars


@pytest.mark.parametrize(
    ("typed", "micros"),
    [
        ("5", 5_000_000),
        ("5.00", 5_000_000),
        (" 0.012 ", 12_000),
        ("0.000001", 1),
        ("0.1", 100_000),
        ("100000", 100_000_000_000),
        ("99999.999999", 99_999_999_999),
    ],
)
def test_dollars_become_micro_dollars(typed: str, micros: int) -> None:
    assert micros_of(typed) == micros


@given(st.integers(min_value=1, max_value=100_000_000_000))
def test_what_is_shown_can_be_typed_again(micros: int) -> None:
    assert micros_of(dollars(micros)) == micros


MORE_THAN_0 = "must be more than 0"
PLAIN = "must be a plain number of dollars such as 5 or 0.012"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0", MORE_THAN_0),
        ("0.000000", MORE_THAN_0),
        ("-5", MORE_THAN_0),
        ("-0.01", MORE_THAN_0),
        ("NaN", PLAIN),
        ("inf", PLAIN),
        ("-Infinity", PLAIN),
        ("1e3", PLAIN),
        ("5,00", PLAIN),
        ("1_000", PLAIN),
        ("$5", PLAIN),
        ("+5", PLAIN),
        (".5", PLAIN),
        ("5.", PLAIN),
        ("", PLAIN),
        ("\u0665", PLAIN),
        ("0x10", PLAIN),
        ("9" * 10_000, PLAIN),
        ("1.000000000001", "at most 6 decimals"),
        ("5.000000000000", "at most 6 decimals"),
        ("100000.000001", "at most 100,000 dollars"),
        ("1000000000", "at most 100,000 dollars"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(typed: str, said: str) -> None:
    with pytest.raises(Slip, match=said) as refused:
        micros_of(typed)

    assert len(refused.value.format_message()) < 200


def test_amounts_are_told_both_ways() -> None:
    assert amounts(cost=12_000, balance=-5_000_000) == {
        "cost_micros": 12_000,
        "cost": "0.012",
        "balance_micros": -5_000_000,
        "balance": "-5.00",
    }


def test_a_sign_stands_before_the_dollars() -> None:
    assert usd(-12_000) == "-$0.012"
