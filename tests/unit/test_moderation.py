"""What may not be asked: the owner's terms, the built-in list, the spellings that hide them, and what passes."""

import time
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sasha.core import moderation
from sasha.core.moderation import NEGATIVE_PROMPT_COUNTS, SEXUAL_CONTENT_WITH_MINORS, refusal
from sasha.core.parameters import MAX_PROMPT_LENGTH, GenerationParameters


def refused(prompt: str, *blocked_terms: str, **others: Any) -> str | None:
    return refusal(GenerationParameters(prompt=prompt, **others), blocked_terms)


@pytest.mark.parametrize(
    "prompt",
    [
        "a red fox in the snow, morning light",
        "a child building a snowman",
        "a naked mole rat",
        "a nude statue in a museum, marble",
        "a teenager's bedroom",
        "a 12 year old whisky",
        "baby seal",
        "class of 1999 reunion",
        "sextant on a chart",
        "the coast of Essex, Middlesex and Sussex, with children",
        "kids' menu: chicken breasts",
        "unisex kids' clothes",
        "a same-sex couple with their child",
        "boys and girls, both sexes",
        "a girl who graduates magna cum laude",
        "a girl with kinky hair",
        "a boy and two blue tits, pussy willow",
        "children at the beach in swimsuits",
        "the children of Israel in bondage",
        "Moby Dick for kids",
        "my grandmother Loli",
        "a sexy woman in a baby blue dress",
        "a pin-up girl, sexy, 1950s",
        "sonata in A minor, sensual light",
        "a nude by a young woman, oil on canvas",
        "life drawing, nude, a 42 year old woman",
        "life drawing, nude, a forty-two-year-old man",
        "life drawing, nude, a hundred and five year old man",
        "life drawing, nude, aged 30",
        "a naked man with 3 day old stubble",
        "8k, 3d, mp3 player, 4 kids, R2D2, 1girl",
        "U S A, plan A, B and C, r & b",
        "!!!",
        "\u200b",
        "\ud55c\uad6d \uc5ec\uc6b0",  # Korean fox
    ],
)
def test_an_everyday_prompt_passes(prompt: str) -> None:
    assert refused(prompt) is None


@pytest.mark.parametrize("word", sorted(moderation.UNAMBIGUOUS))
def test_an_unambiguous_word_is_refused_by_itself(word: str) -> None:
    assert refused(f"a poster, {word}") == SEXUAL_CONTENT_WITH_MINORS


@pytest.mark.parametrize("word", sorted(moderation.EXPLICIT))
def test_an_explicit_word_is_refused_beside_any_word_for_a_minor_only(word: str) -> None:
    assert refused(word) is None
    assert refused(f"{word}, child") == refused(f"a boy, {word}") == SEXUAL_CONTENT_WITH_MINORS


@pytest.mark.parametrize("word", sorted(moderation.SUGGESTIVE))
def test_a_suggestive_word_is_refused_beside_a_clear_word_for_a_minor_only(word: str) -> None:
    assert refused(word) is None
    assert refused(f"a girl, {word}") is None
    assert refused(f"{word}, teenager") == SEXUAL_CONTENT_WITH_MINORS


@pytest.mark.parametrize("word", sorted(moderation.MINOR | moderation.PERHAPS_MINOR))
def test_a_word_for_a_minor_is_refused_beside_an_explicit_word_only(word: str) -> None:
    assert refused(word) is None
    assert refused(f"{word} in a landscape, nude") == SEXUAL_CONTENT_WITH_MINORS


@pytest.mark.parametrize(
    "age",
    [
        "12 year old",
        "12-year-old",
        "12 years old",
        "12yo",
        "12 y.o.",
        "12y/o",
        "12yrs old",
        "012 year old",
        "aged 12",
        "age: 12",
        "age of twelve",
        "twelve year old",
        "Twelve-Years-Old",
        "seventeen years of age",
        "17 year olds",
        "6 and a half years old",
        "6 month old",
        "11 months old",
        "ages 5 to 9",
        "0 years old",
        "under 18",
        "under the age of eighteen",
        "\uff11\uff12 year old",  # full width
        "\u0661\u0662 year old",  # Arabic digits
        "1\ufe0f\u20e32\ufe0f\u20e3 year old",  # keycaps
        "1girl",
    ],
)
def test_an_age_under_18_counts_as_a_word_for_a_minor(age: str) -> None:
    assert refused(f"{age}, portrait") is None
    assert refused(f"{age}, nude") == SEXUAL_CONTENT_WITH_MINORS


@pytest.mark.parametrize(
    "age", ["18 year old", "18yo", "aged 18", "112 year old", "twenty one year old", "25-year-old"]
)
def test_an_age_from_18_is_no_minors(age: str) -> None:
    assert refused(f"{age}, nude") is None


@pytest.mark.parametrize(
    "hidden",
    [
        "NUDE",
        "nudes",
        "n\u00fade",
        "nu\u0308\u0323de",
        "nu\u200bde",
        "nu\u00adde",
        "nu\u034fde",
        "nu\ufe0fde",
        "nu\u0e34de",
        "nu\u20ddde",
        "nu\x00de",
        "\uff4e\uff55\uff44\uff45",
        "\U0001d4f7\U0001d4fe\U0001d4ed\U0001d4ee",  # mathematical
        "\u24dd\u24e4\u24d3\u24d4",  # circled
        "\U0001f17d\U0001f184\U0001f173\U0001f174",  # squared
        "\u0274\u1d1c\u1d05\u1d07",  # small capitals
        "nud\u0435",  # Cyrillic
        "\u039d\u03c5de",  # Greek capital nu, small upsilon
        "n u d e",
        "n.u.d.e",
        "n-u-d-e",
        "n_u-d e",
        "n.u.d.e a.r.t",
        "a n u d e",
        "a n.u.d.e",
        "the child's n u d e",
        "n u d e   a r t",
        "nud3",
        "n u d 3",
        "(nude:1.3)",
        "[[nude]]",
        "art_nude",
        "nude\nart",
    ],
)
def test_a_hidden_spelling_is_understood(hidden: str) -> None:
    assert refused(f"{hidden}, child") == SEXUAL_CONTENT_WITH_MINORS
    assert refused(f"a fox, {hidden}", "Nude") is not None


@pytest.mark.parametrize("hidden", ["ch1ld", "CH1LDREN", "k1d", "g1r1", "g!rl g 1 r l", "c h i l d", "b0ys", "8aby"])
def test_a_hidden_word_for_a_minor_is_understood(hidden: str) -> None:
    assert refused(f"{hidden}, n4ked") == SEXUAL_CONTENT_WITH_MINORS


@pytest.mark.parametrize(
    ("term", "prompt"),
    [
        ("fox", "two foxes"),
        ("fox", "fox"),
        ("fox", "the fox's den"),
        (" Fox ", "a FOX"),
        ("city", "old cities"),
        ("red fox", "a Red-Fox"),
        ("red fox", "red\n  foxes"),
        ("red fox", "r3d f0x"),
        ("red fox", "a red f.o.x"),
        ("sail", "a s a i l"),
        ("sail", "s a i l a boat"),
        ("sail", "i s a i l a boat"),
        ("fox", "the fox\u02bcs den"),
        ("aether", "\u00c6THER"),
        ("Stra\u00dfe", "STRASSE"),
        ("\u043b\u0438\u0441\u0430", "\u0420\u042b\u0416\u0410\u042f \u041b\u0418\u0421\u0410"),  # Russian
        ("\u03b1\u03bb\u03b5\u03c0\u03bf\u03cd", "\u0391\u039b\u0395\u03a0\u039f\u03a5"),  # Greek
        ("\u72d0", "\u96ea\u306e\u4e2d\u306e\u8d64\u3044\u72d0"),  # Japanese, in the midst of a sentence
        ("\u8d64\u3044\u72d0", "\u8d64 \u3044 \u72d0"),
        ("\u8d64\u3044\u72d0", "\u8d64\u3044 \u72d0"),
        ("\u8d64\u3044 \u72d0", "\u8d64\u3044\u72d0"),
        ("\u8d64\u3044\u72d0", "\u8d64\ufe00\u3044\u20dd\u72d0"),
        ("\uff77\uff82\uff88", "\u30ad\u30c4\u30cd\u304c\u8d70\u308b"),  # half and full width
        ("\uc5ec\uc6b0", "\ube68\uac04 \uc5ec\uc6b0\uac00"),  # Korean, with a particle
        ("\u0e2a\u0e38\u0e19\u0e31\u0e02", "\u0e2a\u0e38\u0e19\u0e31\u0e02\u0e08\u0e34\u0e49\u0e07\u0e08\u0e2d\u0e01"),
        ("\u0932\u094b\u092e\u0921\u093c\u0940", "\u0932\u093e\u0932 \u0932\u094b\u092e\u0921\u093c\u0940"),  # Hindi
    ],
)
def test_an_owners_term_is_found(term: str, prompt: str) -> None:
    assert refused(prompt, "unicorn", term) == (
        f'This site does not draw "{term.strip()}": rephrase the prompt without it.'
    )


@pytest.mark.parametrize(
    ("term", "prompt"),
    [
        ("ass", "grass, classic, glasses, c l a s s"),
        ("fox", "a firefox logo, foxglove"),
        ("red fox", "a red, a fox: fox red"),
        ("red fox", "tired foxgloves"),
        ("fail", "fall"),
        ("mp", "an mp3 player"),
        ("ass", "455"),
        ("\u0e01\u0e38\u0e19", "\u0e01\u0e19"),  # Thai: the vowel is missing
        ("\u0915\u0940", "\u0915\u093e"),  # Hindi: the vowel differs
        ("\u304b\u304d", "\u304c\u304d"),  # Japanese: the voicing differs
        ("\uac00", "\uac01"),  # Korean: half a syllable
    ],
)
def test_another_word_is_not_an_owners_term(term: str, prompt: str) -> None:
    assert refused(prompt, term) is None


@pytest.mark.parametrize("term", ["", "  ", "\u200b", "***", "\U0001f98a"])
def test_a_term_without_a_letter_or_a_digit_is_ignored(term: str) -> None:
    assert refused("a red fox, \U0001f98a *** !", term) is None


def test_the_built_in_list_cannot_be_switched_off() -> None:
    assert refused("a nude child", "") == refused("a nude child", "nude", "child") == SEXUAL_CONTENT_WITH_MINORS


def test_the_answer_never_repeats_the_prompt() -> None:
    answers = refused("quixotic zebra FOXES", "fox"), refused("quixotic zebra, nude child")
    assert not any(word in answer for answer in answers if answer for word in ("quixotic", "zebra", "FOXES", "nude"))


@pytest.mark.parametrize("guidance_scale", [1, 1.1, 7.5])
def test_what_shall_not_be_drawn_may_be_named_in_the_negative_prompt(guidance_scale: float) -> None:
    others = {"negative_prompt": "nsfw, nude, unicorn", "guidance_scale": guidance_scale}
    assert refused("a child building a snowman", "unicorn", **others) is None


def test_below_a_guidance_of_one_the_negative_prompt_counts_and_the_answer_says_so() -> None:
    refused_by_owner = refused("a fox", "unicorn", negative_prompt="unicorn", guidance_scale=0.9)
    assert refused_by_owner is not None
    assert refused_by_owner.endswith(NEGATIVE_PROMPT_COUNTS)
    assert refused("a child", negative_prompt="nude", guidance_scale=0.1) == (
        f"{SEXUAL_CONTENT_WITH_MINORS} {NEGATIVE_PROMPT_COUNTS}"
    )


def test_below_a_guidance_of_one_no_phrase_reaches_from_one_prompt_into_the_other() -> None:
    assert refused("all in red", "red fox", negative_prompt="fox", guidance_scale=0.5) is None


@given(st.text(min_size=1, max_size=200), st.text(max_size=200), st.lists(st.text(max_size=20), max_size=5))
def test_no_text_raises(prompt: str, negative_prompt: str, terms: list[str]) -> None:
    parameters = GenerationParameters.model_construct(
        prompt=prompt, negative_prompt=negative_prompt, guidance_scale=0.5
    )
    refusal(parameters, terms)


LETTERS = st.sampled_from(
    "abcdefghijklmnopqrstuvwxyz\u00e9\u00df\u00f8\u0431\u0434\u0436\u0439\u044f\u03b4\u03bb\u03bd\u03c2"
)
INVISIBLE = st.text(
    st.one_of(
        st.characters(min_codepoint=0x0300, max_codepoint=0x036F),
        st.sampled_from("\u00ad\u200b\u200c\u200d\u2060\ufe0f\ufeff"),
    ),
    max_size=2,
)


@given(st.data(), st.text(LETTERS, min_size=1, max_size=12))
def test_no_case_diacritic_or_invisible_character_hides_a_term(data: st.DataObject, term: str) -> None:
    hidden = "".join((letter.upper() if data.draw(st.booleans()) else letter) + data.draw(INVISIBLE) for letter in term)
    hidden = data.draw(
        st.sampled_from([hidden, unicodedata.normalize("NFC", hidden), unicodedata.normalize("NFD", hidden)])
    )
    assert refused(f"the {hidden}, painted", term) is not None


@given(st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=1, max_size=12))
def test_no_term_is_found_inside_a_longer_word(term: str) -> None:
    assert refused(f"q{term}q", term) is None


@pytest.mark.parametrize(
    "piece", ["a ", "a.b ", "a1 ", "aa", "nude five ", "nude aged ", "a  ", " .", "1 2 ", "\u0301", "\u0e34", "\ufdfa"]
)
def test_no_prompt_takes_long(piece: str) -> None:
    prompt = f"x{piece * MAX_PROMPT_LENGTH}"[:MAX_PROMPT_LENGTH]
    began = time.perf_counter()
    refused(prompt, "unicorn", "red fox", "\u72d0")
    # Milliseconds in truth; anything quadratic takes seconds.
    assert time.perf_counter() - began < 0.5
