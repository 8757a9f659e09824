"""What every function does around its handler: a log that holds no secret, and metrics in it."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from sasha.discretion import DiscreetFormatter
from sasha.metrics import metrics

Handler = Callable[[dict[str, Any], LambdaContext], Any]

_formatter = DiscreetFormatter(service="sasha")
# Every module logs to the logger of this name.
logger = Logger(service="sasha", logger_formatter=_formatter)


class CallFailed(Exception):
    """What Lambda learns of an exception. Its text would be logged as it is."""


def watched(handler: Handler, plain: type[Exception] | tuple[()] = ()) -> Handler:
    """The handler of a Lambda function, with what it measured and why it failed in its log.

    `plain` is an exception whose text holds nothing that was sent to us, so that Lambda may have it.
    """

    @wraps(handler)
    def discreet(event: dict[str, Any], context: LambdaContext) -> Any:
        try:
            return handler(event, context)
        except plain:
            raise
        except Exception:
            logger.exception("A call failed")
            raise CallFailed("see the line of the log before this one") from None

    # What libraries log goes through the handler of the runtime.
    for other in logging.getLogger().handlers:
        other.setFormatter(_formatter)
    # The event is never logged, whatever an environment variable says.
    watching: Handler = logger.inject_lambda_context(metrics.log_metrics(discreet), log_event=False)
    return watching
