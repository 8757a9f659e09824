"""The page's files as they are served: with which type, and how long who may keep them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

# A file keeps its name when it changes. So browsers ask each time whether it has; CloudFront, which is told of every
# change, answers them for a day by itself.
CACHE_CONTROL = "public, max-age=0, must-revalidate, s-maxage=86400"
INDEX = "index.html"
# They name the other files, and so come after them.
LAST = ("sw.js", INDEX)
# Written out because the mimetypes module asks the machine, and machines differ about .js.
CONTENT_TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".mts": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ts": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    "": "text/plain; charset=utf-8",  # a LICENSE
}


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file of the page; its name is its path from the page's folder, without a leading slash."""

    name: str
    content: bytes

    @property
    def content_type(self) -> str:
        return content_type(self.name)


def content_type(name: str) -> str:
    """The media type of a file, by its name's ending."""
    return CONTENT_TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


def page_files(folder: Path) -> list[PageFile]:
    """Every file of a folder, those that name others last. What editors and systems leave there begins with a dot."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    files = [PageFile(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]
    return sorted(files, key=_place)


def is_last(file: PageFile) -> bool:
    """Whether a file names others."""
    return file.name in LAST


def _place(file: PageFile) -> int:
    order: Sequence[str] = LAST
    return order.index(file.name) if is_last(file) else -1
