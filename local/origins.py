"""What stands behind the local CloudFront: the page's files and the pictures' bucket."""

from __future__ import annotations

import http.client
from pathlib import Path
from urllib.parse import unquote

from local.messages import Answer, Request
from local.presigned import S3Refusal
from sasha.publishing.files import CACHE_CONTROL, content_type

_HOP_BY_HOP = ("connection", "date", "keep-alive", "server", "transfer-encoding")


class SiteFiles:
    """The page's files, straight from the working tree: an edit shows on reload."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def respond(self, request: Request) -> Answer:
        path = (self._folder / unquote(request.path).lstrip("/")).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            missing = S3Refusal(404, "NoSuchKey", "The specified key does not exist.")
            return Answer(404, (("content-type", "application/xml"),), missing.xml())
        headers = (("content-type", content_type(path.name)), ("cache-control", CACHE_CONTROL))
        return Answer(200, headers, path.read_bytes())


class BucketOrigin:
    """A bucket's regional host, which is path-style here: moto's address and the bucket's name before the path.

    The `Host` that the signature covers is moto's own, as CloudFront sends the origin's.
    """

    def __init__(self, address: str, bucket: str) -> None:
        self._address = address
        self._bucket = bucket

    def respond(self, request: Request) -> Answer:
        connection = http.client.HTTPConnection(self._address, timeout=30)
        target = f"/{self._bucket}{request.path}" + (f"?{request.query}" if request.query else "")
        try:
            connection.request(request.method, target, headers=dict(request.headers))
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        headers = tuple((name, value) for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP)
        return Answer(response.status, headers, body)
