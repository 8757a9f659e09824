"""The queue of hints: a message names a request, the table says what there is to do."""

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from sasha.core.request import GenerationRequest

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_DELAY_S = 900
logger = logging.getLogger("sasha")


@dataclass(frozen=True)
class SQSQueue:
    """Implements core.ports.Queue."""

    client: "SQSClient"
    url: str

    def hint(self, request: GenerationRequest, delay_s: int = 0) -> bool:
        # The group makes the queue fair: one account's flood does not keep the others waiting.
        return self._send({"request_id": request.id}, min(delay_s, LONGEST_DELAY_S), MessageGroupId=request.account)

    def ask_provider_check(self) -> bool:
        return self._send({"check": "provider"}, 0)

    def _send(self, message: dict[str, str], delay_s: int, **more: Any) -> bool:
        try:
            self.client.send_message(QueueUrl=self.url, MessageBody=json.dumps(message), DelaySeconds=delay_s, **more)
        except (BotoCoreError, ClientError):
            logger.warning("A hint could not be sent; the sweeper will find the request", exc_info=True)
            return False
        return True
