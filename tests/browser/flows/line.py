"""The line between the page and the API: what is lost on it, what answers in the API's place, how long is waited."""

import re
from typing import Any, Literal

from playwright.sync_api import Page, Response, Route

from tests.browser.flows.visit import Visit

SUBMIT = "**/v2/BigDug-Sasha"
TIME_LIMIT_MS = 20_000
MODEL = "**/v1/models/BigDug-Sasha"
PORTAL: dict[str, Any] = {
    "body": "<!doctype html><title>Sign in</title><h1>The hotel's network</h1>",
    "content_type": "text/html",
}
# Chromium's own time limit goes by a clock of its own; this one goes by the page's, which a test can put forward.
TIME_LIMITS_BY_THE_PAGES_CLOCK = """
AbortSignal.timeout = (ms) => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new DOMException("signal timed out", "TimeoutError")), ms);
  return controller.signal;
};
"""


def held(page: Page, address: str) -> list[Route]:
    """The next request there gets no answer. It is the list's only one, once it has been sent."""
    routes: list[Route] = []

    def keep(route: Route) -> None:
        routes.append(route)

    page.route(address, keep, times=1)
    return routes


class Line:
    """The line between the page and the API, as far as requests for pictures go."""

    def __init__(self, visitor: Visit) -> None:
        self.keys: list[str] = []  # the Idempotency-Key of each that was sent
        self.answers: list[dict[str, Any]] = []  # what the server said to each that it got
        self._page = visitor.page

    def loses(self, what: Literal["requests", "answers"], times: int = 1) -> None:
        """The first so many `requests` or `answers` are lost; all others arrive."""

        def carry(route: Route) -> None:
            self.keys.append(route.request.headers["idempotency-key"])
            lost = len(self.keys) <= times
            if lost and what == "requests":
                route.abort()
                return
            answer = route.fetch()
            self.answers.append({**answer.json(), "replayed": answer.headers.get("idempotent-replayed")})
            if lost:
                route.abort()
            else:
                route.fulfill(response=answer)

        self._page.route(SUBMIT, carry)


class TooLate:
    """Every presigned URL that is told from now on is one that S3 refuses, as it does with those that are too old."""

    def __init__(self, visitor: Visit) -> None:
        self.refused: list[int] = []
        visitor.page.context.route("**/v2/requests/*", self._tell)
        visitor.page.context.on("response", self._note)

    def _tell(self, route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        for image in told.get("images", []):
            image["url"] = re.sub("Signature=[0-9a-f]{64}", f"Signature={64 * '0'}", image["url"])
        route.fulfill(response=answer, json=told)

    def _note(self, response: Response) -> None:
        if "/outputs/" in response.url and response.status >= 400:
            self.refused.append(response.status)
