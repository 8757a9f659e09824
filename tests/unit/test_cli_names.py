"""Names, ids and references as the owner types them."""

from collections.abc import Callable

import pytest

from cli.names import account_id_of, id_from, name_of, reference_of
from cli.problems import Slip


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Acme & Sons", "Acme & Sons"),
        ("  Acme \u00a0 &  Sons ", "Acme & Sons"),
        ("中文", "中文"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("A\u030acme", "\u00c5cme"),
        ("x" * 100, "x" * 100),
    ],
)
def test_a_name_is_kept_with_single_spaces(typed: str, name: str) -> None:
    assert name_of(typed) == name


@pytest.mark.parametrize("check", [name_of, reference_of])
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "may not be empty"),
        ("   ", "may not be empty"),
        ("\u3000\u00a0", "may not be empty"),
        ("\u200d\u200c", "may not be empty"),
        ("x" * 10_000, "at most 100 characters, not 10000"),
        ("a\x00b", "control characters"),
        ("a\x1b[31mb", "control characters"),
        ("a\nb", "control characters"),
        ("a\tb", "control characters"),
        ("a\u2028b", "control characters"),
        ("a\u202eb", "cannot be printed"),
        ("a\udc80b", "cannot be printed"),
        ("a\ue000b", "cannot be printed"),
    ],
)
def test_what_is_no_line_of_text_is_refused_in_words(check: Callable[[str], str], typed: str, said: str) -> None:
    with pytest.raises(Slip, match=said) as refused:
        check(typed)

    assert refused.value.format_message().isprintable()
    assert len(refused.value.format_message()) < 200


@pytest.mark.parametrize("account_id", ["a", "acme", "0", "x" * 32])
def test_an_id_is_of_letters_and_digits(account_id: str) -> None:
    assert account_id_of(account_id) == account_id


@pytest.mark.parametrize("typed", ["", "Acme", "ac me", "ac-me", "ac_me", "x" * 33, "å", "acme\n", "\u0663"])
def test_nothing_else_is_an_id(typed: str) -> None:
    with pytest.raises(Slip, match="1 to 32 lower-case letters and digits"):
        account_id_of(typed)


def test_the_visitors_id_is_no_accounts() -> None:
    with pytest.raises(Slip, match="reserved"):
        account_id_of("guest")


@pytest.mark.parametrize(
    ("name", "account_id"),
    [("Acme & Sons", "acmesons"), ("Åcme", "acme"), ("7 Zwerge", "7zwerge"), ("x" * 99, "x" * 32)],
)
def test_an_id_is_made_of_the_name(name: str, account_id: str) -> None:
    assert id_from(name) == account_id


@pytest.mark.parametrize("name", ["中文", "&", "Guest", "g u e s t"])
def test_a_name_without_an_id_in_it_needs_one_beside_it(name: str) -> None:
    with pytest.raises(Slip, match="choose one with --id"):
        id_from(name)
