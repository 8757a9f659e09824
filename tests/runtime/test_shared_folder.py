"""What one process of a test run has built, the others take."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runtime.shared_folder import shared_folder


def test_the_folder_is_filled_once_for_all_who_are_in_it(tmp_path: Path) -> None:
    with shared_folder(tmp_path / "shared", _write), shared_folder(tmp_path / "shared", _fail) as folder:
        assert (folder / "what").read_text(encoding="utf-8") == "filled"


def test_who_comes_while_it_is_being_filled_waits(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def fill_slowly(folder: Path) -> None:
        begun.set()
        go_on.wait(10)
        _write(folder)

    seen: list[str] = []
    first = threading.Thread(target=_enter, args=(tmp_path / "shared", fill_slowly, seen))
    second = threading.Thread(target=_enter, args=(tmp_path / "shared", _write, seen))
    first.start()
    begun.wait(10)
    second.start()
    second.join(0.1)
    assert (second.is_alive(), seen) == (True, [])
    go_on.set()
    first.join(10)
    second.join(10)
    assert seen == ["filled", "filled"]


def test_the_last_to_leave_deletes_it(tmp_path: Path) -> None:
    with shared_folder(tmp_path / "shared", _write) as folder:
        with shared_folder(tmp_path / "shared", _fail):
            pass
        assert folder.exists()

    assert not folder.exists()


def test_what_could_not_be_filled_is_filled_by_the_next(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no room"), shared_folder(tmp_path / "shared", _fail):
        pass

    with shared_folder(tmp_path / "shared", _write) as folder:
        assert (folder / "what").exists()


def _write(folder: Path) -> None:
    (folder / "what").write_text("filled", encoding="utf-8")


def _fail(_folder: Path) -> None:
    raise OSError("no room")


def _enter(folder: Path, fill: Callable[[Path], None], seen: list[str]) -> None:
    with shared_folder(folder, fill) as entered:
        seen.append((entered / "what").read_text(encoding="utf-8"))
