"""What may not be asked: one public function, so that a real moderation service can take its place.

It reads words and not intentions: it stops what is asked plainly, or hidden simply, and errs to a rephrasing where
honest words meet by chance ("a child looks at a naked mole rat"). There are no exceptions for such phrases, since each
would be a way around.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from functools import lru_cache
from itertools import pairwise

from sasha.core.parameters import GenerationParameters

# The built-in list: sexual content involving minors. It cannot be switched off. Simple plurals are understood.
#
# Left out, because honest prompts are full of them: bikini, breast, bondage, butt, cock, cum, dick, kinky, pussy,
# shirtless, thong, tit, underwear; youth, young, student, daughter, son.
UNAMBIGUOUS = frozenset(
    {"childporn", "jailbait", "kiddieporn", "lolicon", "paedophilia", "pedophilia", "shotacon", "toddlercon"}
)
# Refused beside any word for a minor.
EXPLICIT = frozenset(
    {"naked", "nakedness", "nude", "nudist", "nudity", "topless", "unclothed", "undressed", "undressing"}
    | {"birthday suit", "no clothes", "wearing nothing", "without clothes", "without clothing"}
    | {"hentai", "nsfw", "onlyfans", "porn", "porno", "pornographic", "pornography", "upskirt", "xxx"}
    | {"bdsm", "erotic", "erotica", "intercourse", "lewd", "orgasm", "sex", "sexual", "sexually", "striptease"}
    | {"sexualised", "sexualized", "masturbating", "masturbation", "rape", "raped", "raping"}
    | {"blowjob", "fuck", "fucked", "fucking", "boobs", "genital", "genitalia", "nipples", "penis", "vagina"}
)
# Said of grown-ups every day, so refused only beside a word that can mean nobody else than a minor.
SUGGESTIVE = frozenset({"ecchi", "lingerie", "panties", "seductive", "sensual", "sexy", "skimpy", "uncensored"})
MINOR = frozenset(
    {"child", "children", "infant", "kid", "kiddie", "newborn", "toddler", "youngster"}
    | {"little boy", "little girl", "small boy", "small girl", "young boy", "young girl"}
    | {"adolescent", "juvenile", "preteen", "prepubescent", "pubescent", "teen", "teenage", "teenaged", "teenager"}
    | {"tween", "underage", "underaged", "loli", "shota"}
    | {"preschooler", "schoolboy", "schoolchild", "schoolchildren", "schooler", "schoolgirl"}
    | {"elementary school", "grade school", "kindergarten", "middle school", "primary school"}
)
# Words for minors that are also said of grown-ups or of things (a pin-up girl, baby blue, A minor).
PERHAPS_MINOR = frozenset({"baby", "boy", "girl", "high school", "lolita", "minor"})
# Neither draws anything: a same-sex couple may have a child.
NOT_SEXUAL = ("same sex", "opposite sex", "sexes")

NUMBERS_UNDER_18 = (
    "one|two|three|four|five|six|seven|eight|nine|ten|"
    "eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|0*1[0-7]|0*[0-9]"
)
# A "five" that follows one of these is the end of a larger number.
LARGER = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "hundred and")
AGE_UNDER_18 = re.compile(
    rf" (?:{''.join(f'(?<!{tens} )' for tens in LARGER)}(?:{NUMBERS_UNDER_18}) "
    r"(?:and a half )?(?:(?:years?|yrs?|months?) ?(?:olds?|young|of age)|y ?(?:o|olds?)s?)"
    rf"|age[ds]? (?:of )?(?:{NUMBERS_UNDER_18})|under (?:the age of )?(?:18|eighteen)) "
)

SEXUAL_CONTENT_WITH_MINORS = (
    "No sexual content involving anyone under 18 is made here, and the prompt can be read that way. "
    "If you meant something else, leave out the word for nakedness or sex, or the word or the age of a child."
)
NEGATIVE_PROMPT_COUNTS = "With a guidance_scale below 1 the negative prompt is drawn as well, so it counts here."

# Letters that pass for Latin ones and that NFKD leaves as they are; keys are casefolded.
LOOK_ALIKES = dict(
    [
        *zip("авсԁеһніјкӏмопрԛѕтуѵԝх", "abcdehhijklmonpqstyvwx", strict=True),  # Cyrillic
        *zip("αβγεζηικμνορτυχω", "abyeznikuvoptuxw", strict=True),  # Greek
        *zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True),
        *zip("ɑđɡħıȷłøŧ", "adghijlot", strict=True),
        *((chr(first + n), chr(ord("a") + n)) for first in (0x1F150, 0x1F170) for n in range(26)),  # 🅐 and 🅰
    ]
) | {"æ": "ae", "œ": "oe", "\u02bc": "."}  # the last one is an apostrophe, though Unicode calls it a letter
# Greek capitals that pass for another letter than their small form does: eta, mu, nu, upsilon.
CAPITAL_LOOK_ALIKES = str.maketrans("\u0397\u039c\u039d\u03a5", "HMNY")
# Invisible, though neither format characters nor diacritics: fillers, joiners, variation selectors.
INVISIBLE = frozenset(
    map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164, 0xFFA0))
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
# Digits for letters. Both i and l are written 1, so they are one here.
DIGITS_AS_LETTERS = str.maketrans("013457l8", "oieastib")
# How the Unicode names of letters begin whose words are not, or not always, set apart by spaces.
UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR")

# In a folded text spaces are " ", all other separators ".", and the rest letters, digits and marks.
STRAY_MARKS = re.compile(r"(?<=[a-z0-9\u00df-\u052f])[^\w .]+")
SPELT_OUT = re.compile(r"(?<![^ .])[^ .](?:[ .]++[^ .](?![^ .]))+")
DIGIT_BESIDE_LETTER = re.compile(r"(?<=[0-9])(?=[^\W\d_])|(?<=[^\W\d_])(?=[0-9])")
# Words of one letter, and what an apostrophe leaves, that may stand before or after a word spelt out.
SINGLES = "ais"
# Stands between two readings, so that no phrase is found across.
BOUND = " | "


class Kind(Enum):
    UNAMBIGUOUS = auto()
    EXPLICIT = auto()
    SUGGESTIVE = auto()
    MINOR = auto()
    PERHAPS_MINOR = auto()


def refusal(parameters: GenerationParameters, blocked_terms: Sequence[str]) -> str | None:
    """Why this may not be asked, in words that help an honest caller to rephrase; None where nothing is wrong.

    `blocked_terms` are the owner's: words or phrases in any language and case, found at word bounds (in scripts that
    write no spaces: anywhere). Symbols and emoji say nothing here. The answer never repeats the prompt.
    """
    owners = tuple(blocked_terms)
    reason = _reason((parameters.prompt,), owners)
    # The negative prompt is what shall not be drawn, and honest people write "nsfw, nude" there: it does not count.
    # But classifier-free guidance weighs the prompt with w and the negative prompt with 1 - w: below a guidance_scale
    # of 1 the latter is drawn too, and is read as if it were part of the prompt.
    if reason or not parameters.negative_prompt or parameters.guidance_scale >= 1:
        return reason
    reason = _reason((parameters.prompt, parameters.negative_prompt), owners)
    return reason and f"{reason} {NEGATIVE_PROMPT_COUNTS}"


class Terms:
    """Words and phrases in the form in which a text is read, each with the kind or the owner's term it stands for."""

    def __init__(self, terms: Iterable[tuple[str, Kind | str]]) -> None:
        self._words: dict[str, set[Kind | str]] = {}
        self._phrases: list[tuple[str, Kind | str]] = []
        self._unspaced: list[tuple[str, Kind | str]] = []
        self._spellings: dict[str, str] = {}
        for term, label in terms:
            self._add(_words(_folded(term)), label)

    def _add(self, term: str, label: Kind | str) -> None:
        if any(unicodedata.name(character, "").startswith(UNSPACED) for character in term):
            self._unspaced.append((term.replace(" ", ""), label))
            return
        for form in _with_plurals(term):
            if " " in form:
                self._phrases.append((f" {form} ", label))
            else:
                self._words.setdefault(form, set()).add(label)
            self._spellings |= {word.translate(DIGITS_AS_LETTERS): word for word in form.split()}

    def found_in(self, text: str) -> set[Kind | str]:
        """What the terms in a text stand for; the text as `_readings` gives it."""
        found: set[Kind | str] = set()
        for word in self._words.keys() & set(text.split()):
            found |= self._words[word]
        found.update(label for phrase, label in self._phrases if phrase in text)
        if self._unspaced:
            run_together = text.replace(" ", "")
            found.update(label for term, label in self._unspaced if term in run_together)
        return found

    def with_digits_read_as_letters(self, text: str) -> str:
        """The text, and where words of it turn into listed ones by reading their digits as letters, that reading."""
        words = text.split(" ")
        read = [
            word if word.isalpha() or word.isdigit() else self._spellings.get(word.translate(DIGITS_AS_LETTERS), word)
            for word in words
        ]
        return text if read == words else f"{text}|{' '.join(read)}"


@lru_cache(maxsize=16)
def _owners_terms(blocked_terms: tuple[str, ...]) -> Terms:
    return Terms((term, " ".join(term.split())) for term in blocked_terms)


@lru_cache(maxsize=1)
def _built_in_terms() -> Terms:
    kinds = {
        Kind.UNAMBIGUOUS: UNAMBIGUOUS,
        Kind.EXPLICIT: EXPLICIT,
        Kind.SUGGESTIVE: SUGGESTIVE,
        Kind.MINOR: MINOR,
        Kind.PERHAPS_MINOR: PERHAPS_MINOR,
    }
    return Terms((term, kind) for kind, terms in kinds.items() for term in terms)


def _reason(texts: tuple[str, ...], blocked_terms: tuple[str, ...]) -> str | None:
    text = _readings(texts)
    if _sexual_with_minors(text):
        return SEXUAL_CONTENT_WITH_MINORS
    terms = _owners_terms(blocked_terms)
    found = terms.found_in(terms.with_digits_read_as_letters(text))
    term = min(map(str, found), default=None)
    return term and f'This site does not draw "{term}": rephrase the prompt without it.'


def _sexual_with_minors(text: str) -> bool:
    terms = _built_in_terms()
    text = terms.with_digits_read_as_letters(text)
    # "12yo" and "1girl" are two words here.
    text = " ".join(word if word.isalpha() else DIGIT_BESIDE_LETTER.sub(" ", word) for word in text.split(" "))
    for phrase in NOT_SEXUAL:
        text = text.replace(f" {phrase} ", " ")
    found = terms.found_in(text)
    if Kind.UNAMBIGUOUS in found:
        return True
    if not found & {Kind.EXPLICIT, Kind.SUGGESTIVE}:
        return False
    if Kind.MINOR in found or AGE_UNDER_18.search(text):
        return True
    return found >= {Kind.EXPLICIT, Kind.PERHAPS_MINOR}


def _readings(texts: Iterable[str]) -> str:
    """The texts in every way in which they can be read, as words between single spaces; one begins and one ends it."""
    readings: list[str] = []
    for text in texts:
        decomposed = unicodedata.normalize("NFKD", text)
        variants = [decomposed]
        if any(chr(capital) in decomposed for capital in CAPITAL_LOOK_ALIKES):
            variants.append(decomposed.translate(CAPITAL_LOOK_ALIKES))
        for folded in map(_folded, variants):
            readings += (_words(folded), _words(SPELT_OUT.sub(_joined, folded)))
    return f" {BOUND.join(dict.fromkeys(readings))} "


def _folded(text: str) -> str:
    """The text without case, diacritics, invisible characters and look-alikes; separators are " " and "."."""
    text = unicodedata.normalize("NFKD", text)
    text = text.translate({ord(character): _plain(character) for character in set(text)})
    # Hangul and kana are put together again: half a syllable is no match.
    return text if text.isascii() else unicodedata.normalize("NFC", STRAY_MARKS.sub("", text))


@lru_cache(maxsize=4_096)
def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if character in INVISIBLE or category in {"Cf", "Me"} or (category == "Cc" and not character.isspace()):
        return ""
    if category in {"Mn", "Mc"}:
        # Diacritics, points and accents go; marks that spell stay: vowels of Indic and Thai words, the voicing of kana.
        combining = unicodedata.combining(character)
        return character if combining == 0 or 6 <= combining <= 9 or 84 <= combining <= 132 else ""
    folded = unicodedata.normalize("NFKD", character.casefold())
    if folded != character:
        return "".join(map(_plain, folded))
    if character in LOOK_ALIKES:
        return LOOK_ALIKES[character]
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category[0] in "LN":
        return character
    return " " if character.isspace() else "."


def _words(folded: str) -> str:
    return " ".join(folded.replace(".", " ").split())


def _joined(run: re.Match[str]) -> str:
    """What letters written one by one may spell: all together, or each stretch with the same separator."""
    letters, gaps = re.findall(r"[^ .]", run[0]), re.findall(r"[ .]+", run[0])
    bounds = [0, *(n for n in range(1, len(gaps)) if gaps[n] != gaps[n - 1]), len(gaps)]
    stretches = [letters, *(letters[a : b + 1] for a, b in pairwise(bounds))]
    return " ".join(word for stretch in stretches for word in _without_singles("".join(stretch)))


def _without_singles(word: str) -> dict[str, None]:
    start, end = int(word[0] in SINGLES), len(word) - (word[-1] in SINGLES)
    return dict.fromkeys((word, word[start:], word[:end], word[start:end]))


def _with_plurals(term: str) -> set[str]:
    if not term or not "a" <= term[-1] <= "z":
        return {term} - {""}
    return {term, f"{term}s", f"{term}es"} | ({f"{term[:-1]}ies"} if term.endswith("y") else set())
