"""The shapes of the answers, for the OpenAPI document alone: it is asked for rarely, so this is loaded only then."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sasha.core.errors import Code
from sasha.core.request import Status

Dollars = Annotated[float, Field(description="US dollars")]
Seconds = Annotated[float, Field(ge=0, description="Seconds")]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]
RequestId = Annotated[str, Field(json_schema_extra={"format": "uuid"})]


class Shape(BaseModel):
    """What is not listed may be there too: clients ignore what they do not know."""

    model_config = ConfigDict(extra="allow")


class Fault(Shape):
    pointer: str
    detail: str


class Problem(Shape):
    """RFC 9457, and `error` (the detail again) for Segmind's SDK."""

    type: str
    title: str
    status: int
    detail: str
    code: Code
    billed: bool | None
    retryable: bool
    request_id: RequestId | None = None
    errors: list[Fault] = []
    error: str


class Submitted(Shape):
    request_id: RequestId
    status: Status
    status_url: Url
    response_url: Url
    poll_url: Url


class Metrics(Shape):
    """What is not known yet is left out; a failed request has no cost."""

    cost: Dollars | None = None
    remaining_credits: Dollars | None = None
    queue_time: Seconds | None = None
    inference_time: Seconds | None = None
    total_time: Seconds | None = None


class State(Shape):
    request_id: RequestId
    status: Status
    metrics: Metrics
    error: str | None = None
    code: Code | None = None


class Image(Shape):
    index: int
    url: Url
    expires_at: Moment
    permalink: Url
    content_type: Literal["image/png", "image/jpeg", "image/webp"]
    file_name: str
    file_size: int
    width: int
    height: int
    seed: int
    base64: str | None = None


class PictureFailure(Shape):
    index: int
    code: Code
    detail: str


class Result(State):
    output: Url | None
    images: list[Image]
    failures: list[PictureFailure]
    warnings: list[str]
    seed: int | None
    parameters: dict[str, Any] | None
    created_at: Moment
    completed_at: Moment | None
    expires_at: Moment | None


class Permalink(Shape):
    index: int
    permalink: Url


class Summary(Shape):
    request_id: RequestId
    status: Status
    model: str
    prompt: str | None
    seed: int | None
    samples: int
    images: list[Permalink]
    failures: list[PictureFailure]
    erased: bool
    created_at: Moment
    completed_at: Moment | None
    expires_at: Moment | None
    response_url: Url
    metrics: Metrics


class History(Shape):
    results: list[Summary]
    next: str | None


class Credits(Shape):
    credits: Dollars
    free_credits: Annotated[Dollars, Field(alias="free-credits")]


class Price(Shape):
    per_image: Dollars
    micros_per_image: int
    currency: Literal["USD"]


class Model(Shape):
    name: str
    price: Price
    retention_days: int
    limits: dict[str, int]
    links: dict[str, str]
    parameters: dict[str, Any]


class Health(Shape):
    status: Literal["ok"]
