"""Whether bytes are a whole picture: decoded to the last pixel before anything is stored."""

import io

from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401 (importing registers the formats)

FORMATS = ("PNG", "JPEG", "WEBP")
# Segmind's largest is 1024 × 1024; far above that it is no answer to what was asked.
MAX_PIXELS = 4096 * 4096


class NotAPicture(Exception):
    """The bytes are no whole PNG, JPEG or WebP."""


def check_picture(content: bytes) -> tuple[str, int, int]:
    """(content type, width, height) of a whole picture. Raises NotAPicture."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise NotAPicture(f"a picture of {picture.width} × {picture.height} pixels")
            picture.load()
            return Image.MIME[picture.format or ""], picture.width, picture.height
    except NotAPicture:
        raise
    except Exception as error:
        # Pillow's decoders raise OSError, ValueError, SyntaxError and more on broken bytes.
        raise NotAPicture(f"no whole picture ({type(error).__name__})") from error
