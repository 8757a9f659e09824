"""The model page's table of parameters, once: routes, OpenAPI, the page's form and the emulator all read this."""

import hashlib
import json
import re
from difflib import get_close_matches
from random import Random
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

MODEL = "BigDug-Sasha"

# Ten as the model page names them; it says "+2 more", which the documentation of a sister model names.
Scheduler = Literal[
    "DDIM",
    "DPM Multi",
    "DPM Single",
    "Euler a",
    "Euler",
    "Heun",
    "DPM2 a Karras",
    "DPM2 Karras",
    "LMS",
    "PNDM",
    "DDPM",
    "UniPC",
]
SCHEDULERS: tuple[str, ...] = get_args(Scheduler)
SIDES = (512, 768, 1024)
MAX_PROMPT_LENGTH = 4_000
MAX_SEED = 999_999_999_999_999
RANDOM_SEED = -1
RANDOM_SEEDS_BELOW = 2**32

NUMBERS = ("num_inference_steps", "guidance_scale", "samples", "seed", "img_width", "img_height", "lora_scale")
DECIMAL = re.compile(r"\s*[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?\s*")


class GenerationParameters(BaseModel):
    """What a caller may ask of BigDug-Sasha.

    Ranges and defaults are the model page's. Where it has none, ours: prompts of at most 4,000 characters, a
    lora_scale within ±10. Old clients send numbers and booleans as strings, which is understood; null means absent;
    unknown fields are refused by name, because a typo would cost money.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    prompt: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_PROMPT_LENGTH,
            description="Prompt to render",
            examples=["a red fox in the snow, morning light"],
            json_schema_extra={
                "pattern": r"\S"
            },  # checked below: a regular expression's blanks are not all of Python's
        ),
    ]
    negative_prompt: Annotated[
        str | None,
        Field(
            max_length=MAX_PROMPT_LENGTH,
            description="Prompts to exclude, eg. 'bad anatomy, bad hands, missing fingers'",
        ),
    ] = None
    scheduler: Annotated[Scheduler, Field(description="Type of scheduler")] = "UniPC"
    num_inference_steps: Annotated[int, Field(ge=20, le=100, description="Number of denoising steps")] = 20
    guidance_scale: Annotated[float, Field(ge=0.1, le=25, description="Scale for classifier-free guidance")] = 7.5
    samples: Annotated[int, Field(ge=1, le=4, description="Number of pictures; each is charged")] = 1
    seed: Annotated[
        int,
        Field(
            ge=RANDOM_SEED,
            le=MAX_SEED,
            description="Seed of the first picture, picture n has seed + n; -1 draws one and reports it",
        ),
    ] = RANDOM_SEED
    img_width: Annotated[Literal[512, 768, 1024], Field(description="Width of the picture in pixels")] = 1024
    img_height: Annotated[Literal[512, 768, 1024], Field(description="Height of the picture in pixels")] = 1024
    base64: Annotated[bool, Field(description="Add each picture to the answer, base64-encoded")] = False
    lora_scale: Annotated[float | None, Field(ge=-10, le=10, description="Scale of the lora")] = None

    @model_validator(mode="before")
    @classmethod
    def null_means_absent(cls, body: Any) -> Any:
        return {k: v for k, v in body.items() if v is not None} if isinstance(body, dict) else body

    @field_validator(*NUMBERS, mode="before")
    @classmethod
    def read_number(cls, value: Any) -> Any:
        """A number, also from a decimal string or (for a whole one) from 25.0; a boolean is no number."""
        if isinstance(value, bool):
            raise PydanticCustomError("number", "Input should be a number, not true or false")
        if isinstance(value, str) and DECIMAL.fullmatch(value):
            value = float(value) if re.search(r"[.eE]", value) else int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value

    @field_validator("guidance_scale", "lora_scale")
    @classmethod
    def six_decimals_are_enough(cls, value: float | None) -> float | None:
        """A number such as 1e-200 is 0 to the model, and more than the table can hold."""
        return None if value is None else round(value, 6)

    @field_validator("prompt")
    @classmethod
    def prompt_is_not_blank(cls, prompt: str) -> str:
        if not prompt.strip():
            raise PydanticCustomError("blank", "The prompt is blank: say in words what to draw")
        return prompt

    @model_validator(mode="after")
    def every_seed_is_in_range(self) -> Self:
        if self.seed + self.samples - 1 > MAX_SEED:
            raise PydanticCustomError(
                "seed_range",
                "seed + samples - 1 may be at most {most}: choose a smaller seed or fewer samples",
                {"most": MAX_SEED},
            )
        return self

    def with_seed(self, random: Random) -> Self:
        """The same with a random seed drawn, below 2³², so that it is on record and can be asked for again."""
        if self.seed != RANDOM_SEED:
            return self
        return self.model_copy(update={"seed": random.randrange(RANDOM_SEEDS_BELOW)})

    def fingerprint(self) -> str:
        """A digest of what was asked, the same however the caller spelt it. Taken before a seed is drawn."""
        return hashlib.sha256(json.dumps(self.model_dump(), sort_keys=True).encode()).hexdigest()


class StoredParameters(GenerationParameters):
    """The same as they are on record. What a later version of this code added is kept, and asked of Segmind too."""

    model_config = ConfigDict(extra="allow")


def nearest_parameter(name: str) -> str | None:
    """The parameter that a caller who wrote `name` probably meant."""
    return next(iter(get_close_matches(name, GenerationParameters.model_fields, n=1)), None)
