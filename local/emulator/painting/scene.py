"""What to paint: the prompt's words choose place, mood and figure; what they leave open, the seed chooses."""

import hashlib
import re
from dataclasses import dataclass

import numpy as np

from local.emulator.painting.canvas import Random
from local.emulator.painting.palettes import MOODS, Mood
from local.emulator.painting.silhouettes import Figure
from local.emulator.painting.words import FIGURE_WORDS, FITTING_MOODS, MOOD_WORDS, PLACE_WORDS

ENDINGS = ("s", "es", "ed", "ing", "al", "y")


@dataclass(frozen=True)
class Scene:
    """All that is decided before the first stroke; the rest comes from `random`."""

    place: str
    mood: Mood
    figure: Figure | None
    detail: int  # octaves of noise: 5 at 20 steps, 8 at 100
    words: frozenset[str]
    random: Random

    def names(self, words: str) -> bool:
        """Whether the prompt has one of these words."""
        return not self.words.isdisjoint(words.split())


def imagine(prompt: str, negative_prompt: str, seed: int, guidance_scale: float, steps: int) -> Scene:
    """The scene of a prompt and a seed: always the same for the same."""
    words = words_of(prompt) - words_of(negative_prompt)
    of_prompt = _random("prompt", prompt, negative_prompt)
    of_seed = _random("seed", prompt, negative_prompt, str(seed))

    places = _best(PLACE_WORDS, words) or [str(place) for place in of_prompt.permutation(sorted(PLACE_WORDS))[:3]]
    place = places[of_seed.integers(len(places))]
    moods = _moods(words, place, of_prompt)
    mood = MOODS[moods[of_seed.integers(len(moods))]]
    hue = of_prompt.uniform(-0.16, 0.16) + of_seed.uniform(-0.12, 0.12)
    contrast = 0.86 + 0.30 * float(np.tanh((guidance_scale - 1) / 10))
    figures = [figure for figure, names in FIGURE_WORDS if not words.isdisjoint(names.split())]
    return Scene(
        place=place,
        mood=mood.adjusted(hue, contrast),
        figure=figures[of_seed.integers(len(figures))] if figures else None,
        detail=5 + round((steps - 20) / 27),
        words=words,
        random=of_seed,
    )


def words_of(text: str) -> frozenset[str]:
    """The words of a text, each as it stands and without its ending: "snowy mountains" has snow and mountain too."""
    found = set(re.findall(r"[^\W\d_]+", text.casefold()))
    stems = {
        word.removesuffix(ending)
        for word in found
        for ending in ENDINGS
        if len(word) - len(ending) > 3 or ending == "s"
    }
    return frozenset(found | stems)


def _moods(words: frozenset[str], place: str, of_prompt: Random) -> list[str]:
    """The names of the moods that go with the words: at most four, so that each prompt has a palette box of its own."""
    left = set(MOODS)
    for names, moods in MOOD_WORDS.items():
        if not words.isdisjoint(names.split()):
            left = left & set(moods.split(", ")) or left
    left = left & set(FITTING_MOODS[place]) or (left if len(left) < len(MOODS) else set(FITTING_MOODS[place]))
    return [str(mood) for mood in of_prompt.permutation(sorted(left))[:4]]


def _best(table: dict[str, str], words: frozenset[str]) -> list[str]:
    """The entries that have most of the words; none if none has any."""
    hits = {name: len(words & set(names.split())) for name, names in table.items()}
    most = max(hits.values())
    return [name for name, count in hits.items() if count == most] if most else []


def _random(*texts: str) -> Random:
    return np.random.default_rng(list(hashlib.sha256("\0".join(texts).encode()).digest()))
