"""Notes each record that it is given as an object in the outputs bucket."""

import json
import os
from typing import Any

import boto3

_s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> None:
    for record in event["Records"]:
        if record["body"] == "fail":
            raise RuntimeError("this message is never done")
        note = json.dumps({"record": record, "left_ms": context.get_remaining_time_in_millis()})
        _s3.put_object(Bucket=os.environ["OUTPUTS_BUCKET"], Key=f"outputs/{record['messageId']}", Body=note.encode())
