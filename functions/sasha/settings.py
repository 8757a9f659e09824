"""The environment of a function, read once at cold start and checked as a whole."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1)]


class Settings(BaseModel):
    """What template.yaml tells the functions. Secrets are named here, never held."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    table_name: Name
    queue_url: Name
    outputs_bucket: Name
    segmind_url: Annotated[str, Field(pattern=r"^https?://")]
    price_micros_per_image: Annotated[int, Field(ge=0)]
    retention_days: Annotated[int, Field(ge=1)]
    url_lifetime_seconds: Annotated[int, Field(ge=60)]
    provider_timeout_seconds: Annotated[int, Field(ge=10)]
    requests_per_minute: Annotated[int, Field(ge=0)] = 0
    guest_images_per_day: Annotated[int, Field(ge=0)] = 0
    guest_images_per_day_total: Annotated[int, Field(ge=0)] = 0
    monthly_spend_limit_micros: Annotated[int, Field(ge=0)] = 0
    gateway_secret_id: str = ""
    segmind_secret_id: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """From variables of the same names in capitals. Raises pydantic's ValidationError, which names each bad one."""
        return cls.model_validate({name.lower(): value for name, value in environment.items()})
