"""The canvas that every part of a picture is painted on, and the noise that they are all made of."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.floating[Any]]  # float32, but for a few short ones
Colour = tuple[float, float, float]  # red, green, blue: 0 to 1, as a screen shows them
Random = np.random.Generator

REFERENCE_SIDE = 1024  # a length of 1 is the side of a square picture of this many pixels


@dataclass(frozen=True)
class Canvas:
    """A picture in the making: one plane per colour, which numpy works through much faster than pixel by pixel.

    Lengths are in units of the picture's side (the geometric mean of its two), so that one seed gives one composition
    at every size.
    """

    planes: Array  # (3, height, width), 0 to 1

    @classmethod
    def blank(cls, width: int, height: int) -> "Canvas":
        return cls(np.zeros((3, height, width), np.float32))

    @cached_property
    def height(self) -> int:
        return int(self.planes.shape[1])

    @cached_property
    def width(self) -> int:
        return int(self.planes.shape[2])

    @cached_property
    def side(self) -> float:
        """Pixels in a length of 1."""
        return float(np.sqrt(self.height * self.width))

    @cached_property
    def x(self) -> Array:
        """Where the columns are, (width,)."""
        return ((np.arange(self.width) + 0.5) / self.side).astype(np.float32)

    @cached_property
    def y(self) -> Array:
        """Where the rows are, (height,)."""
        return ((np.arange(self.height) + 0.5) / self.side).astype(np.float32)

    @property
    def right(self) -> float:
        return self.width / self.side

    @property
    def bottom(self) -> float:
        return self.height / self.side

    def row(self, y: float) -> int:
        """The row at this height, inside the picture."""
        return int(np.clip(round(y * self.side), 0, self.height))

    def height_at(self, crest: Array, x: float) -> float:
        """How high a crest line, given by columns, is at `x`."""
        return float(crest[int(np.clip(x * self.side, 0, self.width - 1))])

    def blend(self, rows: slice, alpha: Array | float, colour: "Colour | Array") -> None:
        """Paint over some rows: `alpha` (rows, width) or what broadcasts to it, `colour` one or (3, rows, width)."""
        for channel in range(3):
            plane = self.planes[channel, rows]
            plane += alpha * (colour[channel] - plane)

    def add_light(self, rows: slice, strength: Array, colour: Colour) -> None:
        """Brighten some rows as light does: what is bright already stays below white."""
        for channel in range(3):
            plane = self.planes[channel, rows]
            plane += strength * colour[channel] * (1 - plane)


def smoothstep(low: float, high: float, value: Any) -> Any:
    """0 below `low`, 1 above `high`, and a soft way between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """From `a` (t=0) to `b` (t=1)."""
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


def gradient(stops: "tuple[Colour, ...] | list[Colour]", t: Array) -> Array:
    """The colours along evenly spaced stops at `t` (0 to 1): (3, *t.shape)."""
    at = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(t, at, [stop[channel] for stop in stops]).astype(np.float32) for channel in range(3)])


def line_noise(
    random: Random, x: Array, cells: float, octaves: int, *, rough: float = 0.5, soft: bool = False
) -> Array:
    """A fractal line over `x`, about -1 to 1: `cells` bumps in a length of 1, angular like rock, or soft like hills."""
    random = np.random.default_rng(random.integers(1 << 62))  # so that more octaves change nothing else in the picture
    total = np.zeros_like(x)
    weight, weights = 1.0, 0.0
    for _ in range(octaves):
        at = x * cells + random.random() * 7
        knots = random.uniform(-1, 1, int(at[-1]) + 3).astype(np.float32)
        cell = at.astype(np.int32)
        t = at - cell
        if soft:
            t = t * t * (3 - 2 * t)
        total += weight * (knots[cell] + t * (knots[cell + 1] - knots[cell]))
        weights += weight * weight
        weight *= rough
        cells *= 2.03
    return total / np.float32(np.sqrt(weights))


def cloud_noise(random: Random, size: int, decay: float, stretch: float = 1.0) -> Array:
    """A square of fractal noise that tiles, mean 0 and deviation 1; `stretch` > 1 draws it out along x.

    Made in the frequency domain: white noise whose amplitude falls as frequency to the power of -decay.
    """
    falling = _spectrum(size, decay, stretch)
    white = random.standard_normal((2, *falling.shape), dtype=np.float32)
    field = np.fft.irfft2((white[0] + 1j * white[1]) * falling, (size, size))
    return ((field - field.mean()) / (field.std() + 1e-9)).astype(np.float32)


@cache
def _spectrum(size: int, decay: float, stretch: float) -> Array:
    fy = np.fft.fftfreq(size)[:, None] * size
    fx = np.fft.rfftfreq(size)[None, :] * size
    frequency = np.hypot(fy, fx * stretch)
    frequency[0, 0] = np.inf
    return (frequency**-decay).astype(np.float32)


def enlarge(small: Array, width: int, height: int) -> Array:
    """A soft field at full size."""
    image = Image.fromarray(np.ascontiguousarray(small)).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image, dtype=np.float32)


def sample(texture: Array, u: Array, v: Array) -> Array:
    """A tiling texture at any points, softly between its own."""
    size = texture.shape[0]
    column, row = np.floor(u), np.floor(v)
    fu, fv = u - column, v - row
    c0, r0 = column.astype(np.int32) % size, row.astype(np.int32) % size
    c1, r1 = (c0 + 1) % size, (r0 + 1) % size
    top = texture[r0, c0] * (1 - fu) + texture[r0, c1] * fu
    return np.asarray(top * (1 - fv) + (texture[r1, c0] * (1 - fu) + texture[r1, c1] * fu) * fv, np.float32)


def scatter(canvas: Canvas, x: Array, y: Array, radius: Array, strength: Array, colour: Array) -> None:
    """Soft dots of light: places and radii in lengths, strengths 0 to 1, colours (3, count)."""
    for dot in range(len(x)):
        size = float(radius[dot]) * canvas.side
        reach = max(1, int(2.2 * size + 0.5))
        column, row = int(x[dot] * canvas.side), int(y[dot] * canvas.side)
        if not (reach <= column < canvas.width - reach and reach <= row < canvas.height - reach):
            continue
        blob = strength[dot] * _blob(reach, round(size, 1))
        spot = canvas.planes[:, row - reach : row + reach + 1, column - reach : column + reach + 1]
        spot += blob * colour[:, dot, None, None] * (1 - spot)


@cache
def _blob(reach: int, size: float) -> Array:
    offsets = np.arange(-reach, reach + 1)
    return np.exp(-(offsets[:, None] ** 2 + offsets[None, :] ** 2) / (2 * size * size + 0.1)).astype(np.float32)
