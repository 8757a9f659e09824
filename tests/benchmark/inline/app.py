"""The baseline: what most would write. One function that asks Segmind while its caller waits, and keeps no record.

It takes the same call, checks a key, takes credits, stores the pictures and answers with presigned URLs. It is written
as one would who cares for speed: two narrow clients, one connection to Segmind that is kept, nothing read at its start.
What it lacks is what takes long to think of: whoever asks again pays again, what fails after the charge is not given
back, and what takes longer than the gateway waits is lost.
"""

import base64
import os
from typing import Annotated, Any, Literal
from uuid import uuid4

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import ClientError
from fastapi import FastAPI, Header, HTTPException
from mangum import Mangum
from pydantic import BaseModel, Field

MODEL = "BigDug-Sasha"
PRICE_MICROS = 12_000
URL_LIFETIME_S = 3600
SEGMIND_TIMEOUT_S = 120
Side = Literal[512, 768, 1024]

app = FastAPI()
handler = Mangum(app, lifespan="off")
dynamodb = boto3.client("dynamodb")
s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
segmind = httpx.Client(
    base_url=os.environ["SEGMIND_URL"],
    headers={"x-api-key": os.environ["SEGMIND_API_KEY"]},
    timeout=SEGMIND_TIMEOUT_S,
)


class Wanted(BaseModel):
    """The model page's parameters."""

    prompt: Annotated[str, Field(min_length=1, max_length=4_000)]
    negative_prompt: str | None = None
    scheduler: str = "UniPC"
    num_inference_steps: Annotated[int, Field(ge=20, le=100)] = 20
    guidance_scale: Annotated[float, Field(ge=0.1, le=25)] = 7.5
    samples: Annotated[int, Field(ge=1, le=4)] = 1
    seed: int = 0
    img_width: Side = 1024
    img_height: Side = 1024
    base64: bool = False
    lora_scale: float | None = None


@app.get("/healthz")
def health() -> dict[str, str]:
    """Whether the function answers."""
    return {"status": "ok"}


@app.post(f"/v1/{MODEL}")
def generate(wanted: Wanted, x_api_key: Annotated[str, Header()]) -> dict[str, Any]:
    """Pictures, one after the other, while the caller waits."""
    take_credits(x_api_key, PRICE_MICROS * wanted.samples)
    request_id = str(uuid4())
    images = [make_image(wanted, request_id, index) for index in range(wanted.samples)]
    return {
        "request_id": request_id,
        "status": "COMPLETED",
        "output": images[0]["url"],
        "images": images,
        "seed": wanted.seed,
        "parameters": wanted.model_dump(exclude_none=True),
    }


def take_credits(api_key: str, price_micros: int) -> None:
    """Take the price from the key's credits. Raises HTTPException."""
    try:
        dynamodb.update_item(
            TableName=os.environ["TABLE_NAME"],
            Key={"api_key": {"S": api_key}},
            UpdateExpression="ADD credits_micros :taken",
            ConditionExpression="credits_micros >= :price",
            ExpressionAttributeValues={":taken": {"N": str(-price_micros)}, ":price": {"N": str(price_micros)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        if "Item" in error.response:
            raise HTTPException(406, "Insufficient credits") from None
        raise HTTPException(401, "Unknown API key") from None


def make_image(wanted: Wanted, request_id: str, index: int) -> dict[str, Any]:
    """One picture of Segmind's, stored. Raises HTTPException."""
    seed = wanted.seed + index
    body = {**wanted.model_dump(exclude_none=True), "samples": 1, "seed": seed, "base64": False}
    answer = segmind.post(f"/v1/{MODEL}", json=body)
    if answer.status_code != httpx.codes.OK:
        raise HTTPException(502, f"Segmind answered {answer.status_code}")
    content_type = answer.headers.get("content-type", "image/png")
    bucket, key = os.environ["OUTPUTS_BUCKET"], f"outputs/{request_id}/{index}"
    s3.put_object(Bucket=bucket, Key=key, Body=answer.content, ContentType=content_type)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=URL_LIFETIME_S)
    image = {
        "index": index,
        "url": url,
        "content_type": content_type,
        "file_size": len(answer.content),
        "seed": seed,
    }
    return image | {"base64": base64.b64encode(answer.content).decode()} if wanted.base64 else image
