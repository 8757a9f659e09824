"""The routes: parse, one call into core, answer."""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from sasha.core.account import GUESTS, Account, Guest, PresentedKey
from sasha.core.doorkeeper import Doorkeeper, Sign
from sasha.core.errors import Erased, MissingApiKey
from sasha.core.money import as_number
from sasha.core.parameters import MODEL, GenerationParameters
from sasha.core.ports import ApiPorts
from sasha.core.quota import free_pictures_left, quotas_of
from sasha.core.read import cancel, erase, find, must_not_be_erased, no_picture, wait_for_end
from sasha.core.request import GenerationRequest, Status
from sasha.core.submit import Accepted, submit
from sasha.core.timing import after, iso
from sasha.core.usage import Period
from sasha.web import answers, caller, representation, usage
from sasha.web.answers import json_answer, redirect
from sasha.web.caller import SEND_A_KEY, Gatekeeper, Visit
from sasha.web.description import describe_model, openapi_document
from sasha.web.preferences import LONGEST_WAIT_S, Waiting, idempotency_key, waiting

# Left of the function's own time for the answer itself.
ANSWER_S = 2
# An event that is older than this comes from a file, or from `sam local start-api`, whose timeEpoch is in seconds.
GATEWAYS_PATIENCE = timedelta(seconds=30)
# One spelling for each: an address is permanent.
PICTURE = re.compile(r"0|[1-9][0-9]{0,2}")
logger = logging.getLogger("sasha")
Wanted = Annotated[GenerationParameters, Body()]
Limit = Annotated[int, Query(ge=1, le=100, description="How many to list")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]
Answer = Response[Any]
OnAccepted = Callable[[Accepted], object]


class Routes:
    """One method per route. `app` has the event at hand; what is raised becomes a problem in web/app.py.

    `on_accepted` hears of each request that is taken on.
    """

    def __init__(
        self, app: APIGatewayHttpResolver, ports: ApiPorts, gatekeeper: Gatekeeper, on_accepted: OnAccepted
    ) -> None:
        self._app = app
        self._ports = ports
        self._gatekeeper = gatekeeper
        self._on_accepted = on_accepted
        self._door = Doorkeeper(ports.accounts, ports.clock)
        self._sign = Sign(ports.states, ports.clock)

    def table(self) -> list[tuple[str, str, Any]]:
        """(method, path, route) of all there is."""
        return [
            ("POST", f"/v1/{MODEL}", self.generate),
            ("POST", f"/v2/{MODEL}", self.submit_generation),
            ("GET", "/v2/requests", self.history),
            ("GET", "/v2/requests/<request_id>/status", self.status),
            ("GET", "/v2/requests/<request_id>", self.result),
            ("DELETE", "/v2/requests/<request_id>", self.erase),
            ("POST", "/v2/requests/<request_id>/cancel", self.cancel),
            ("GET", "/v2/requests/<request_id>/images/<index>", self.image),
            ("DELETE", "/v2/requests/<request_id>/images/<index>", self.erase_image),
            ("GET", "/v2/usage", self.usage),
            ("GET", "/v1/get-user-credits", self.credits),
            ("GET", f"/v1/models/{MODEL}", self.model),
            ("GET", "/openapi.json", self.openapi),
            ("GET", "/healthz", self.health),
        ]

    def generate(self, wanted: Wanted) -> Answer:
        """Make pictures, and wait for them as long as an API gateway can"""
        where, now = self._visit(), self._ports.clock.now()
        request, asked, headers = self._submit(wanted, self._presented_key(), now, wait_otherwise_s=LONGEST_WAIT_S)
        as_picture = representation.wants_bytes(self._event.headers)
        try:
            request = wait_for_end(request, self._until(asked), self._ports)
            if not request.is_open:
                return self._told(request, where, headers, as_picture=as_picture)
        except Exception:
            # It was taken on: whatever breaks from here on, the caller must learn its id, and not send it again.
            logger.exception("A request was taken on and could not be told")
        return answers.still_running(request, where, headers, as_picture=as_picture)

    def _told(self, request: GenerationRequest, where: Visit, headers: dict[str, str], *, as_picture: bool) -> Answer:
        payer = self._payer(request)
        headers |= representation.accounting_headers(request, payer)
        if request.status is Status.FAILED:
            return answers.failed(request, headers)
        if as_picture and representation.accepts(self._event.headers, request.images[0].content_type):
            return answers.picture(request, where, self._ports.pictures, headers)
        return json_answer(representation.result(request, where, self._ports.pictures, payer), headers=headers)

    def submit_generation(self, wanted: Wanted) -> Answer:
        """Take a request on, and say at once where to ask for it"""
        where, now = self._visit(), self._ports.clock.now()
        who = self._guest(where, now) or self._presented_key()
        request, asked, headers = self._submit(wanted, who, now, wait_otherwise_s=0)
        body = representation.submitted(request, where)
        if not asked.seconds:
            return json_answer(body, headers=headers)
        try:
            request = wait_for_end(request, self._until(asked), self._ports)
            payer = self._payer(request)
            body |= representation.result(request, where, self._ports.pictures, payer)
            headers |= representation.accounting_headers(request, payer)
        except Exception:
            # As above: it was taken on, and the answer to a submit is enough.
            logger.exception("A request was taken on and could not be told")
            return json_answer(body, headers=headers)
        return json_answer(body, _http_status(request), headers)

    def status(self, request_id: str) -> Answer:
        """How far a request is"""
        self._visit()
        request = self._find(request_id)
        return json_answer(representation.state(request), _http_status(request))

    def result(self, request_id: str) -> Answer:
        """What a request brought, or what there is of it so far"""
        where = self._visit()
        request = must_not_be_erased(self._find(request_id), self._ports)
        headers = {"Retry-After": answers.RETRY_AFTER_S} if request.is_open else {}
        body = representation.result(request, where, self._ports.pictures, self._payer(request))
        return json_answer(body, _http_status(request), headers)

    def image(self, request_id: str, index: str) -> Answer:
        """A picture's permanent address: leads to a fresh URL"""
        where = self._visit()
        request = must_not_be_erased(self._find(request_id), self._ports)
        number = _picture(index)
        if number in request.erased_images:
            raise Erased("This picture was erased, as was asked.")
        image = next((image for image in request.images if image.index == number), None)
        if image is None:
            raise no_picture(index)
        return redirect(where.picture_url(self._ports.pictures.url(request.id, image)))

    def cancel(self, request_id: str) -> Answer:
        """Cancel a request that still waits; it is not charged"""
        self._visit()
        request = self._find(request_id, afresh=True)
        return json_answer(representation.state(cancel(request, self._ports)))

    def erase(self, request_id: str) -> Answer:
        """Erase the pictures, the prompt and the parameters of a request that has ended"""
        self._visit()
        erase(self._find(request_id, afresh=True), self._ports)
        return Response(status_code=HTTPStatus.NO_CONTENT, body="")

    def erase_image(self, request_id: str, index: str) -> Answer:
        """Erase one picture of a request that has ended; with the last one, its prompt and parameters too"""
        self._visit()
        erase(self._find(request_id, afresh=True), self._ports, _picture(index))
        return Response(status_code=HTTPStatus.NO_CONTENT, body="")

    def history(self, limit: Limit = 20, cursor: Cursor = None) -> Answer:
        """The account's own requests, newest first"""
        where, account = self._visit(), self._door.reader(self._presented_key())
        page = self._ports.requests.history(account.id, limit, cursor)
        headers = {}
        if page.next:
            query = urlencode({"limit": limit, "cursor": page.next})
            headers["Link"] = f'<{where.base_url}/v2/requests?{query}>; rel="next"'
        results = [representation.summary(request, where) for request in page.requests]
        return json_answer({"results": results, "next": page.next}, headers=headers)

    def usage(
        self,
        first: usage.FirstDay = None,
        last: usage.LastDay = None,
        limit: usage.EntryLimit = usage.MOST_ENTRIES,
        cursor: usage.EntryCursor = None,
    ) -> Answer:
        """What the account used: pictures, cost and entries by day (UTC), as JSON or, by `Accept`, as CSV"""
        where, account = self._visit(), self._door.reader(self._presented_key())
        period = Period.read(first, last, self._ports.clock.now().date())
        page = self._ports.ledger.page(account.id, period.since, period.until, limit, cursor)
        # With both days said: what is meant without them changes at midnight.
        following = urlencode({"from": period.first, "to": period.last, "limit": limit, "cursor": page.next})
        next_url = f"{where.base_url}/v2/usage?{following}" if page.next else None
        return usage.answer(account.id, period, page, next_url, as_csv=usage.wants_csv(self._event.headers))

    def credits(self) -> Answer:
        """What is left to spend, in dollars; to the page's visitor, how many free pictures of today"""
        now = self._ports.clock.now()
        guest = self._guest(self._visit(), now)
        if guest is None:
            account = self._door.reader(self._presented_key())
            balance = (self._ports.accounts.get(account.id) or account).balance_micros
            return json_answer({"credits": as_number(balance), "free-credits": 0.0})
        quotas = quotas_of(guest, 1, now, self._ports.limits)
        used = self._ports.accounts.standing(guest, [quota.counted.counter for quota in quotas]).used
        own, left = free_pictures_left(quotas, used)
        resets_at = iso(own.counted.ends_at)
        return json_answer({"credits": 0.0, "free-credits": 0.0, "free_images_left": left, "resets_at": resets_at})

    def model(self) -> Answer:
        """The model: its price, its limits, its parameters as JSON Schema; and whether pictures can be made now"""
        self._visit()
        ports = self._ports
        return json_answer(describe_model(ports.terms, ports.limits, ports.site, self._sign.closed()))

    def openapi(self) -> Answer:
        """This description"""
        where = self._visit()
        return json_answer(openapi_document(self._app, where.base_url))

    def health(self) -> Answer:
        """Whether the function answers"""
        return json_answer({"status": "ok"})

    @property
    def _event(self) -> APIGatewayProxyEventV2:
        return self._app.current_event

    def _visit(self) -> Visit:
        return caller.visit(self._event, self._gatekeeper)

    def _presented_key(self) -> PresentedKey:
        key = caller.presented_key(self._event)
        if key is None:
            raise MissingApiKey(SEND_A_KEY)
        return key

    def _guest(self, where: Visit, now: datetime) -> Guest | None:
        """A caller who shows a key is no guest."""
        if caller.presented_key(self._event):
            return None
        return caller.guest(self._event, where, self._gatekeeper, self._ports.limits, now)

    def _find(self, request_id: str, *, afresh: bool = False) -> GenerationRequest:
        """`afresh` looks the key up again, however well it is known."""
        key = caller.presented_key(self._event)
        account = self._door.reader(key, afresh=afresh) if key else None
        return find(request_id, account, self._ports, keyless=caller.says_guest(self._event))

    def _payer(self, request: GenerationRequest) -> Account | None:
        """The account that pays, as it is now; None for a guest's request."""
        return self._ports.accounts.get(request.account) if request.account != GUESTS else None

    def _submit(
        self, wanted: GenerationParameters, who: PresentedKey | Guest, now: datetime, wait_otherwise_s: int
    ) -> tuple[GenerationRequest, Waiting, dict[str, str]]:
        """The request that was taken on, how long its caller will wait, and the headers that tell of both."""
        asked = waiting(self._event.headers, wait_otherwise_s)
        key = idempotency_key(self._event.headers, must_be_uuid=isinstance(who, Guest))
        accepted = submit(wanted, who, key, now, self._ports)
        self._on_accepted(accepted)
        headers = representation.left_headers(accepted, now)
        if accepted.replayed:
            must_not_be_erased(accepted.request, self._ports)
            headers["Idempotent-Replayed"] = "true"
        if asked.applied:
            headers["Preference-Applied"] = asked.applied
        return accepted.request, asked, headers

    def _until(self, asked: Waiting) -> datetime:
        """When to stop waiting: counted from the gateway's own time, since the gateway's patience is what ends."""
        now = self._ports.clock.now()
        received_at = datetime.fromtimestamp(self._event.request_context.time_epoch / 1000, UTC)
        if abs(now - received_at) > GATEWAYS_PATIENCE:
            received_at = now
        left_s = self._app.lambda_context.get_remaining_time_in_millis() / 1000 - ANSWER_S
        return min(after(received_at, asked.seconds), after(now, left_s))


def _picture(index: str) -> int:
    """A picture's number in a path. Raises NotFound for what is none."""
    if not PICTURE.fullmatch(index):
        raise no_picture(index)
    return int(index)


def _http_status(request: GenerationRequest) -> HTTPStatus:
    """A failed request is 422 on every poll, as upstream."""
    return HTTPStatus.UNPROCESSABLE_ENTITY if request.status is Status.FAILED else HTTPStatus.OK
