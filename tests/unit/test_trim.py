"""What is shipped: the functions' modules with their bytecode, and nothing that no function uses."""

import importlib.util
import marshal
from pathlib import Path

import pytest

from deploy.trim import trim, unused

CODE = "def double(number):\n    return 2 * number\n"
HEADER_BYTES = 16  # PEP 552
IS_HASHED, IS_CHECKED = 0b01, 0b10


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(CODE if name.endswith(".py") else "")


def held(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "name",
    [
        "requirements.in",
        "requirements.txt",
        "bin/httpx",
        "pydantic_core/_pydantic_core.pyi",
        "PIL/_avif.pyi",
        "PIL/py.typed",
        "certifi/tests/__init__.py",
        "certifi/tests/stub.pyi",
        "PIL/_imagingft.cpython-313-aarch64-linux-gnu.so",
        "pillow.libs/libavif-c6062d5f.so.16.4.2",
    ],
)
def test_what_no_function_uses_is_taken_out(tmp_path: Path, name: str) -> None:
    put(tmp_path, name)
    trim(tmp_path)
    assert held(tmp_path) == set()


def test_what_the_functions_need_stays(tmp_path: Path) -> None:
    needed = (
        "sasha/api.py",
        "PIL/_imaging.cpython-313-aarch64-linux-gnu.so",
        "PIL/_webp.cpython-313-aarch64-linux-gnu.so",
        "pillow.libs/libjpeg-6dc8d115.so.62.4.0",
        "pydantic-2.14.3.dist-info/METADATA",
    )
    put(tmp_path, *needed)
    trim(tmp_path)
    assert held(tmp_path) >= set(needed)


def test_every_module_has_bytecode_that_is_believed_whatever_its_files_time(tmp_path: Path) -> None:
    put(tmp_path, "sasha/api.py", "six.py")

    trim(tmp_path)

    for module in tmp_path.glob("**/*.py"):
        compiled = Path(importlib.util.cache_from_source(str(module)))
        flags = int.from_bytes(compiled.read_bytes()[4:8], "little")
        assert flags & IS_HASHED
        assert not flags & IS_CHECKED


def test_its_tracebacks_name_the_file_as_it_lies_in_lambda(tmp_path: Path) -> None:
    put(tmp_path, "sasha/api.py")

    trim(tmp_path)

    compiled = Path(importlib.util.cache_from_source(str(tmp_path / "sasha" / "api.py"))).read_bytes()
    assert marshal.loads(compiled[HEADER_BYTES:]).co_filename == "/var/task/sasha/api.py"  # noqa: S302 just compiled


def test_trimming_again_changes_nothing(tmp_path: Path) -> None:
    put(tmp_path, "sasha/api.py", "certifi/tests/__init__.py")
    trim(tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in held(tmp_path)}

    trim(tmp_path)

    assert {name: (tmp_path / name).read_bytes() for name in held(tmp_path)} == before
    assert unused(tmp_path) == set()


def test_a_module_that_cannot_be_compiled_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def (")
    with pytest.raises(RuntimeError, match="cannot be compiled"):
        trim(tmp_path)
