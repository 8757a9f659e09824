"""Putting the page where CloudFront finds it, so that nobody is served a page that names files which are not there.

The files that others name come first, index.html last. What is gone goes when no edge has the page that named it.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from sasha.publishing.files import INDEX, PageFile, is_last
from sasha.publishing.ports import Bucket, CannotPublish, PublishingPorts

# While old and new files lie side by side a visitor may get some of each: put side by side, it is a second or two.
AT_ONCE = 8
LOOK_EVERY_S = 2.0
# CloudFront usually takes some seconds. After so many, what is gone goes all the same.
FORGOTTEN_WITHIN_S = 180
DELETED_AT_ONCE = 1000  # S3's most


def publish(page: Sequence[PageFile], reference: str, ports: PublishingPorts) -> str:
    """Make the site's bucket hold these files and nothing else; returns in words what was done.

    Raises CannotPublish. It can then be called again, with these files or with those of before.
    """
    if INDEX not in {file.name for file in page}:
        raise CannotPublish(f"The page has no {INDEX}: nothing was changed")
    _side_by_side(ports.site.put, [file for file in page if not is_last(file)])
    for file in page:
        if is_last(file):
            ports.site.put(file)
    _forget_copies(reference, ports)
    names = {file.name for file in page}
    gone = [name for name in _all_names(ports.site) if name not in names]
    for at in range(0, len(gone), DELETED_AT_ONCE):
        ports.site.delete(gone[at : at + DELETED_AT_ONCE])
    return f"{len(page)} files published, {len(gone)} removed"


def empty(bucket: Bucket) -> int:
    """Delete all that a bucket holds; returns how much it was. Raises CannotPublish, and can be called again then."""
    deleted = 0
    while names := bucket.names():
        bucket.delete(names)
        deleted += len(names)
    return deleted


def _forget_copies(reference: str, ports: PublishingPorts) -> None:
    forgetting = ports.cache.forget(reference)
    for _ in range(int(FORGOTTEN_WITHIN_S / LOOK_EVERY_S)):
        if ports.cache.is_done(forgetting):
            return
        ports.sleep(LOOK_EVERY_S)


def _side_by_side(put: Callable[[PageFile], None], files: Sequence[PageFile]) -> None:
    """Put all of them. After a failure none is begun any more, and those that were are waited for."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for putting in [pool.submit(put, file) for file in files]:
                putting.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _all_names(bucket: Bucket) -> Iterator[str]:
    after = ""
    while names := bucket.names(after):
        yield from names
        after = names[-1]
