"""What the secret may hold, and what of it is a key."""

from typing import Any

import pytest

from sasha.adapters.secrets import SegmindKey


class Secrets:
    """Secrets Manager with one secret."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        return {"SecretString": self.text}


@pytest.mark.parametrize(
    "text",
    ['{"api_key": "SG_0123456789abcdef"}', "SG_0123456789abcdef", " SG_0123456789abcdef\n", '"SG_0123456789abcdef"'],
)
def test_json_and_the_bare_key_are_understood(text: str) -> None:
    assert SegmindKey(Secrets(text), "secret").get() == "SG_0123456789abcdef"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", '{"api_key": ""}', '{"api_key": 5}', "two words", "SG_\u00e9", "SG_\u200b1", "a\nb"],
)
def test_what_cannot_be_sent_in_a_header_is_no_key(text: str) -> None:
    assert SegmindKey(Secrets(text), "secret").get() is None  # type: ignore[arg-type]


def test_a_key_is_kept_until_it_is_asked_for_afresh() -> None:
    secrets = Secrets("SG_0123456789abcdef")
    key = SegmindKey(secrets, "secret")  # type: ignore[arg-type]
    key.get()
    secrets.text = "SG_fedcba9876543210"
    assert (key.get(), key.get(afresh=True)) == ("SG_0123456789abcdef", "SG_fedcba9876543210")
