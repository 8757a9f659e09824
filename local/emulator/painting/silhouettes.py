"""Silhouettes: figures of closed outlines, drawn in the colours of the picture."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from local.emulator.painting.canvas import Array, Canvas, Colour

Point = tuple[float, float]
Tone = Literal["body", "pale", "dark", "glow"]
FINE = 3  # silhouettes are drawn this many times larger and scaled down, which smooths their edges


@dataclass(frozen=True)
class Part:
    """One closed outline, filled with one tone. A point that comes twice in a row is a corner."""

    tone: Tone
    points: tuple[Point, ...]

    @cached_property
    def curve(self) -> Array:
        """The rounded way through the points (Catmull-Rom), (count, 2)."""
        points = np.array(self.points, dtype=np.float32)
        before, start, end, after = (np.roll(points, shift, axis=0)[:, None, :] for shift in (1, 0, -1, -2))
        t = np.arange(0, 1, 0.125, dtype=np.float32)[None, :, None]
        way = 2 * start + (end - before) * t + (2 * before - 5 * start + 4 * end - after) * t**2
        way += (3 * start - before - 3 * end + after) * t**3
        corners = (start == end).all(axis=(1, 2))
        return np.asarray(way[~corners] / 2).reshape(-1, 2)


def outline(tone: Tone, text: str) -> Part:
    """A part from its points as text: "x,y x,y …", a star before each that is a corner."""
    points: list[Point] = []
    for word in text.split():
        x, y = word.removeprefix("*").split(",")
        points += [(float(x), float(y))] * (2 if word.startswith("*") else 1)
    return Part(tone, tuple(points))


@dataclass(frozen=True)
class Figure:
    """`height` of the picture's side; `tint` colours the body a little, where the creature is known by its colour."""

    parts: tuple[Part, ...]
    height: float
    tint: Colour | None = None
    on: Literal["ground", "water", "sky"] = "ground"


def paint_figure(
    canvas: Canvas, figure: Figure, x: float, y: float, tones: dict[Tone, Colour], *, mirror: bool, size: float = 1.0
) -> None:
    """Stand the figure on the point (x, y)."""
    scale = figure.height * size * canvas.side
    side = int(scale * 3) + 4
    left, top = round(x * canvas.side) - side // 2, round(y * canvas.side) - int(scale * 1.6)
    rows = slice(max(top, 0), min(top + 2 * int(scale), canvas.height))
    columns = slice(max(left, 0), min(left + side, canvas.width))
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return
    for part in figure.parts:
        drawn = Image.new("L", (side * FINE, 2 * int(scale) * FINE))
        turned = part.curve * (-scale if mirror else scale, -scale) + (side / 2, int(scale * 1.6))
        points = (turned * FINE).ravel().tolist()
        ImageDraw.Draw(drawn).polygon(points, fill=255)
        mask = np.asarray(drawn.reduce(FINE), dtype=np.float32) / 255
        mask = mask[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        _fill(canvas, rows, columns, mask, tones[part.tone])


def _fill(canvas: Canvas, rows: slice, columns: slice, mask: Array, colour: Colour) -> None:
    for channel in range(3):
        plane = canvas.planes[channel, rows, columns]
        plane += mask * (colour[channel] - plane)
