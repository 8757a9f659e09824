"""The page is put in an order that never shows a page without its files, wherever it breaks off."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from local.functions import ROOT
from sasha.publishing.files import CONTENT_TYPES, LAST, PageFile, page_files
from sasha.publishing.ports import AwsRefused, CannotPublish, PublishingPorts
from sasha.publishing.publish import FORGOTTEN_WITHIN_S, empty, publish


@dataclass
class FakeAws:
    """A bucket, and an edge with copies of some of it. Breaks down at the call of this number, counted from 0."""

    objects: dict[str, bytes] = field(default_factory=dict)
    edge: dict[str, bytes] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    breaks_at: int | None = None
    forgets_after: int = 0

    def put(self, file: PageFile) -> None:
        self._call(f"put {file.name}")
        self.objects[file.name] = file.content

    def names(self, after: str = "") -> list[str]:
        self._call("names")
        return sorted(name for name in self.objects if name > after)[:1000]

    def delete(self, names: Sequence[str]) -> None:
        self._call(f"delete {' '.join(names)}")
        assert 0 < len(names) <= 1000
        for name in names:
            self.objects.pop(name, None)

    def forget(self, reference: str) -> str:
        self._call(f"forget {reference}")
        return reference

    def is_done(self, forgetting: str) -> bool:
        self._call("is done?")
        self.forgets_after -= 1
        if self.forgets_after < 0:
            self.edge = dict(self.objects)
        return self.forgets_after < 0

    def ports(self, slept: list[float] | None = None) -> PublishingPorts:
        sleep = (lambda _: None) if slept is None else slept.append
        return PublishingPorts(self, self, self, lambda _: "", sleep)

    def _call(self, what: str) -> None:
        if self.breaks_at is not None and len(self.calls) >= self.breaks_at:
            raise AwsRefused(f"{what}: SlowDown")
        self.calls.append(what)


def page(version: int, *names: str) -> list[PageFile]:
    """A page whose index.html and sw.js name all others."""
    named = " ".join(names).encode()
    files = [PageFile(name, b"%d" % version) for name in names]
    return [*files, PageFile("sw.js", named), PageFile("index.html", named)]


OLD = page(1, "app/main.js", "app/gone.js", "base.css")
NEW = page(2, "app/main.js", "app/added.js", "base.css")


def contents(files: Sequence[PageFile]) -> dict[str, bytes]:
    return {file.name: file.content for file in files}


def missing(objects: dict[str, bytes]) -> set[str]:
    """What the index and the service worker name and is not there."""
    named = objects.get("index.html", b"").split() + objects.get("sw.js", b"").split()
    return {name.decode() for name in named} - objects.keys()


def broken(before: Sequence[PageFile], after: Sequence[PageFile]) -> Iterator[FakeAws]:
    """Each way in which publishing can break off."""
    whole = FakeAws(contents(before))
    publish(after, "r", whole.ports())
    for at in range(len(whole.calls)):
        aws = FakeAws(contents(before), contents([file for file in before if file.name in LAST]), breaks_at=at)
        with pytest.raises(AwsRefused):
            publish(after, "r", aws.ports())
        yield aws


# ---------------------------------------------------------------------- order --


def test_a_first_deploy_puts_all_files_and_the_index_last() -> None:
    aws = FakeAws()

    assert publish(OLD, "r", aws.ports()) == "5 files published, 0 removed"
    assert aws.objects == contents(OLD)
    assert [call for call in aws.calls if call.startswith("put")][-2:] == ["put sw.js", "put index.html"]


def test_an_update_leaves_what_the_new_page_has_and_nothing_else() -> None:
    aws = FakeAws(contents(OLD))

    assert publish(NEW, "r", aws.ports()) == "5 files published, 1 removed"
    assert aws.objects == contents(NEW)


@pytest.mark.parametrize(("before", "after"), [([], OLD), (OLD, NEW), (NEW, OLD)], ids=["first", "update", "back"])
def test_wherever_it_breaks_off_the_page_names_nothing_that_is_not_there(
    before: list[PageFile], after: list[PageFile]
) -> None:
    for aws in broken(before, after):
        assert missing(aws.objects) == set(), aws.calls
        assert missing({**aws.objects, **aws.edge}) == set(), aws.calls


def test_wherever_it_breaks_off_another_try_completes_it() -> None:
    for aws in broken(OLD, NEW):
        aws.breaks_at = None
        publish(NEW, "r", aws.ports())
        assert aws.objects == contents(NEW)


def test_wherever_it_breaks_off_going_back_restores_the_page_of_before() -> None:
    for aws in broken(OLD, NEW):
        aws.breaks_at = None
        publish(OLD, "r", aws.ports())
        assert aws.objects == contents(OLD)


def test_what_is_gone_goes_when_no_edge_has_the_page_that_named_it() -> None:
    aws = FakeAws(contents(OLD), contents(OLD), forgets_after=3)

    publish(NEW, "request-1", aws.ports())

    after_puts = [call for call in aws.calls if not call.startswith(("put", "names"))]
    assert after_puts == ["forget request-1", *["is done?"] * 4, "delete app/gone.js"]


def test_a_slow_edge_is_not_waited_for_for_ever() -> None:
    aws, slept = FakeAws(contents(OLD), forgets_after=10_000), list[float]()

    publish(NEW, "r", aws.ports(slept))

    assert (sum(slept), aws.objects) == (FORGOTTEN_WITHIN_S, contents(NEW))


def test_after_a_failure_no_other_file_is_begun() -> None:
    begun: list[str] = []

    class FirstFails(FakeAws):
        def put(self, file: PageFile) -> None:
            begun.append(file.name)
            if file.name == "file000":
                raise AwsRefused("PutObject of file000: AccessDenied")
            time.sleep(0.05)

    with pytest.raises(AwsRefused, match="file000"):
        publish(page(1, *(f"file{n:03}" for n in range(1000))), "r", FirstFails().ports())
    assert "index.html" not in begun
    assert len(begun) < 1000


def test_a_layer_without_an_index_changes_nothing() -> None:
    aws = FakeAws(contents(OLD))

    with pytest.raises(CannotPublish, match=r"no index\.html"):
        publish([], "r", aws.ports())
    assert (aws.calls, aws.objects) == ([], contents(OLD))


def test_thousands_of_files_that_are_gone_are_removed() -> None:
    aws = FakeAws({f"old{n:04}": b"" for n in range(2500)})

    publish(NEW, "r", aws.ports())

    assert aws.objects == contents(NEW)
    assert sum(call.startswith("delete") for call in aws.calls) == 3


def test_a_bucket_is_emptied_whatever_it_holds() -> None:
    aws = FakeAws({f"outputs/{n:04}/0": b"" for n in range(2500)})

    assert (empty(aws), aws.objects) == (2500, {})


# ---------------------------------------------------------------------- files --


def test_a_folder_is_read_with_its_folders_and_those_that_name_others_last(tmp_path: Path) -> None:
    for name in ("index.html", "sw.js", "z.css", "app/main.js", ".DS_Store", "app/.main.js.swp", ".well-known/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)

    files = page_files(tmp_path)

    assert [file.name for file in files] == [".well-known/x.txt", "app/main.js", "z.css", "sw.js", "index.html"]
    assert all(file.content == file.name.encode() for file in files)


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert page_files(tmp_path / "nowhere") == []


def test_every_file_of_the_page_has_a_type_of_its_own() -> None:
    files = page_files(ROOT / "frontend")

    assert {Path(file.name).suffix for file in files} <= CONTENT_TYPES.keys()
    assert files[-1].name == "index.html"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("app/main.js", "text/javascript; charset=utf-8"),
        ("vendor/signals-core.mjs", "text/javascript; charset=utf-8"),
        ("styles/base.css", "text/css; charset=utf-8"),
        ("favicon.svg", "image/svg+xml"),
        ("FAVICON.ICO", "image/x-icon"),
        ("example.avif", "image/avif"),
        ("example.png", "image/png"),
        ("app.webmanifest", "application/manifest+json"),
        ("vendor/manifest.json", "application/json"),
        ("robots.txt", "text/plain; charset=utf-8"),
        ("vendor/idb/LICENSE", "text/plain; charset=utf-8"),
        ("vendor/idb/index.d.ts", "text/plain; charset=utf-8"),
        ("film.unknown", "application/octet-stream"),
    ],
)
def test_a_file_is_served_as_what_it_is(name: str, content_type: str) -> None:
    assert PageFile(name, b"").content_type == content_type
