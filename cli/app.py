"""The command line of `sasha`: its groups, the options that all commands share, and its exit codes."""

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from typer.main import get_command

from cli import accounts, audit, gateway_secret, keys, limits, segmind_key, smoke, usage
from cli.call import Call, Machine, call_of
from cli.output import Report, show
from cli.problems import Slip, sentence
from cli.stack import LOCAL_ENDPOINT_URL, Where
from sasha.core.errors import InvalidParameters

# Could not be done, or the audit found a difference; what was typed cannot be meant; Ctrl-C.
FAILED, MISTYPED, INTERRUPTED = 1, 2, 130
SEGMIND_KEY = re.compile(r"SG_[0-9A-Za-z]+")
SHARED = "--json, --local, --stack-name and the others of `sasha --help` may stand here too."


def main(words: Sequence[str] | None = None, machine: Machine | None = None) -> int:
    """Run one command; returns the exit code. What goes wrong is one sentence on standard error."""
    command = get_command(_app())
    takes_value = {word: not getattr(option, "is_flag", True) for option in command.params for word in option.opts}
    call = Call(machine or Machine())
    try:
        in_order = _shared_first(sys.argv[1:] if words is None else words, takes_value)
        answer: Report | int = command.main(in_order, prog_name="sasha", standalone_mode=False, obj=call)
    except typer.TyperException as error:
        return _complain(_usage(error), error.exit_code)
    except InvalidParameters as error:
        return _complain(" ".join(f"--{fault.pointer}: {fault.detail}." for fault in error.faults), MISTYPED)
    except typer.Abort:
        return _complain("Nothing was entered, so nothing was done.", FAILED)
    except Exception as error:
        told = sentence(error, call.where.endpoint_url)
        if told is None:
            raise
        return _complain(told, FAILED)
    if isinstance(answer, Report):
        show(answer, as_json=call.as_json)
        return answer.exit_code
    return _complain("Interrupted.", answer) if answer == INTERRUPTED else answer


def _app() -> typer.Typer:
    app = typer.Typer(callback=_options, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.add_typer(accounts.app, name="accounts")
    app.add_typer(keys.app, name="keys")
    app.command("usage")(usage.show_usage)
    app.command("audit")(audit.show_audit)
    app.add_typer(segmind_key.app, name="segmind-key")
    app.add_typer(gateway_secret.app, name="gateway-secret")
    app.command("limits")(limits.show_limits)
    app.command("smoke")(smoke.smoke)
    for group in (app, accounts.app, keys.app, segmind_key.app, gateway_secret.app):
        for command in group.registered_commands:
            command.epilog = SHARED
    return app


def _options(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")] = False,
    local: Annotated[bool, typer.Option("--local", help="The stack of a running `make run`.")] = False,
    endpoint_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The same on other ports: the address where it plays AWS.")
    ] = None,
    stack_name: Annotated[str, typer.Option(metavar="NAME", help="The stack.")] = Where.stack_name,
    region: Annotated[str | None, typer.Option(metavar="NAME", help="The stack's AWS region.")] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="The AWS profile to use.")] = None,
) -> None:
    """Accounts, keys and books of a Sasha stack, for its owner.

    The options below may stand before or after a command.
    """
    if endpoint_url is not None and not endpoint_url.startswith(("http://", "https://")):
        raise Slip("--endpoint-url takes an address such as http://127.0.0.1:8002.")
    if not stack_name.strip():
        raise Slip("--stack-name takes a name, such as sasha.")
    call = call_of(context)
    call.as_json = as_json
    call.where = Where(stack_name, region, profile, endpoint_url or (LOCAL_ENDPOINT_URL if local else None))


def _shared_first(words: Sequence[str], takes_value: Mapping[str, bool]) -> list[str]:
    """The same words, the shared options before the command: there Typer looks for them."""
    shared: list[str] = []
    others: list[str] = []
    left = iter(words)
    for word in left:
        name, equals, _ = word.partition("=")
        if word == "--":
            others += [word, *left]
        elif name not in takes_value:
            others.append(word)
        elif takes_value[name] and not equals:
            value = next(left, None)
            if value is None:
                raise Slip(f"{name} takes a value.")
            shared += [word, value]
        else:
            shared.append(word)
    return [*shared, *others]


def _usage(error: typer.TyperException) -> str:
    """What was mistyped, and where to read how it is typed."""
    said = error.format_message()
    context = getattr(error, "ctx", None)
    if isinstance(error, Slip) or context is None or not said:
        return said
    return f"{said.rstrip('.')}. `{context.command_path} --help` tells more."


def _complain(text: str, exit_code: int) -> int:
    if text:
        # A key that was typed in the wrong place must not be in a log of the terminal a second time.
        sys.stderr.write(SEGMIND_KEY.sub("SG_…", text) + "\n")
    return exit_code
