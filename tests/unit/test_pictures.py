"""The simulated pictures: right in size and form, the same for the same, and clearly another for another."""

import io

import numpy as np
import pytest
from PIL import Image

from local.emulator.painting.palettes import MOODS, shifted
from local.emulator.painting.scene import Scene, imagine
from local.emulator.painting.words import FITTING_MOODS, MOOD_WORDS, PLACE_WORDS
from local.emulator.pictures import PictureFormat, encode, make_picture, paint_landscape
from sasha.core.parameters import GenerationParameters


def wanted(prompt: str = "a red fox in the snow", seed: int = 42, **others: object) -> GenerationParameters:
    fields = {"prompt": prompt, "seed": seed, "img_width": 512, "img_height": 512, **others}
    return GenerationParameters.model_validate(fields)


def pixels(parameters: GenerationParameters) -> "np.typing.NDArray[np.float64]":
    return np.asarray(paint_landscape(parameters), dtype=np.float64)


def difference(one: GenerationParameters, other: GenerationParameters) -> float:
    """The mean distance of two pictures' pixels, 0 to 255."""
    return float(np.abs(pixels(one) - pixels(other)).mean())


def scene(prompt: str, seed: int = 1, negative_prompt: str = "") -> Scene:
    return imagine(prompt, negative_prompt, seed, guidance_scale=7.5, steps=20)


@pytest.mark.parametrize("size", [(512, 512), (768, 512), (512, 768), (1024, 512), (768, 768), (1024, 1024)])
def test_a_picture_has_the_size_that_was_asked_for(size: tuple[int, int]) -> None:
    content = make_picture(wanted(img_width=size[0], img_height=size[1]), "landscape", "png")

    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        assert (picture.size, picture.mode) == (size, "RGB")


@pytest.mark.parametrize("picture_format", ["png", "jpeg", "webp"])
def test_a_picture_has_the_format_that_was_asked_for(picture_format: PictureFormat) -> None:
    with Image.open(io.BytesIO(make_picture(wanted(), "landscape", picture_format))) as picture:
        picture.load()
        assert (picture.format or "").lower() == picture_format


def test_a_png_is_read_back_pixel_by_pixel() -> None:
    picture = paint_landscape(wanted())

    with Image.open(io.BytesIO(encode(picture, "png"))) as read:
        assert read.tobytes() == picture.tobytes()


def test_the_same_parameters_give_the_same_picture() -> None:
    assert paint_landscape(wanted()).tobytes() == paint_landscape(wanted()).tobytes()


@pytest.mark.parametrize("prompt", ["a red fox in the snow", "a sailboat at sunset", "something nobody has words for"])
def test_another_seed_gives_clearly_another_picture(prompt: str) -> None:
    assert difference(wanted(prompt, seed=1), wanted(prompt, seed=2)) > 8


def test_another_prompt_gives_clearly_another_picture() -> None:
    assert difference(wanted("a red fox in the snow"), wanted("a city at night")) > 25


def test_a_negative_prompt_takes_its_words_away() -> None:
    assert scene("a fox and a castle", negative_prompt="fox").figure != scene("a fox", negative_prompt="").figure
    assert scene("a fox", negative_prompt="fox").figure is None


def test_one_seed_has_one_composition_at_every_size() -> None:
    small, large = paint_landscape(wanted()), paint_landscape(wanted(img_width=1024, img_height=1024))

    halved = np.asarray(large.resize((512, 512), Image.Resampling.BOX), dtype=np.float64)
    assert float(np.abs(halved - np.asarray(small, dtype=np.float64)).mean()) < 6


def test_more_steps_add_detail_to_the_same_picture() -> None:
    few, many = wanted(num_inference_steps=20), wanted(num_inference_steps=100)

    assert 0 < difference(few, many) < 6


def test_more_guidance_gives_more_contrast() -> None:
    low, high = pixels(wanted(guidance_scale=1)), pixels(wanted(guidance_scale=25))

    assert high.std() > low.std() * 1.05


def test_a_picture_is_marked_as_simulated_in_its_corner() -> None:
    marked = make_picture(wanted(), "landscape", "png")
    with Image.open(io.BytesIO(marked)) as picture:
        changed = np.abs(np.asarray(picture, dtype=np.float64) - pixels(wanted())).sum(axis=2) > 0

    rows, columns = np.nonzero(changed)
    assert rows.min() > 480
    assert columns.min() > 300


def test_the_number_of_samples_and_base64_change_no_picture() -> None:
    assert make_picture(wanted(samples=4, base64=True), "landscape", "png") == make_picture(
        wanted(), "landscape", "png"
    )


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("sand dunes in the desert", "dunes"),
        ("a city skyline", "city"),
        ("the ocean", "sea"),
        ("a ringed planet and a galaxy", "cosmos"),
        ("misty forest", "woods"),
        ("flower meadows", "meadow"),
        ("a calm lake", "lake"),
        ("snowy mountain peaks", "peaks"),
    ],
)
def test_the_words_of_a_prompt_choose_the_place(prompt: str, place: str) -> None:
    assert scene(prompt).place == place


def test_a_night_is_much_darker_than_a_day_in_the_snow() -> None:
    night, day = pixels(wanted("a mountain lake at night")).mean(), pixels(wanted("snow on a winter day")).mean()

    assert night + 60 < day


def test_every_word_leads_to_a_mood_that_exists() -> None:
    named = {mood for moods in MOOD_WORDS.values() for mood in moods.split(", ")}
    fitting = {mood for moods in FITTING_MOODS.values() for mood in moods}

    assert named | fitting <= set(MOODS)
    assert set(FITTING_MOODS) == set(PLACE_WORDS)


@pytest.mark.parametrize("prompt", ["雪の中の狐", "🦊", "1234 !!", "x" * 4000, "\x00\x1f", "fox " * 1000])
def test_any_prompt_has_a_picture(prompt: str) -> None:
    assert make_picture(wanted(prompt), "landscape", "png").startswith(b"\x89PNG")


@pytest.mark.parametrize("place", sorted(PLACE_WORDS))
def test_every_place_can_be_painted_in_every_figure_s_company(place: str) -> None:
    words = PLACE_WORDS[place].split()[:3]
    for index, figure in enumerate(("fox", "boat", "balloon", "lighthouse", "astronaut", "cabin")):
        prompt = " ".join([*words, figure])
        assert np.isfinite(pixels(wanted(prompt, seed=index))).all()


def test_a_colour_that_is_not_shifted_stays_as_it_is() -> None:
    assert shifted((0.2, 0.4, 0.6), 0.0, 1.0) == pytest.approx((0.2, 0.4, 0.6), abs=1e-6)


def test_a_plain_picture_is_one_colour_that_depends_on_the_seed() -> None:
    one, other = (make_picture(wanted(seed=seed), "plain", "png") for seed in (1, 2))

    assert one != other
    with Image.open(io.BytesIO(one)) as picture:
        assert len(picture.getcolors() or []) < 300  # the mark's edges, beside the one colour


def test_a_picture_drawn_before_is_at_hand() -> None:
    first = make_picture(wanted(seed=7), "landscape", "png")

    assert make_picture(wanted(seed=7), "landscape", "png") is first
