"""The parameters model against every row of the contract's table: at, below and above each bound."""

import math
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from sasha.core.parameters import MAX_SEED, SCHEDULERS, GenerationParameters, nearest_parameter


def parameters(**changes: Any) -> GenerationParameters:
    return GenerationParameters.model_validate({"prompt": "a red fox in the snow", **changes})


def faults(**changes: Any) -> set[str]:
    """The names of the fields that are refused ("" for the whole)."""
    with pytest.raises(ValidationError) as refused:
        parameters(**changes)
    return {str(error["loc"][0]) if error["loc"] else "" for error in refused.value.errors()}


def test_defaults_are_the_model_pages() -> None:
    assert parameters().model_dump() == {
        "prompt": "a red fox in the snow",
        "negative_prompt": None,
        "scheduler": "UniPC",
        "num_inference_steps": 20,
        "guidance_scale": 7.5,
        "samples": 1,
        "seed": -1,
        "img_width": 1024,
        "img_height": 1024,
        "base64": False,
        "lora_scale": None,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt", "x"),
        ("prompt", "x" * 4_000),
        ("prompt", "🦊" * 4_000),
        ("negative_prompt", ""),
        ("negative_prompt", "x" * 4_000),
        ("num_inference_steps", 20),
        ("num_inference_steps", 100),
        ("guidance_scale", 0.1),
        ("guidance_scale", 25),
        ("samples", 1),
        ("samples", 4),
        ("seed", -1),
        ("seed", 0),
        ("seed", 3426017487),
        ("seed", MAX_SEED),
        ("img_width", 512),
        ("img_width", 768),
        ("img_width", 1024),
        ("img_height", 512),
        ("img_height", 768),
        ("img_height", 1024),
        ("base64", True),
        ("lora_scale", -10),
        ("lora_scale", 10),
        ("lora_scale", 0),
        *(("scheduler", scheduler) for scheduler in SCHEDULERS),
    ],
)
def test_a_value_within_its_bounds_is_taken(name: str, value: Any) -> None:
    assert getattr(parameters(**{name: value}), name) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt", ""),
        ("prompt", "x" * 4_001),
        ("prompt", " \n\t "),
        ("prompt", 5),
        ("prompt", ["a fox"]),
        ("negative_prompt", "x" * 4_001),
        ("negative_prompt", 5),
        ("num_inference_steps", 19),
        ("num_inference_steps", 101),
        ("num_inference_steps", 20.5),
        ("guidance_scale", 0.09),
        ("guidance_scale", 25.01),
        ("guidance_scale", math.nan),
        ("guidance_scale", math.inf),
        ("guidance_scale", "nan"),
        ("samples", 0),
        ("samples", 5),
        ("samples", 1.5),
        ("samples", "1.5"),
        ("samples", True),
        ("samples", "two"),
        ("seed", -2),
        ("seed", MAX_SEED + 1),
        ("seed", 10**20),
        ("seed", "9" * 5_000),
        ("img_width", 513),
        ("img_width", 0),
        ("img_height", 511),
        ("img_height", "tall"),
        ("scheduler", "euler"),
        ("scheduler", ""),
        ("base64", "perhaps"),
        ("base64", 2),
        ("lora_scale", -10.1),
        ("lora_scale", 10.1),
        ("lora_scale", -math.inf),
        ("promt", "a fox"),
    ],
)
def test_a_value_beyond_its_bounds_is_refused_by_name(name: str, value: Any) -> None:
    assert faults(**{name: value}) == {name}


def test_there_are_twelve_schedulers() -> None:
    assert len(set(SCHEDULERS)) == 12


def test_all_faults_are_named_at_once() -> None:
    assert faults(samples=0, seed=-5, img_width=1, scheduler="x", size=3) == {
        "samples", "seed", "img_width", "scheduler", "size",
    }  # fmt: skip


def test_the_prompt_is_required() -> None:
    with pytest.raises(ValidationError, match="prompt"):
        GenerationParameters.model_validate({})


@pytest.mark.parametrize(
    ("name", "sent", "meant"),
    [
        ("samples", "1", 1),
        ("samples", 2.0, 2),
        ("samples", "2.0", 2),
        ("seed", "3426017487", 3426017487),
        ("num_inference_steps", 25.0, 25),
        ("guidance_scale", "8", 8.0),
        ("img_width", "512", 512),
        ("img_height", 768.0, 768),
        ("base64", "false", False),
        ("base64", "true", True),
        ("lora_scale", "0.5", 0.5),
    ],
)
def test_old_clients_are_understood(name: str, sent: Any, meant: Any) -> None:
    understood = getattr(parameters(**{name: sent}), name)
    assert (understood, type(understood)) == (meant, type(meant))


@pytest.mark.parametrize("name", [name for name in GenerationParameters.model_fields if name != "prompt"])
def test_null_means_absent(name: str) -> None:
    assert parameters(**{name: None}) == parameters()


def test_a_prompt_of_null_is_missing() -> None:
    assert faults(prompt=None) == {"prompt"}


def test_the_last_pictures_seed_must_be_in_range() -> None:
    assert parameters(seed=MAX_SEED - 3, samples=4).seed == MAX_SEED - 3
    assert faults(seed=MAX_SEED - 2, samples=4) == {""}


def test_a_random_seed_is_drawn_below_two_to_the_32() -> None:
    drawn = {parameters().with_seed(Random(n)).seed for n in range(200)}
    assert len(drawn) == 200
    assert all(0 <= seed < 2**32 for seed in drawn)


def test_a_given_seed_is_kept() -> None:
    assert parameters(seed=7).with_seed(Random(1)).seed == 7


def test_the_fingerprint_does_not_depend_on_the_spelling() -> None:
    assert parameters(samples="1", seed=None).fingerprint() == parameters(samples=1.0).fingerprint()


def test_the_fingerprint_depends_on_every_field() -> None:
    changes: list[dict[str, Any]] = [
        {}, {"prompt": "b"}, {"negative_prompt": "b"}, {"scheduler": "DDIM"}, {"num_inference_steps": 21},
        {"guidance_scale": 7}, {"samples": 2}, {"seed": 1}, {"img_width": 512}, {"img_height": 512},
        {"base64": True}, {"lora_scale": 1},
    ]  # fmt: skip
    assert len({parameters(**change).fingerprint() for change in changes}) == len(changes)


def test_a_misspelt_parameter_finds_its_neighbour() -> None:
    assert nearest_parameter("promt") == "prompt"
    assert nearest_parameter("num_steps") == "num_inference_steps"
    assert nearest_parameter("zzz") is None
