"""Names, ids and references as the owner types them: checked before anything is done."""

import re
import unicodedata

from cli.amounts import shown
from cli.problems import Slip
from sasha.core.account import GUESTS

LONGEST = 100
ID = re.compile(r"[a-z0-9]{1,32}")
LONGEST_ID = 32
# They join letters of several scripts, and the parts of an emoji; unlike all else that is not printable, they belong.
JOINERS = "\u200c\u200d"


def name_of(typed: str) -> str:
    """An account's name: 1 to 100 characters, spaces around it taken away and inner ones made single. Raises Slip."""
    return _line("name", typed)


def reference_of(typed: str) -> str:
    """What a top-up is known by: 1 to 100 printable characters. Raises Slip."""
    return _line("reference", typed)


def account_id_of(typed: str) -> str:
    """An account's id. Raises Slip for what cannot be one."""
    if not ID.fullmatch(typed):
        raise Slip(f"An account's id is 1 to {LONGEST_ID} lower-case letters and digits, not {shown(typed)}.")
    if typed == GUESTS:
        raise Slip(f"The id {GUESTS!r} is reserved for visitors without a key: they have no account.")
    return typed


def id_from(name: str) -> str:
    """The id that an account of this name gets by itself: "Åcme & Sons" → "acmesons". Raises Slip where none can."""
    plain = unicodedata.normalize("NFKD", name).lower()
    slug = "".join(re.findall("[a-z0-9]", plain))[:LONGEST_ID]
    if not slug or slug == GUESTS:
        raise Slip(f"No id can be made of the name {shown(name)}: choose one with --id.")
    return slug


def _line(what: str, typed: str) -> str:
    if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in typed):
        raise Slip(f"The {what} may not contain control characters or line breaks: {shown(typed)}.")
    text = " ".join(unicodedata.normalize("NFC", typed).split())
    if not text.strip(JOINERS + " "):
        raise Slip(f"The {what} may not be empty.")
    if len(text) > LONGEST:
        raise Slip(f"The {what} may have at most {LONGEST} characters, not {len(text)}.")
    if not all(char.isprintable() or char in JOINERS for char in text):
        raise Slip(f"The {what} contains characters that cannot be printed: {shown(typed)}.")
    return text
