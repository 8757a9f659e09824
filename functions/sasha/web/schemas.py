"""The shapes of the answers, for the OpenAPI document alone: it is asked for rarely, so this is loaded only then."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sasha.core.errors import Code
from sasha.core.ledger import Movement
from sasha.core.request import Status

Dollars = Annotated[float, Field(description="US dollars")]
Micros = Annotated[int, Field(description="The same amount, exactly, in millionths of a dollar")]
Seconds = Annotated[float, Field(ge=0, description="Seconds")]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Date = Annotated[str, Field(json_schema_extra={"format": "date"})]
Url = Annotated[str, Field(json_schema_extra={"format": "uri"})]
RequestId = Annotated[str, Field(json_schema_extra={"format": "uuid"})]


class Shape(BaseModel):
    """What is not listed may be there too: clients ignore what they do not know."""

    model_config = ConfigDict(extra="allow")


class Fault(Shape):
    pointer: str
    detail: str


class Limit(Shape):
    """In requests or pictures; `resets_at` is when the limit's window ends."""

    name: str
    allowed: int
    left: int
    resets_at: Moment


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
    limit: Limit | None = None
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
    free_images_left: Annotated[int | None, Field(description="Of today's, to the page's visitors")] = None
    resets_at: Moment | None = None


class Movements(Shape):
    """Pictures are those held and not given back, and cost is what they cost."""

    pictures: int
    cost: Dollars
    cost_micros: Micros
    top_ups: Dollars
    top_ups_micros: Micros


class UsageEntry(Shape):
    """An entry of the ledger: a hold is negative. It has the id of its request, or the reference of its top-up."""

    at: Moment
    kind: Movement
    request_id: RequestId | None = None
    reference: str | None = None
    pictures: Annotated[int, Field(description="Held or given back")]
    price: Annotated[float | None, Field(description="US dollars per picture, when the request was accepted")]
    price_micros: int | None
    amount: Dollars
    amount_micros: Micros


class UsageDay(Movements):
    date: Date
    entries: list[UsageEntry]


class Usage(Movements):
    """The entries of whole days (UTC), the oldest first; a request's are those of its creation.

    All sums are of what is in this answer: while there is a `next`, the last day may go on in the next answer, and the
    sums of all answers are to be added up.
    """

    account: str
    from_: Annotated[Date, Field(alias="from")]
    to: Date
    currency: Literal["USD"]
    days: list[UsageDay]
    next: str | None


class Price(Shape):
    per_image: Dollars
    micros_per_image: int
    currency: Literal["USD"]


class Site(Shape):
    """What the owner of the site says; each URL is empty where there is none."""

    name: str
    contact_url: Annotated[str, Field(description="https or mailto")]
    get_key_url: str
    terms_url: str
    privacy_url: str


class Availability(Shape):
    """As it was up to ten seconds ago. Where requests are not accepted, `detail` says why, and nothing is held."""

    accepting: bool
    detail: str | None
    retry_after_s: Annotated[int | None, Field(description="Seconds until asking again may be of use")]


class Model(Shape):
    name: str
    price: Price
    retention_days: int
    limits: dict[str, int]
    availability: Availability
    site: Site
    links: dict[str, str]
    parameters: dict[str, Any]


class Health(Shape):
    status: Literal["ok"]
