"""Who is asking: accounts and their API keys, as they are stored, and guests, who are not."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict

from sasha.core.timing import Timestamp

# A key names its account, so that one read fetches both; the rest is 32 hexadecimal digits of chance.
API_KEY = re.compile(r"sasha_(?P<account>[a-z0-9]{1,32})_[0-9a-f]{32}")
SHOWN_OF_KEY = 4
# Whose requests those of guests are on record as; no account may have this id.
GUESTS = "guest"


class AccountStatus(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


def _not_the_guests(account_id: str) -> str:
    if account_id == GUESTS:
        raise ValueError("this id stands for the page's visitors")
    return account_id


class Account(BaseModel):
    """Who pays. `balance_micros` is what can still be spent; `requests_per_minute` None means the stack's default."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: Annotated[str, AfterValidator(_not_the_guests)]
    name: str
    balance_micros: int
    requests_per_minute: int | None = None
    status: str = AccountStatus.ACTIVE  # what a later version of this code may add lets nobody in
    opened_at: Timestamp


class ApiKey(BaseModel):
    """An API key as the table knows it: its digest, never the key; `shown` is enough of it to recognise it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    digest: str
    account_id: str
    shown: str
    issued_at: Timestamp
    revoked_at: Timestamp | None = None

    @classmethod
    def of(cls, key: str, *, issued_at: Timestamp) -> Self:
        """The record of a key. The key itself is not kept anywhere."""
        account_id = account_of(key)
        if account_id is None:
            raise ValueError("not a key of this gateway's form")
        return cls(
            digest=digest(key),
            account_id=account_id,
            shown=key[: len("sasha__") + len(account_id) + SHOWN_OF_KEY],
            issued_at=issued_at,
        )


@dataclass(frozen=True)
class PresentedKey:
    """An API key of the right form, as a caller shows it: nothing is known yet of whether it is a true one."""

    account_id: str
    digest: str

    @classmethod
    def read(cls, key: str) -> Self | None:
        """None where it is not of a key's form."""
        account_id = account_of(key)
        return cls(account_id, digest(key)) if account_id else None


@dataclass(frozen=True)
class Guest:
    """A visitor of the page without a key: a keyed hash of the network address, another one every day."""

    visitor: str


def new_key(account_id: str) -> str:
    """A fresh API key for the account, with 128 bits of chance."""
    return f"sasha_{account_id}_{secrets.token_hex(16)}"


def account_of(key: str) -> str | None:
    """The account that the key names, or None where it is not of a key's form."""
    match = API_KEY.fullmatch(key)
    return match["account"] if match else None


def digest(key: str) -> str:
    """How a key is found again. It has 128 bits of chance, so that no slow hash is needed."""
    return hashlib.sha256(key.encode()).hexdigest()
