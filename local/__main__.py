"""`python -m local` (which `make run` runs): the command line of the local stack."""

from __future__ import annotations

import argparse
import contextlib
import gc
import getpass
import json
import logging
import os
import signal
import sys
import tempfile
import webbrowser
from dataclasses import replace
from pathlib import Path

from local.http_server import PortInUse
from local.parameters import ParameterError, parse_overrides
from local.running import LocalStack, Options, Running

_ASK = object()
_DEFAULTS = Options()


def main(words: list[str]) -> int:
    """Run until Ctrl-C or SIGTERM; returns the exit code."""
    parser = _parser()
    arguments = parser.parse_args(words)
    logging.basicConfig(level=logging.INFO if arguments.verbose else logging.WARNING, format="%(name)s: %(message)s")
    _forget_aws_settings()
    with contextlib.ExitStack() as ending:
        try:
            options = _options(arguments)
            if not options.port:  # one of many: its files must not be those of the one that somebody works with
                options = replace(options, state=Path(ending.enter_context(tempfile.TemporaryDirectory())))
            stop = StopSignals()
            running = ending.enter_context(LocalStack(options))
            print(_json(running) if arguments.json else _welcome(running), flush=True)
            if arguments.open:
                webbrowser.open(running.page)
            stop.wait()
            if not arguments.json:
                print("\nEnded.", flush=True)
        except ParameterError as error:
            parser.error(str(error))
        except PortInUse as error:
            return _fail(f"{error}: stop what listens there, or choose other ports with --port (0 takes any free ones)")
        except RuntimeError as error:
            return _fail(f"{error}\nWhat the functions print is in .local/logs, or here with --verbose.")
        except KeyboardInterrupt:
            print("\nInterrupted.", file=sys.stderr)
    gc.freeze()  # moto keeps all that it was told; at the process's end, Python would look through it for seconds
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="The whole product on this machine, made from template.yaml: no AWS account, no key, no Docker.",
    )
    add = parser.add_argument
    add(
        "--port", type=_port, default=_DEFAULTS.port, help="the page's; API, AWS and Segmind take the next three (8000)"
    )
    add("--host", default=_DEFAULTS.host, help="where page and API listen (127.0.0.1)")
    add("--segmind-url", metavar="URL", help="another upstream in place of the emulator")
    add(
        "--segmind-key",
        metavar="KEY",
        nargs="?",
        const=_ASK,
        help="the upstream's key, Segmind's own upstream unless --segmind-url names another; pictures then cost money. "
        "Without a value it is taken from SEGMIND_API_KEY or asked for, and so is in no list of processes",
    )
    add("--parameter-overrides", metavar="NAME=VALUE", nargs="+", action="extend", default=[], help="of template.yaml")
    add("--latency", type=_seconds, default=_DEFAULTS.latency_s, metavar="S", help="the emulator's seconds per picture")
    add("--json", action="store_true", help="when ready, print one line of JSON and nothing else")
    add("--open", action="store_true", help="open the page in the browser")
    add("--verbose", action="store_true", help="show what the functions print (else it is in .local/logs)")
    return parser


def _options(arguments: argparse.Namespace) -> Options:
    return Options(
        host=arguments.host,
        port=arguments.port,
        segmind_url=arguments.segmind_url,
        segmind_key=_key(arguments.segmind_key),
        parameter_overrides=parse_overrides(arguments.parameter_overrides),
        latency_s=arguments.latency,
        verbose=arguments.verbose,
    )


def _key(given: object) -> str | None:
    if given is _ASK:
        return os.environ.get("SEGMIND_API_KEY") or getpass.getpass("Segmind API key (not shown): ")
    return given if isinstance(given, str) else None


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_532:
        raise argparse.ArgumentTypeError("0, or 1 to 65532: the three ports after it are taken too")
    return port


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 600:
        raise argparse.ArgumentTypeError("0 to 600 seconds")
    return seconds


def _json(running: Running) -> str:
    names = ("page", "api", "api_key", "aws_endpoint_url", "segmind_url")
    return json.dumps({name: getattr(running, name) for name in names})


def _welcome(running: Running) -> str:
    headers = f"-H 'x-api-key: {running.api_key}' -H 'content-type: application/json' -H 'accept: image/*'"
    usual = running.aws_endpoint_url.endswith(f":{_DEFAULTS.port_of(2)}")
    sasha = f".venv/bin/sasha {'--local' if usual else f'--endpoint-url {running.aws_endpoint_url}'}"
    body = """-d '{"prompt": "a red fox in the snow"}' -o fox.png"""
    return f"""
Sasha runs on this machine. Ctrl-C ends it; its data are in memory and end with it.

  Page       {running.page}
  Demo key   {running.api_key}   (5 dollars of credits)
  API alone  {running.api}
  Segmind    {running.segmind_url}
  Owner      {sasha} accounts list

A picture, saved as fox.png:

  curl {running.page}/v1/BigDug-Sasha {headers} {body}
"""


class StopSignals:
    """Ctrl-C and SIGTERM, noted in a pipe by Python's own C code.

    Nothing less is sure to wake the main thread: a handler written in Python runs only once the main thread runs again,
    and an exception raised by one can be swallowed by a finalizer. A second signal before the stack is up interrupts.
    """

    _NUMBERS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self._noted, note = os.pipe()
        os.set_blocking(note, False)
        signal.set_wakeup_fd(note, warn_on_full_buffer=False)
        for number in self._NUMBERS:
            signal.signal(number, self._on_first)

    def wait(self) -> None:
        """Until one has come. From then on they are ignored: everything is ending."""
        os.read(self._noted, 1)
        for number in self._NUMBERS:
            signal.signal(number, signal.SIG_IGN)

    def _on_first(self, _number: int, _frame: object) -> None:
        for number in self._NUMBERS:
            signal.signal(number, signal.default_int_handler)


def _forget_aws_settings() -> None:
    """A profile, region or endpoint of the developer's own must not reach the clients that are made here."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
