"""`sasha keys`: issuing and revoking API keys."""

from collections.abc import Sequence
from typing import Annotated

import typer

from cli.amounts import shown
from cli.call import call_of
from cli.output import Report, stamp, when
from cli.problems import Problem
from cli.records import AccountId, key_data, key_table, no_account, the_account
from sasha.core.account import AccountStatus, ApiKey, account_of, digest, new_key

FROM_STDIN = "-"
REVOKED = "Nothing is made, canceled or erased with it from now on; reading with it ends within a minute."

app = typer.Typer(help="Issue, list and revoke API keys.", no_args_is_help=True)


@app.command()
def create(context: typer.Context, account_id: AccountId) -> Report:
    """Issue a key. It is shown once: only its digest is stored."""
    call = call_of(context)
    account = the_account(call.stack, account_id)
    if account.status != AccountStatus.ACTIVE:
        raise Problem(f"The account {account_id!r} is disabled: first `sasha accounts enable {account_id}`.")
    key = new_key(account_id)
    record = ApiKey.of(key, issued_at=call.machine.now())
    if not call.stack.accounts.add_key(record):
        raise no_account(account_id)
    view = [key, "", "This is the only time that it is shown: keep it where its user finds it."]
    return Report({"key": key, "account": account_id, **key_data(record)}, view)


@app.command("list")
def list_keys(context: typer.Context, account_id: AccountId) -> Report:
    """The keys of an account, those revoked too."""
    stack = call_of(context).stack
    the_account(stack, account_id)
    keys = stack.accounts.keys(account_id)
    return Report({"account": account_id, "keys": [key_data(key) for key in keys]}, [key_table(keys)])


@app.command()
def revoke(
    context: typer.Context,
    account_id: AccountId,
    which: Annotated[
        str,
        typer.Argument(
            metavar="PREFIX",
            help="How the key begins, as `sasha keys list` shows it; or - to give the key itself on standard input.",
        ),
    ],
) -> Report:
    """Revoke a key, for good."""
    call = call_of(context)
    the_account(call.stack, account_id)
    given = call.machine.secret("The API key to revoke (not shown): ") if which == FROM_STDIN else which.strip()
    key = _meant(given, account_id, call.stack.accounts.keys(account_id))
    if key.revoked_at:
        told = f"{key.shown}… was revoked on {when(key.revoked_at)} UTC: nothing was changed."
        return Report({"account": account_id, **key_data(key)}, [told])
    now = call.machine.now()
    call.stack.accounts.revoke_key(key, now)
    return Report(
        {"account": account_id, **key_data(key), "revoked_at": stamp(now)}, [f"{key.shown}… is revoked. {REVOKED}"]
    )


def _meant(given: str, account_id: str, keys: Sequence[ApiKey]) -> ApiKey:
    """The one key that is meant by how it begins, by its digest, or by itself. Raises Problem."""
    given = given.removesuffix("…")
    whose = account_of(given)
    if whose not in (None, account_id):
        raise Problem(f"This key belongs to the account {whose!r}, not to {account_id!r}.")
    wanted = digest(given) if whose else given
    fitting = [key for key in keys if wanted in (key.shown, key.digest)]
    living = [key for key in fitting if key.revoked_at is None]
    if len(living) > 1:
        raise Problem(
            f"{len(living)} keys begin with {wanted}: give the key itself on standard input (-), or its digest, "
            "which `sasha keys list --json` tells."
        )
    if not fitting:
        told = "this" if whose else shown(given)
        raise Problem(f"The account {account_id!r} has no key {told}: `sasha keys list {account_id}` lists them.")
    return (living or fitting)[-1]
