"""The API as one function of event and context: routes, and every error as a problem."""

import logging
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.typing import LambdaContext

from sasha.core.errors import Code, InvalidParameters, MethodNotAllowed, NotFound, SashaError
from sasha.core.parameters import MODEL
from sasha.core.ports import ApiPorts
from sasha.web.body import faults, must_be_json, read_object
from sasha.web.caller import Gatekeeper
from sasha.web.problems import problem, problem_of
from sasha.web.routes import OnAccepted, Routes

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
SUBMITS = (f"/v1/{MODEL}", f"/v2/{MODEL}")
logger = logging.getLogger("sasha")

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


def create_api(ports: ApiPorts, gatekeeper: Gatekeeper, on_accepted: OnAccepted = lambda _: None) -> Handler:
    """The handler of API Gateway's events (payload 2.0). The gatekeeper tells who came through CloudFront.

    `on_accepted` hears of each request that is taken on.
    """
    app = APIGatewayHttpResolver(enable_validation=True, json_body_deserializer=read_object)
    _add_routes(app, Routes(app, ports, gatekeeper, on_accepted))
    _add_problems(app, ports.site.get_key_url)

    def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        try:
            if is_submit(event):
                must_be_json(APIGatewayProxyEventV2(event))
                # Powertools knows this media type in one spelling only.
                event = {**event, "headers": {**event["headers"], "content-type": "application/json"}}
            answer = app.resolve(event, context)
        except SashaError as error:
            refusal = problem_of(error)
            answer = {"statusCode": refusal.status_code, "headers": {**refusal.headers}, "body": refusal.body}
        answer["headers"] = {"Cache-Control": "no-store", **answer["headers"]}
        return answer

    return handle


def is_submit(event: dict[str, Any]) -> bool:
    """Whether the event asks for pictures."""
    return event["requestContext"]["http"]["method"] == "POST" and event["rawPath"] in SUBMITS


def _add_routes(app: APIGatewayHttpResolver, routes: Routes) -> None:
    table = routes.table()
    for method, path, route in table:
        app.route(path, method, summary=route.__doc__)(route)
    for path in {path for _, path, _ in table}:
        allowed = tuple(method for method, its_path, _ in table if its_path == path)
        others = [method for method in METHODS if method not in allowed]
        app.route(path, others, include_in_schema=False, enable_validation=False)(_refuse_method(app, allowed))


def _refuse_method(app: APIGatewayHttpResolver, allowed: tuple[str, ...]) -> Callable[..., None]:
    def refuse(**_: str) -> None:
        raise MethodNotAllowed(app.current_event.http_method, allowed)

    return refuse


def _add_problems(app: APIGatewayHttpResolver, get_key_url: str) -> None:
    @app.exception_handler(SashaError)
    def refused(error: SashaError) -> Response[str]:
        return problem_of(error, get_key_url)

    @app.exception_handler(RequestValidationError)
    def invalid(error: RequestValidationError) -> Response[str]:
        return problem_of(InvalidParameters(*faults(error.errors())))

    @app.exception_handler(NotFoundError)
    def unknown(_: NotFoundError) -> Response[str]:
        asked = f"{app.current_event.http_method} {app.current_event.path}"[:200]
        return problem_of(NotFound(f"There is nothing at {asked}; /openapi.json lists what there is."))

    @app.exception_handler(Exception)
    def broken(error: Exception) -> Response[str]:
        reference = app.lambda_context.aws_request_id
        logger.error("A request failed", exc_info=error)
        detail = f"Something broke here; it is on record as {reference}. If it stays, tell the owner of this site."
        return problem(Code.INTERNAL, detail)
