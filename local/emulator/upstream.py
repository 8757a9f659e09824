"""What Segmind does with a call: check it, bill it, draw, and answer, unless the script has something else in store."""

import json
import random
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import ValidationError

from local.emulator import answers
from local.emulator.answers import Answer
from local.emulator.books import BilledCall, Books, InsufficientCredits, TeamLimitReached
from local.emulator.faults import Fault, Script
from local.emulator.forms import Job, success
from local.emulator.pictures import CONTENT_TYPES, make_picture
from local.emulator.settings import Settings
from sasha.core.money import as_number, dollars
from sasha.core.parameters import GenerationParameters

Manner = Literal["whole", "truncated", "drip", "reset", "silent"]
MANNERS: dict[str, Manner] = {
    "reset": "reset",
    "reset_after_billing": "reset",
    "silent_after_billing": "silent",
    "truncated": "truncated",
    "drip": "drip",
}
PICTURES_KEPT = 32  # for the URLs that an answer may name


@dataclass(frozen=True)
class Delivery:
    """An answer, and how it goes over the wire."""

    answer: Answer
    manner: Manner = "whole"
    bytes_per_s: float = 0.0


class Refused(Exception):
    """The call gets an error, and is not billed."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Upstream:
    """The emulator without its HTTP. Every method may be called by many threads at once."""

    def __init__(self, settings: Settings, *, credits_micros: int, now: Callable[[], datetime]) -> None:
        self.settings = settings
        self.initial_credits_micros = credits_micros
        self.books = Books(now, credits_micros)
        self.script = Script()
        self.stopping = threading.Event()
        self.url = ""  # set once the port is known
        self._now = now
        self._pictures: OrderedDict[str, Answer] = OrderedDict()
        self._failing_once: set[str] = set()
        self._lock = threading.Lock()

    def configure(self, **changes: Any) -> None:
        """Change some settings, from the next call on. Raises ValueError, and changes nothing, where one is no good."""
        credits_micros = changes.pop("credits_micros", None)
        try:
            settings = replace(self.settings, **changes)
            balance = None if credits_micros is None else int(credits_micros)
        except TypeError as wrong:
            raise ValueError(str(wrong)) from wrong
        self.settings = settings
        if balance is not None:
            self.initial_credits_micros = self.books.credits_micros = balance

    def settings_now(self) -> dict[str, Any]:
        return {**asdict(self.settings), "credits_micros": self.books.credits_micros}

    def reset(self) -> None:
        """Forget all calls, bills and faults; the credits are what they were at the start."""
        self.script.clear()
        self.books.clear(self.initial_credits_micros)

    def wait(self, seconds: float) -> None:
        """Sleep, but not beyond the emulator's end."""
        if seconds > 0:
            self.stopping.wait(seconds)

    def credits(self, headers: Mapping[str, str]) -> Answer:
        """GET /v1/get-user-credits."""
        if refusal := self._key_refusal(headers):
            return refusal
        free = as_number(self.settings.free_credits_micros)
        return answers.as_json({"credits": as_number(self.books.credits_micros), "free-credits": free})

    def stored_picture(self, name: str) -> Answer:
        """GET of a URL that an answer named: public, as Segmind's are."""
        with self._lock:
            if name in self._failing_once:
                self._failing_once.remove(name)
                return answers.usual_answer(503)
            return self._pictures.get(name) or answers.error(404, "Not found")

    def generate(
        self, number: int, slug: str, headers: Mapping[str, str], body: bytes, fault: Fault | None = None
    ) -> Delivery:
        """POST /v1/{slug}: the call of this number in the books, its body read. `fault`, if it was taken already."""
        started = time.monotonic()
        parsed = _parse(body)
        fault = fault or self.script.take(_seed_in(parsed))
        self.books.note(number, body=parsed, fault=fault.kind if fault else None)
        if fault:
            self.wait(fault.delay_s)
            started += fault.delay_s
            if not fault.is_billed:
                return self._unbilled(fault)
        try:
            line, remaining, frees_at = self._accept(slug, headers, parsed)
        except Refused as refused:
            return Delivery(refused.answer)
        self.books.note(number, billed=True, request_id=line.request_id)
        job = self._draw(line, remaining, started)
        answer = success(self._behind_its_url(job, fault) if fault else job, fault)
        if fault is None or fault.kind != "without_headers":
            answer = answer.with_headers(self._accounting(job) | self._rate_limit_header(frees_at))
        if fault is None:
            return Delivery(answer)
        return Delivery(answer.with_headers(fault.headers), MANNERS.get(fault.kind, "whole"), fault.bytes_per_s)

    def _behind_its_url(self, job: Job, fault: Fault) -> Job:
        """What the fault puts where the picture's URL leads, or where the URL leads instead."""
        name = job.url.rpartition("/")[2]
        if fault.kind == "json_url_large":
            too_large = Answer(200, job.picture, {"content-type": job.content_type}, fault.size - len(job.picture))
            self._show(name, too_large)
        elif fault.kind == "json_url_fails_once":
            self._failing_once.add(name)
        elif fault.kind == "json_url_redirects":
            self._show(f"moved-{name}", Answer(302, headers={"location": job.url}))
            return replace(job, url=job.url.replace(name, f"moved-{name}"))
        elif fault.kind == "json_url_foreign":
            return replace(job, url=job.url.replace("://127.0.0.1:", "://localhost:"))
        elif fault.kind == "json_url_unparsable":
            return replace(job, url=f"{job.url}\x07")
        return job

    def _unbilled(self, fault: Fault) -> Delivery:
        if MANNERS.get(fault.kind) == "reset":
            return Delivery(answers.usual_answer(500), "reset")
        answer = answers.answer_with(fault.status or 500, fault.body)
        if answer.status == 429:
            answer = answer.with_headers(self._rate_limit_header(self._now() + timedelta(minutes=1)))
        return Delivery(answer.with_headers(fault.headers))

    def _accept(self, slug: str, headers: Mapping[str, str], body: Any) -> tuple[BilledCall, int, datetime]:
        """Check and bill a call: its line in the ledger, the balance left, when the rate limit has a place again.

        Raises Refused.
        """
        settings = self.settings
        if refusal := self._key_refusal(headers):
            raise Refused(refusal)
        if slug not in settings.slugs:
            raise Refused(answers.usual_answer(404))
        admitted, frees_at = self.books.admit(settings.rate_limit_per_minute)
        if not admitted:
            raise Refused(answers.usual_answer(429).with_headers(self._rate_limit_header(frees_at)))
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(answers.error(406, answers.INVALID_CONTENT_TYPE))
        parameters = _validate(body).with_seed(random.SystemRandom())
        line = BilledCall(
            at=self._now(),
            api_key=headers["x-api-key"],
            slug=slug,
            prompt=parameters.prompt,
            seed=parameters.seed,
            parameters=parameters.model_dump(),
            cost_micros=settings.price_micros * parameters.samples,
            request_id=uuid.uuid4().hex,
        )
        try:
            return line, self.books.bill(line, team_limit_micros=settings.team_limit_micros), frees_at
        except InsufficientCredits:
            raise Refused(answers.error(406, answers.INSUFFICIENT_CREDITS)) from None
        except TeamLimitReached:
            raise Refused(answers.error(406, answers.TEAM_LIMIT)) from None

    def _draw(self, line: BilledCall, remaining_micros: int, started: float) -> Job:
        """Draw while the latency runs, and be done when it is over. Of several samples, the first."""
        settings = self.settings
        parameters = GenerationParameters.model_validate(line.parameters)
        picture = make_picture(parameters, settings.picture_style, settings.picture_format)
        name = f"{line.request_id}.{settings.picture_format}"
        content_type = CONTENT_TYPES[settings.picture_format]
        self._show(name, Answer(200, picture, {"content-type": content_type}))
        self.wait(settings.latency_s - (time.monotonic() - started))
        return Job(
            parameters=parameters,
            request_id=line.request_id,
            cost_micros=line.cost_micros,
            remaining_micros=remaining_micros,
            seconds=round(time.monotonic() - started, 3),
            picture=picture,
            content_type=content_type,
            url=f"{self.url}/_emulator/images/{name}",
        )

    def _show(self, name: str, answer: Answer) -> None:
        with self._lock:
            self._pictures[name] = answer
            while len(self._pictures) > PICTURES_KEPT:
                self._pictures.popitem(last=False)

    def _accounting(self, job: Job) -> dict[str, str]:
        return {
            "x-request-id": job.request_id,
            "x-cost": dollars(job.cost_micros),
            "x-remaining-credits": dollars(job.remaining_micros),
            "x-generation-time": str(job.seconds),
            "x-seed-value": str(job.parameters.seed),
        }

    def _rate_limit_header(self, at: datetime) -> dict[str, str]:
        """When the limit has a place again, rounded up to the second, in the format that is set. No Retry-After."""
        whole = at.replace(microsecond=0) + timedelta(seconds=1 if at.microsecond else 0)
        iso = self.settings.rate_limit_reset_format == "iso"
        text = whole.strftime("%Y-%m-%dT%H:%M:%SZ") if iso else str(int(whole.timestamp()))
        return {"x-rate-limit-reset-at-utc": text}

    def _key_refusal(self, headers: Mapping[str, str]) -> Answer | None:
        """Only x-api-key is taken, whatever the text of the error says."""
        if "x-api-key" not in headers:
            return answers.error(401, answers.MISSING_KEY)
        return None if headers["x-api-key"] in self.settings.api_keys else answers.error(401, answers.INVALID_KEY)


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _seed_in(body: Any) -> int | None:
    seed = body.get("seed") if isinstance(body, dict) else None
    try:
        return int(seed) if isinstance(seed, str | int | float) else None
    except (ValueError, OverflowError):
        return None


def _validate(body: Any) -> GenerationParameters:
    """Raises Refused with 400, naming the first fault."""
    if not isinstance(body, dict):
        raise Refused(answers.error(400, "Invalid request: the body is no JSON object"))
    try:
        return GenerationParameters.model_validate(body)
    except ValidationError as invalid:
        first = invalid.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise Refused(answers.error(400, f"Invalid parameters: {where}: {first['msg']}")) from None
