"""The environment of a function, read once at cold start and checked as a whole."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=0)]
# As template.yaml allows them; empty where the owner says nothing.
HttpsUrl = Annotated[str, Field(pattern=r"^(https://\S+)?$")]
ContactUrl = Annotated[str, Field(pattern=r"^((https://|mailto:)\S+)?$")]


class Settings(BaseModel):
    """What template.yaml tells every function. Secrets are named, never held."""

    # An error's text goes to the log, and the environment holds the function's credentials.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    table_name: Name
    queue_url: Name
    outputs_bucket: Name
    price_micros_per_image: Count
    retention_days: Annotated[int, Field(ge=1)]

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """From variables of the same names in capitals. Raises pydantic's ValidationError, which names each bad one."""
        return cls.model_validate({name.lower(): value for name, value in environment.items()})


class ApiSettings(Settings):
    """What only the API function is told."""

    gateway_secret_id: Name
    url_lifetime_seconds: Annotated[int, Field(ge=60)]
    requests_per_minute: Count
    guest_images_per_day: Count
    guest_images_per_day_total: Count
    monthly_spend_limit_micros: Count
    segmind_price_micros_per_image: Count
    blocked_terms: str
    site_name: Name
    contact_url: ContactUrl
    get_key_url: HttpsUrl
    terms_url: HttpsUrl
    privacy_url: HttpsUrl


class WorkerSettings(Settings):
    """What only the worker is told."""

    segmind_secret_id: Name
    segmind_url: Annotated[str, Field(pattern=r"^https?://")]
    provider_timeout_seconds: Annotated[int, Field(ge=10)]
