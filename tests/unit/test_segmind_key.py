"""What the secret may hold, and what of it is a key."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sasha.adapters.secrets import SegmindKey


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Secrets:
    """Secrets Manager with one secret; None is a breakdown."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        if self.text is None:
            raise ConnectionError
        return {"SecretString": self.text}


@pytest.mark.parametrize(
    "text",
    ['{"api_key": "SG_0123456789abcdef"}', "SG_0123456789abcdef", " SG_0123456789abcdef\n", '"SG_0123456789abcdef"'],
)
def test_json_and_the_bare_key_are_understood(text: str) -> None:
    assert SegmindKey(Secrets(text), "secret", Clock()).get() == "SG_0123456789abcdef"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", '{"api_key": ""}', '{"api_key": 5}', "two words", "SG_\u00e9", "SG_\u200b1", "a\nb"],
)
def test_what_cannot_be_sent_in_a_header_is_no_key(text: str) -> None:
    assert SegmindKey(Secrets(text), "secret", Clock()).get() is None  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def secrets() -> Secrets:
    return Secrets("SG_0123456789abcdef")


@pytest.fixture
def key(secrets: Secrets, clock: Clock) -> SegmindKey:
    key = SegmindKey(secrets, "secret", clock)  # type: ignore[arg-type]
    key.get()
    return key


def test_a_key_is_believed_for_a_minute(key: SegmindKey, secrets: Secrets, clock: Clock) -> None:
    secrets.text = "SG_fedcba9876543210"
    before = key.get()
    clock.now += timedelta(seconds=61)
    assert (before, key.get()) == ("SG_0123456789abcdef", "SG_fedcba9876543210")


def test_a_key_that_is_asked_for_afresh_is_read_at_once(key: SegmindKey, secrets: Secrets) -> None:
    secrets.text = "SG_fedcba9876543210"
    assert key.get(afresh=True) == "SG_fedcba9876543210"


def test_while_it_cannot_be_read_the_one_before_is_used(key: SegmindKey, secrets: Secrets, clock: Clock) -> None:
    secrets.text = None
    clock.now += timedelta(seconds=61)
    assert key.get() == "SG_0123456789abcdef"


def test_asked_for_afresh_it_must_be_read(key: SegmindKey, secrets: Secrets) -> None:
    secrets.text = None
    with pytest.raises(ConnectionError):
        key.get(afresh=True)
