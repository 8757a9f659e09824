"""`sasha segmind-key`: entering Segmind's key, which is never an argument."""

import typer

from cli.call import call_of
from cli.output import Report
from cli.problems import Problem, Slip
from sasha.adapters.secrets import KEY_FORM

app = typer.Typer(help="Enter Segmind's key.", no_args_is_help=True)


# Whatever follows is caught here, so that no error repeats it.
@app.command("set", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def enter(context: typer.Context) -> Report:
    """Enter or replace Segmind's key: asked for without showing it, or read from standard input."""
    if context.args:
        raise Slip(
            "The key is never an argument, which other programs can see: leave it away to be asked for it, or give "
            "it on standard input. If that was a real key, your shell's history has it now: replace it at Segmind."
        )
    call = call_of(context)
    key = call.machine.secret("Segmind API key (not shown): ")
    if not KEY_FORM.fullmatch(key):
        what = "Nothing was entered" if not key else "This is no Segmind key: letters, digits, _, . and - are allowed"
        raise Problem(f"{what}. Nothing was changed.")
    call.stack.enter_segmind_key(key)
    return Report(
        {"stack": call.where.stack_name, "key_configured": True},
        ["The key is entered; within a minute it is the one in use."],
    )
