"""`sasha accounts`: opening, changing and topping up accounts."""

from collections.abc import Mapping
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from cli.amounts import amounts, micros_of, usd
from cli.call import call_of
from cli.names import account_id_of, id_from, name_of, reference_of
from cli.output import Report, table
from cli.problems import Problem, Slip, sentence
from cli.records import (
    DEFAULT,
    AccountId,
    account_data,
    account_facts,
    key_data,
    key_table,
    no_account,
    rate_shown,
    the_account,
)
from cli.stack import OwnedStack
from sasha.core.account import Account, AccountStatus
from sasha.core.errors import SashaError
from sasha.core.ledger import Entry

MOST_PER_MINUTE = 10_000
DISABLED = (
    "Nothing is made, canceled or erased from now on, reading ends within a minute, what is under way is finished."
)

app = typer.Typer(help="Open, show, change and top up accounts.", no_args_is_help=True)

Rate = typer.Option(metavar="N", help=f"Requests a minute, 1 to {MOST_PER_MINUTE:,}, or `{DEFAULT}`: the stack's.")
Reference = typer.Option(
    metavar="R", parser=reference_of, help="What it is for, such as an invoice's number: applied once per reference."
)


@app.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", parser=name_of, help="Whose account it is.")],
    account_id: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", parser=account_id_of, help="Its id; by itself, of the name's letters."),
    ] = None,
    requests_per_minute: Annotated[str, Rate] = DEFAULT,
    top_up: Annotated[
        int | None, typer.Option(metavar="DOLLARS", parser=micros_of, help="Credits to begin with.")
    ] = None,
    reference: Annotated[str | None, Reference] = None,
) -> Report:
    """Open an account."""
    if (top_up is None) != (reference is None):
        raise Slip("--top-up and --reference belong together: give both or neither.")
    call = call_of(context)
    account = Account(
        id=account_id or id_from(name),
        name=name,
        balance_micros=0,
        requests_per_minute=_rate(requests_per_minute),
        opened_at=call.machine.now(),
    )
    if not call.stack.accounts.open(account):
        raise Problem(f"There is an account {account.id!r} already: choose another id with --id.")
    if top_up is not None and reference is not None:
        try:
            call.stack.ledger.top_up(Entry.top_up(account.id, top_up, reference, call.machine.now()))
        except (SashaError, BotoCoreError, ClientError) as error:
            why = sentence(error, call.where.endpoint_url)
            raise Problem(
                f"The account {account.id!r} was opened, and its top-up did not succeed: repeat it with "
                f"`sasha accounts top-up`. ({why})"
            ) from error
    return _report(the_account(call.stack, account.id))


@app.command("list")
def list_accounts(context: typer.Context) -> Report:
    """All accounts."""
    accounts = sorted(call_of(context).stack.accounts.all(), key=lambda account: account.id)
    rows = [
        (each.id, each.name, usd(each.balance_micros), rate_shown(each), each.status, f"{each.opened_at:%Y-%m-%d}")
        for each in accounts
    ]
    columns = ("id", "name", "balance", "per minute", "status", "opened (UTC)")
    view = [table(columns, rows, right=("balance", "per minute"))] if rows else ["There is no account yet."]
    return Report({"accounts": [account_data(each) for each in accounts]}, view)


@app.command()
def show(context: typer.Context, account_id: AccountId) -> Report:
    """One account and its keys."""
    stack = call_of(context).stack
    account = the_account(stack, account_id)
    keys = stack.accounts.keys(account_id)
    view = [account_facts(account), "", key_table(keys)]
    return Report({**account_data(account), "keys": [key_data(key) for key in keys]}, view)


@app.command("set")
def change(
    context: typer.Context,
    account_id: AccountId,
    name: Annotated[str | None, typer.Option(metavar="NAME", parser=name_of, help="Another name.")] = None,
    requests_per_minute: Annotated[str | None, Rate] = None,
) -> Report:
    """Change an account's name or its requests a minute."""
    changes: dict[str, object] = {}
    if name is not None:
        changes["name"] = name
    if requests_per_minute is not None:
        changes["requests_per_minute"] = _rate(requests_per_minute)
    if not changes:
        raise Slip("Say what to change: --name or --requests-per-minute.")
    return _report(_amended(call_of(context).stack, account_id, changes))


# An amount such as -5 is to be told what is wrong with it, not that there is no option -5.
@app.command("top-up", context_settings={"ignore_unknown_options": True})
def top_up(
    context: typer.Context,
    account_id: AccountId,
    micros: Annotated[
        int, typer.Argument(metavar="DOLLARS", parser=micros_of, help="Such as 5 or 0.012, at most 100,000.")
    ],
    reference: Annotated[str, Reference],
) -> Report:
    """Add credits to an account, once per reference."""
    call = call_of(context)
    applied = call.stack.ledger.top_up(Entry.top_up(account_id, micros, reference, call.machine.now()))
    account = the_account(call.stack, account_id)
    done = (
        f"{usd(micros)} added to {account_id!r} for {reference!r}."
        if applied
        else f"{usd(micros)} for {reference!r} were added before: nothing was changed."
    )
    data = {"account": account_id, "reference": reference, "applied": applied, **amounts(amount=micros)}
    return Report(
        {**data, **amounts(balance=account.balance_micros)}, [done, f"The balance is {usd(account.balance_micros)}."]
    )


@app.command()
def disable(context: typer.Context, account_id: AccountId) -> Report:
    """Refuse an account's requests from now on; its balance and its keys stay."""
    account = _amended(call_of(context).stack, account_id, {"status": AccountStatus.DISABLED.value})
    return Report(account_data(account), [f"The account {account_id!r} is disabled. {DISABLED}"])


@app.command()
def enable(context: typer.Context, account_id: AccountId) -> Report:
    """Let a disabled account in again."""
    account = _amended(call_of(context).stack, account_id, {"status": AccountStatus.ACTIVE.value})
    return Report(account_data(account), [f"The account {account_id!r} is active."])


def _amended(stack: OwnedStack, account_id: str, changes: Mapping[str, object]) -> Account:
    if not stack.accounts.amend(account_id, changes):
        raise no_account(account_id)
    return the_account(stack, account_id)


def _report(account: Account) -> Report:
    return Report(account_data(account), [account_facts(account)])


def _rate(typed: str) -> int | None:
    if typed == DEFAULT:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10 and 1 <= int(typed) <= MOST_PER_MINUTE):
        raise Slip(f"--requests-per-minute takes a whole number from 1 to {MOST_PER_MINUTE:,}, or `{DEFAULT}`.")
    return int(typed)
