"""The pictures, in a private bucket, under a key that depends only on request and index."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import ValidationError

from sasha.core.ports import Picture, PresignedUrl
from sasha.core.request import StoredImage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# What is known of a picture rides with it, so that it can be delivered though its worker died.
METADATA = "image"
logger = logging.getLogger("sasha")


@dataclass(frozen=True)
class S3Pictures:
    """Implements core.ports.Pictures.

    `credentials_expire_at` tells when the function's own credentials end, where that is known: a presigned URL dies
    with the credentials that signed it.
    """

    client: "S3Client"
    bucket: str
    url_lifetime_s: int
    now: Callable[[], datetime]
    credentials_expire_at: Callable[[], datetime | None]

    def put(self, request_id: str, index: int, picture: Picture) -> StoredImage:
        image = StoredImage(
            index=index,
            content_type=picture.content_type,
            file_size=len(picture.content),
            width=picture.width,
            height=picture.height,
            seed=picture.seed,
            generation_time_s=picture.generation_time_s,
        )
        self.client.put_object(
            Bucket=self.bucket,
            Key=_key(request_id, index),
            Body=picture.content,
            ContentType=image.content_type,
            ContentDisposition=f'inline; filename="{image.file_name}"',
            CacheControl="private, max-age=86400, immutable",
            Metadata={METADATA: image.model_dump_json()},
        )
        return image

    def stored(self, request_id: str) -> list[StoredImage]:
        # Asking for a missing key would be answered 403 without the right to list, so list.
        listed = self.client.list_objects_v2(Bucket=self.bucket, Prefix=_key(request_id, ""))
        found = (self._described(one["Key"], one["Size"]) for one in listed.get("Contents", []))
        return [image for image in found if image is not None]

    def _described(self, key: str, size: int) -> StoredImage | None:
        """What the object says of itself; None for an empty one, or one that is not a worker's."""
        if size == 0:
            logger.warning("A picture in the bucket is empty", extra={"key": key})
            return None
        metadata = self.client.head_object(Bucket=self.bucket, Key=key)["Metadata"]
        try:
            return StoredImage.model_validate_json(metadata.get(METADATA, ""))
        except ValidationError:
            logger.warning("An object in the bucket is no picture of ours", extra={"key": key})
            return None

    def read(self, request_id: str, image: StoredImage) -> bytes:
        return self.client.get_object(Bucket=self.bucket, Key=_key(request_id, image.index))["Body"].read()

    def erase(self, request_id: str, indices: Iterable[int]) -> None:
        keys = [{"Key": _key(request_id, index)} for index in indices]
        answer = self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": keys, "Quiet": True})  # type: ignore[typeddict-item]
        if answer.get("Errors"):
            raise OSError(f"S3 kept {len(answer['Errors'])} of {len(keys)} objects")

    def url(self, request_id: str, image: StoredImage) -> PresignedUrl:
        key = _key(request_id, image.index)
        url = self.client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=self.url_lifetime_s
        )
        expires_at = self.now() + timedelta(seconds=self.url_lifetime_s)
        session_ends_at = self.credentials_expire_at()
        if session_ends_at is not None:
            expires_at = min(expires_at, session_ends_at)
        return PresignedUrl(url, f"/{key}?{urlsplit(url).query}", expires_at)


def _key(request_id: str, index: int | str) -> str:
    return f"outputs/{request_id}/{index}"
