"""Makes what `sam build` made fit to ship: takes out what no function uses, and puts its modules' bytecode in.

Lambda's file system is read-only: without bytecode in the package, Python compiles every module at each cold start.
"""

import compileall
import py_compile
import shutil
import sys
from pathlib import Path

LAMBDA_FOLDER = "/var/task"
# What packages bring along for others than their callers.
UNUSED = ("requirements.*", "bin", "**/*.pyi", "**/py.typed", "*/tests")
# Pillow reads PNG, JPEG and WebP here. These are for AVIF, text, colour profiles, Tk and arithmetic, and load only when
# asked for; each comes with the libraries that it alone needs.
UNUSED_PILLOW = (
    *(f"PIL/_{name}.*" for name in ("avif", "imagingcms", "imagingft", "imagingmath", "imagingmorph", "imagingtk")),
    *(f"pillow.libs/lib{name}*" for name in ("avif", "brotli", "freetype", "harfbuzz", "lcms2", "png16")),
)


def trim(folder: Path) -> None:
    """A function's folder, in place; trimming it again changes nothing. Raises RuntimeError for a broken module."""
    for path in unused(folder):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    # The files' times are lost in Lambda's zip, so the bytecode is believed as it is.
    is_done = compileall.compile_dir(
        folder,
        quiet=1,
        stripdir=str(folder),
        prependdir=LAMBDA_FOLDER,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not is_done:
        raise RuntimeError(f"a module in {folder} cannot be compiled")


def unused(folder: Path) -> set[Path]:
    """What is in the folder and serves no function."""
    return {path for pattern in (*UNUSED, *UNUSED_PILLOW) for path in folder.glob(pattern)}


if __name__ == "__main__":
    for built in Path(sys.argv[1]).iterdir():
        if built.is_dir():
            trim(built)
