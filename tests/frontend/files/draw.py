"""Draws the files beside this one, with Pillow, as other programs would have written them: `python draw.py`."""

from pathlib import Path

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

HERE = Path(__file__).parent
A1111 = """a red fox in the snow, (morning light:1.2), café
Negative prompt: blurry, text
Steps: 30, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 965400086, Size: 832x1216, \
Model hash: 31e35c80fc, Model: "a model, with a comma", Clip skip: 2, Version: v1.10.1"""
ARABIC = A1111.replace("a red fox in the snow", "ثعلب أحمر في الثلج 🦊 雪の中の狐")
USER_COMMENT, EXIF_IFD, ORIENTATION = 0x9286, 0x8769, 0x0112
XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'>a camera</x:xmpmeta>"


def fox(mode: str = "RGB", size: tuple[int, int] = (20, 14)) -> Image.Image:
    """Nothing of a fox, but every pixel differs."""
    picture = Image.new("RGB", size)
    picture.putdata([(x * 12, y * 18, (x * y) % 256) for y in range(size[1]) for x in range(size[0])])
    return picture.convert(mode)


def with_text(text: str, **how: bool) -> PngInfo:
    info = PngInfo()
    info.add_text("Software", "a painter")
    info.add_text("parameters", text, **how)
    return info


def with_comment(value: bytes, orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    if orientation != 1:
        exif[ORIENTATION] = orientation
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = value
    return exif


def draw() -> None:
    fox().save(HERE / "plain.png")
    fox("P").save(HERE / "palette.png", transparency=3, dpi=(72, 72))
    fox().save(HERE / "a1111.png", pnginfo=with_text(A1111))
    fox().save(HERE / "a1111-packed.png", pnginfo=with_text(A1111, zip=True))
    fox().save(HERE / "a1111-arabic.png", pnginfo=with_text(ARABIC))
    packed = PngInfo()
    packed.add_itxt("parameters", ARABIC, zip=True)
    fox().save(HERE / "a1111-arabic-packed.png", pnginfo=packed)
    comfy = PngInfo()
    comfy.add_text("prompt", '{"3": {"class_type": "KSampler"}}')
    comfy.add_text("workflow", '{"nodes": []}')
    fox().save(HERE / "comfyui.png", pnginfo=comfy)

    fox().save(HERE / "plain.jpg")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    fox().save(
        HERE / "camera.jpg",
        progressive=True,
        icc_profile=profile,
        xmp=XMP,
        comment="a note",
        exif=with_comment(b"ASCII\0\0\0taken in the garden", orientation=6),
    )
    fox("CMYK").save(HERE / "print.jpg")
    fox().save(HERE / "a1111.jpg", exif=with_comment(b"UNICODE\0" + ARABIC.encode("utf-16-be")))
    fox().save(HERE / "a1111-little.jpg", exif=with_comment(b"UNICODE\0" + ARABIC.encode("utf-16-le")))
    fox().save(HERE / "a1111-ascii.jpg", exif=with_comment(b"ASCII\0\0\0" + A1111.replace("é", "e").encode()))
    fox().save(HERE / "a1111-undefined.jpg", exif=with_comment(b"\0" * 8 + ARABIC.encode()))

    fox().save(HERE / "lossy.webp")
    fox("RGBA").save(HERE / "lossless.webp", lossless=True, exact=True)
    fox().save(HERE / "a1111.webp", xmp=XMP, exif=with_comment(b"UNICODE\0" + ARABIC.encode("utf-16-be")))
    steps = [fox().rotate(quarter * 90) for quarter in range(3)]
    steps[0].save(HERE / "moving.webp", save_all=True, append_images=steps[1:], duration=80)


if __name__ == "__main__":
    draw()
