"""What publishing the page needs of the world. adapters/site.py implements it.

CannotPublish       what CloudFormation, and so the stack's owner, is told
├─ AwsRefused       a call to AWS failed; what was worth repeating was repeated
└─ OutOfTime        the function might be killed before another call had ended
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sasha.publishing.files import PageFile


class CannotPublish(Exception):
    """Something could not be done; the text says what, and names no secret."""


class AwsRefused(CannotPublish):
    """AWS has not done what it was asked to."""


class OutOfTime(CannotPublish):
    """There is no time for another call. Whatever is done may be done again, so another try goes on from there."""


class Bucket(Protocol):
    """One of the stack's buckets. All of these raise AwsRefused and OutOfTime."""

    def put(self, file: PageFile) -> None:
        """Store a file under its name, with its type and the page's Cache-Control."""

    def names(self, after: str = "") -> list[str]:
        """At most a thousand names, in their order, behind this one. A bucket that is gone has none."""

    def delete(self, names: Sequence[str]) -> None:
        """Delete at most a thousand; what is not there counts as deleted."""


class Cache(Protocol):
    """CloudFront's copies of the page. Both raise AwsRefused and OutOfTime."""

    def forget(self, reference: str) -> str:
        """Have all copies forgotten, once for each reference. Returns what `is_done` takes."""

    def is_done(self, forgetting: str) -> bool:
        """Whether every edge has forgotten."""


@dataclass(frozen=True)
class PublishingPorts:
    """`stack_status` tells how a stack of this id is, in CloudFormation's words; it raises AwsRefused and OutOfTime."""

    site: Bucket
    outputs: Bucket
    cache: Cache
    stack_status: Callable[[str], str]
    sleep: Callable[[float], None]
