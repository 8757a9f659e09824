"""`sasha audit`: whether the books agree; exit code 1 where they do not."""

import typer

from cli.call import call_of
from cli.output import Report, table
from sasha.core.audit import audit

# Time enough for a request that changes hands at this moment.
PAUSE_S = 2.0


def show_audit(context: typer.Context) -> Report:
    """Check every balance against its ledger, and every movement against its request. Exit code 1 on a difference.

    It reads the whole table and changes nothing; the stack may be at work meanwhile.
    """
    call = call_of(context)
    stack = call.stack
    found = audit(
        stack.accounts,
        stack.ledger,
        stack.requests,
        retention_s=stack.retention_s,
        now=call.machine.now(),
        pause=lambda: call.machine.sleep(PAUSE_S),
    )
    differences = [{"account": one.account, "request_id": one.request_id, "what": one.what} for one in found]
    data = {"clean": not found, "differences": differences}
    if not found:
        return Report(data, ["Everything agrees: balances, ledger and requests."])
    rows = [(one.account, one.request_id or "", one.what) for one in found]
    told = f"{len(found)} {'difference' if len(found) == 1 else 'differences'}:"
    return Report(data, [told, "", table(("account", "request", "what"), rows)], exit_code=1)
