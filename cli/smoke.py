"""`sasha smoke`: whether a live stack does what it is for, seen from outside and without AWS credentials."""

import re
from collections.abc import Callable
from typing import Annotated

import httpx
import typer

from cli.call import call_of
from cli.live import CHECKS, NOT_FOR_NOTHING, Site, Skipped, Wrong
from cli.output import Report, table
from cli.problems import Slip
from sasha.core.account import API_KEY

# Where the key is looked for: an argument would be seen by other programs and kept by the shell.
KEY_VARIABLE = "SASHA_API_KEY"
# What reading an answer of another form than ours raises.
ANOTHER_FORM = (KeyError, IndexError, TypeError, ValueError)
ADDRESS = re.compile(r"https?://[^/?#\s@]+")
ON_THIS_MACHINE = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


def smoke(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="The page's address, such as https://d123.cloudfront.net.")],
) -> Report:
    """Check a live stack within a minute: the page, its headers, a refusal; with an API key, one real picture too.

    The key is read from the variable SASHA_API_KEY and pays for the picture, which is erased at the end. Exit code 1
    if something is wrong. No AWS credentials are needed.
    """
    call = call_of(context)
    key = call.machine.environ.get(KEY_VARIABLE, "").strip()
    if key and not API_KEY.fullmatch(key):
        raise Slip(f"{KEY_VARIABLE} holds no API key of this product: they look like sasha_<account>_<32 digits>.")
    with call.machine.browser(_address(url)) as http:
        site = Site(http, key, call.machine.sleep)
        found = [(name, *_outcome(check, site)) for name, check in CHECKS]
    failed = sum(outcome == "FAILED" for _, outcome, _ in found)
    data = {
        "url": str(http.base_url).rstrip("/"),
        "ok": not failed,
        "checks": [{"check": name, "outcome": outcome.lower(), "what": told} for name, outcome, told in found],
    }
    rows = [(outcome, name, told) for name, outcome, told in found]
    return Report(data, [table(("", "check", "what"), rows), "", _verdict(failed, with_key=bool(key))], int(failed > 0))


def _address(url: str) -> str:
    """The address without a slash at its end. Raises Slip for what is none, and where a key would go in the clear."""
    address = url.strip().rstrip("/")
    address = address if "://" in address else f"https://{address}"
    if not ADDRESS.fullmatch(address):
        raise Slip("URL is the page's address without a path, such as https://d123.cloudfront.net (output PageUrl).")
    if address.startswith("http:") and not ON_THIS_MACHINE.fullmatch(address):
        raise Slip("Use https: over http, whoever is on the way could read the key.")
    return address


def _outcome(check: Callable[[Site], str], site: Site) -> tuple[str, str]:
    try:
        return "ok", check(site)
    except Skipped as why:
        return "skipped", str(why)
    except Wrong as wrong:
        return "FAILED", str(wrong)
    except httpx.HTTPError as error:
        return (
            "FAILED",
            f"No answer ({type(error).__name__}): check the address, the network, and whether it is deployed.",
        )
    except ANOTHER_FORM as error:
        return "FAILED", f"An answer of another form ({type(error).__name__} {error}): is this the product's address?"


def _verdict(failed: int, *, with_key: bool) -> str:
    if failed:
        return f"{failed} of {len(CHECKS)} checks failed."
    return "All is well." if with_key else f"All is well, as far as it was checked. {NOT_FOR_NOTHING}"
