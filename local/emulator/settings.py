"""What can be set on the emulator, at its start and while it runs."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from local.emulator.pictures import PictureFormat, PictureStyle
from sasha.core.parameters import MODEL

DEMO_KEY = "SG_0123456789abcdef"
API_KEY = re.compile(r"SG_[0-9a-f]{16}")  # the contract: SG_ and 16 hex


@dataclass(frozen=True)
class Settings:
    """Raises ValueError for what makes no sense."""

    latency_s: float = 0.0  # a whole call's time, drawing included
    api_keys: tuple[str, ...] = (DEMO_KEY,)
    slugs: tuple[str, ...] = (MODEL,)
    price_micros: int = 12_000  # the model page: about $0.012 per image
    free_credits_micros: int = 0  # only shown
    team_limit_micros: int | None = None  # spending above it is refused with the third 406
    rate_limit_per_minute: int | None = None
    rate_limit_reset_format: Literal["iso", "epoch"] = "iso"
    picture_format: PictureFormat = "png"
    picture_style: PictureStyle = "landscape"

    def __post_init__(self) -> None:
        object.__setattr__(self, "api_keys", tuple(self.api_keys))
        object.__setattr__(self, "slugs", tuple(self.slugs))
        if not 0 <= self.latency_s <= 600:
            raise ValueError("latency_s is a number of seconds, 0 to 600")
        if bad := [key for key in self.api_keys if not API_KEY.fullmatch(key)]:
            raise ValueError(f"an API key is SG_ and 16 hexadecimal digits, not {bad[0]!r}")
        if self.price_micros < 0:
            raise ValueError("price_micros is 0 or more")
        if self.rate_limit_per_minute is not None and self.rate_limit_per_minute < 0:
            raise ValueError("rate_limit_per_minute is 0 or more, or none")
        for name, choices in (
            ("rate_limit_reset_format", ("iso", "epoch")),
            ("picture_format", get_args(PictureFormat)),
            ("picture_style", get_args(PictureStyle)),
        ):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} is one of: {', '.join(choices)}")
