"""Accounts and keys: how they are found, and how they are shown."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from cli.amounts import amounts, usd
from cli.names import account_id_of
from cli.output import facts, stamp, table, when
from cli.problems import Problem
from cli.stack import OwnedStack
from sasha.core.account import Account, ApiKey

# How the stack's own rate is called where an account has none.
DEFAULT = "default"

AccountId = Annotated[str, typer.Argument(metavar="ID", parser=account_id_of, help="The account's id.")]


def the_account(stack: OwnedStack, account_id: str) -> Account:
    """The account of this id. Raises Problem where there is none."""
    account = stack.accounts.get(account_id)
    if account is None:
        raise no_account(account_id)
    return account


def no_account(account_id: str) -> Problem:
    """What to say where there is none of this id."""
    return Problem(f"There is no account {account_id!r}: `sasha accounts list` lists them.")


def account_data(account: Account) -> dict[str, Any]:
    """An account for machines; requests_per_minute is null where it is the stack's."""
    return {
        "id": account.id,
        "name": account.name,
        "status": account.status,
        **amounts(balance=account.balance_micros),
        "requests_per_minute": account.requests_per_minute,
        "opened_at": stamp(account.opened_at),
    }


def account_facts(account: Account) -> RenderableType:
    """An account for people."""
    return facts(
        {
            "id": account.id,
            "name": account.name,
            "status": account.status,
            "balance": usd(account.balance_micros),
            "requests a minute": rate_shown(account),
            "opened": f"{when(account.opened_at)} UTC",
        }
    )


def rate_shown(account: Account) -> str:
    """Requests a minute, for people."""
    return DEFAULT if account.requests_per_minute is None else f"{account.requests_per_minute:,}"


def key_data(key: ApiKey) -> dict[str, Any]:
    """A key's record for machines. The key itself is not on record."""
    return {
        "prefix": key.shown,
        "digest": key.digest,
        "issued_at": stamp(key.issued_at),
        "revoked_at": stamp(key.revoked_at),
    }


def key_table(keys: Sequence[ApiKey]) -> RenderableType:
    """Keys for people, as far as they can be recognised."""
    if not keys:
        return "It has no key yet: `sasha keys create` makes one."
    rows = [(f"{key.shown}…", when(key.issued_at), when(key.revoked_at) or "–") for key in keys]
    return table(("key begins", "issued (UTC)", "revoked (UTC)"), rows)
