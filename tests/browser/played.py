"""Plays the API's answers to a page, where a state would pass too soon or cannot be provoked in a running stack.

Every body is made by the product's own code (sasha.web), so that no state is shown that the API could not cause.
"""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from playwright.sync_api import BrowserContext, Route

from local.emulator.pictures import CONTENT_TYPES, make_picture
from sasha.core.account import Account
from sasha.core.doorkeeper import Closed
from sasha.core.errors import Code, ProviderUnavailable, SashaError
from sasha.core.parameters import GenerationParameters
from sasha.core.ports import PresignedUrl
from sasha.core.request import Failure, GenerationRequest, Status, StoredImage
from sasha.core.timing import iso
from sasha.web import representation
from sasha.web.caller import Visit
from sasha.web.description import describe_availability
from sasha.web.problems import problem_of
from tests.browser.played_problems import midnight, now
from tests.running import Running

PRICE_MICROS = 12_000
RETENTION_S = 7 * 24 * 3600
IT_TOOK_S = 3.2
Course = Callable[[GenerationRequest], GenerationRequest]


def queued(request: GenerationRequest) -> GenerationRequest:
    return request


def running(request: GenerationRequest) -> GenerationRequest:
    return request.claimed("played", until=now() + timedelta(minutes=3), at=now())


def partial(request: GenerationRequest) -> GenerationRequest:
    """Two of its pictures are there, the others are being made."""
    return running(request).with_image(_image(request, 0)).with_image(_image(request, 1))


def done(request: GenerationRequest) -> GenerationRequest:
    images = [_image(request, index) for index in range(request.samples)]
    return _settled(request, images, [])


def failed(code: Code, detail: str) -> Course:
    """All of its pictures fail."""

    def course(request: GenerationRequest) -> GenerationRequest:
        return _settled(request, [], [Failure(index=n, code=code, detail=detail) for n in range(request.samples)])

    return course


def failed_with_code_of_tomorrow(code: str, detail: str) -> Course:
    """As a later version of the API would tell it: this one does not know the code."""

    def course(request: GenerationRequest) -> GenerationRequest:
        return _settled(request, [], [Failure.model_construct(index=0, code=code, detail=detail)])

    return course


def done_but_for_the_last(code: Code, detail: str) -> Course:
    """One picture fails, the others come."""

    def course(request: GenerationRequest) -> GenerationRequest:
        last = request.samples - 1
        images = [_image(request, index) for index in range(last)]
        return _settled(request, images, [Failure(index=last, code=code, detail=detail)])

    return course


class PlayedApi:
    """Answers what asks for pictures. Everything else still goes to the running stack.

    `course` says what becomes of each new request: a course of events, the error it is refused with, or None: no
    answer, as if the connection broke.
    """

    def __init__(self, context: BrowserContext, running: Running) -> None:
        self.course: Course | SashaError | None = done
        self.requests: dict[str, GenerationRequest] = {}
        self.free_images_left = 4
        self.is_cut_off = False  # a context that is offline still gets what is played
        self._closed: Closed | None = None
        self._visit = Visit(running.page, through_cloudfront=True)
        self._demo_key = running.api_key
        self._context = context
        self._play(r"/v1/models/", self._model)
        self._play(r"/v1/get-user-credits$", self._credits)
        self._play(r"/v2/BigDug-Sasha$", self._submit)
        self._play(r"/v2/requests(/|\?|$)", self._request)
        self._play(r"/outputs/played/", self._picture)

    def proceed(self, course: Course) -> None:
        """Let all open requests take this course from their beginning."""
        for request_id, request in self.requests.items():
            if request.is_open:
                self.requests[request_id] = course(request.model_copy(update={"status": Status.QUEUED, "images": ()}))

    def answer(self, path: str, answer: SashaError | dict[str, Any] | str | None, *, times: int | None = None) -> None:
        """Answer whatever asks for `path` (a regular expression) with a problem, JSON, HTML or (None) not at all.

        `times`: only the next so many.
        """

        def tell(route: Route) -> None:
            if answer is None:
                route.abort()
            elif isinstance(answer, SashaError):
                _refuse(route, answer)
            elif isinstance(answer, str):
                route.fulfill(body=answer, content_type="text/html")
            else:
                route.fulfill(json=answer)

        self._play(path, tell, times)

    def close(self, detail: str, retry_after_s: int) -> None:
        """Say from now on that nobody is taken on, in the description of the model too."""
        self._closed = Closed(detail, retry_after_s)
        self.course = ProviderUnavailable(f"{detail} Nothing was charged.", retry_after_s)

    def reopen(self) -> None:
        self._closed, self.course = None, done

    def hold(self, path: str) -> None:
        """Let whoever asks for `path` wait for ever."""
        self._context.add_init_script(
            "const fetched = fetch; window.fetch = (address, ...more) =>"
            f" new RegExp({json.dumps(path)}).test(address) ? new Promise(() => {{}}) : fetched(address, ...more);"
        )

    def _play(self, path: str, handler: Callable[[Route], None], times: int | None = None) -> None:
        def handle(route: Route) -> None:
            if self.is_cut_off:
                route.abort("internetdisconnected")
            else:
                handler(route)

        self._context.route(re.compile(path), handle, times=times)

    def _model(self, route: Route) -> None:
        if self._closed is None:
            route.fallback()
        else:
            route.fulfill(json={**route.fetch().json(), "availability": describe_availability(self._closed)})

    def _credits(self, route: Route) -> None:
        if _asks_as_guest(route):
            left = {"free_images_left": self.free_images_left, "resets_at": iso(midnight())}
            route.fulfill(json={"credits": 0.0, "free-credits": 0.0, **left})
        elif route.request.headers.get("x-api-key") == self._demo_key:
            route.fulfill(json={"credits": 4.952, "free-credits": 0.0})
        else:
            route.fallback()

    def _submit(self, route: Route) -> None:
        if self.course is None:
            route.abort()
            return
        if isinstance(self.course, SashaError):
            _refuse(route, self.course)
            return
        wanted = GenerationParameters.model_validate_json(route.request.post_data or "")
        if wanted.seed < 0:
            wanted = wanted.model_copy(update={"seed": 42 + len(self.requests)})
        request = GenerationRequest.queued(
            request_id=str(uuid4()),
            account="demo",
            parameters=wanted,
            price_micros=0 if _asks_as_guest(route) else PRICE_MICROS,
            at=now(),
        )
        self.requests[request.id] = self.course(request)
        route.fulfill(json=representation.submitted(self.requests[request.id], self._visit))

    def _request(self, route: Route) -> None:
        asked = re.search(r"/v2/requests/([^/?]+)(/[^?]*)?", route.request.url)
        request = self.requests.get(asked[1]) if asked else None
        if request is None or asked is None:
            route.fallback()
        elif asked[2] and asked[2].startswith("/images/"):
            route.fulfill(
                body=_bytes(request, int(asked[2].removeprefix("/images/"))), content_type=CONTENT_TYPES["png"]
            )
        elif asked[2] == "/cancel":
            self.requests[request.id] = failed(Code.CANCELED, "Canceled, as was asked.")(request)
            route.fulfill(json=representation.state(self.requests[request.id]))
        elif route.request.method == "DELETE":
            route.fulfill(status=204)
        else:
            payer = (
                None
                if _asks_as_guest(route)
                else Account(id="demo", name="Demo", balance_micros=4_952_000, opened_at=now())
            )
            told = representation.result(request, self._visit, _Presigned(), payer)  # type: ignore[arg-type]
            route.fulfill(json=told, status=422 if request.status is Status.FAILED else 200)

    def _picture(self, route: Route) -> None:
        found = re.search(r"/outputs/played/([^/]+)/(\d+)", route.request.url)
        if found is None:
            route.abort()
        else:
            body = _bytes(self.requests[found[1]], int(found[2]))
            route.fulfill(body=body, content_type=CONTENT_TYPES["png"])


class _Presigned:
    """URLs of the page's own host, as CloudFront would serve them."""

    def url(self, request_id: str, image: StoredImage) -> PresignedUrl:
        path = f"/outputs/played/{request_id}/{image.index}?signature=played"
        return PresignedUrl(f"https://bucket.example{path}", path, now() + timedelta(hours=1))


def _image(request: GenerationRequest, index: int) -> StoredImage:
    wanted = _parameters(request, index)
    return StoredImage(
        index=index,
        content_type=CONTENT_TYPES["png"],
        file_size=len(_bytes(request, index)),
        width=wanted.img_width,
        height=wanted.img_height,
        seed=wanted.seed,
        generation_time_s=IT_TOOK_S,
    )


def _parameters(request: GenerationRequest, index: int) -> GenerationParameters:
    if request.parameters is None:
        raise AssertionError("a played request is never erased")
    wanted = GenerationParameters.model_validate(request.parameters.model_dump())
    return wanted.model_copy(update={"seed": wanted.seed + index})


def _bytes(request: GenerationRequest, index: int) -> bytes:
    return make_picture(_parameters(request, index), "landscape", "png")


def _settled(request: GenerationRequest, images: list[StoredImage], failures: list[Failure]) -> GenerationRequest:
    at = request.created_at + timedelta(seconds=IT_TOOK_S)
    return running(request).settled(images, failures, at=at, retention_s=RETENTION_S)


def _asks_as_guest(route: Route) -> bool:
    return route.request.headers.get("sasha-guest") == "1"


def _refuse(route: Route, error: SashaError) -> None:
    response = problem_of(error)
    headers = {name: str(value) for name, value in response.headers.items()}
    route.fulfill(
        status=response.status_code,
        headers=headers | {"content-type": response.content_type or ""},
        body=str(response.body),
    )
