"""Woods: ridges with conifers on them, lone broad-leaved trees, palms, and grass in the foreground."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from local.emulator.painting.canvas import Array, Canvas, Colour, Random, line_noise, smoothstep

FINE = 2  # outlines are drawn this many times larger and scaled down, which smooths their edges
Point = tuple[float, float]
Draw = Callable[[ImageDraw.ImageDraw, float], None]  # draws with a pen, at so many pixels to a length of 1


def paint_outlines(canvas: Canvas, top: float, bottom: float, draw: Draw, colour: Colour | Array) -> None:
    """Fill what `draw` outlines between two heights; it draws with y counted from `top`."""
    rows = slice(canvas.row(top), canvas.row(bottom))
    height = rows.stop - rows.start
    if height < 1:
        return
    drawn = Image.new("L", (canvas.width * FINE, height * FINE))
    draw(ImageDraw.Draw(drawn), canvas.side * FINE)
    canvas.blend(rows, np.asarray(drawn.reduce(FINE), dtype=np.float32) / 255, colour)


def paint_woods(
    canvas: Canvas,
    random: Random,
    crest: Array,
    bottom: float,
    tall: float,
    *,
    colour: Colour,
    haze: Colour,
    mist: float,
) -> None:
    """A ridge with conifers of about `tall`, drowning in mist toward its foot."""
    top = max(0.0, float(crest.min()) - 1.75 * tall)
    rows = slice(canvas.row(top), canvas.row(bottom))
    if rows.stop <= rows.start:
        return
    top = rows.start / canvas.side  # the pen's zero is a row's upper edge
    groves = line_noise(random, canvas.x, 4.5, 3, soft=True)
    count = int(canvas.right / (tall * 0.17)) + 2
    places = (np.arange(count) + random.uniform(-0.5, 0.5, count)) * canvas.right / (count - 1)
    sizes = random.uniform(0.5, 1.0, count) ** 1.2
    shapes = random.uniform(-1, 1, (count, 16))

    columns = np.clip(places * canvas.side, 0, canvas.width - 1).astype(np.int32)
    heights = tall * sizes * np.clip(0.75 + 0.6 * groves[columns], 0.25, 1.35)
    feet = np.stack([places, crest[columns] - top + 0.09 * heights])  # the trunk stands in the ground
    tiers = int(np.clip(tall * canvas.side / 5, 1, 8))
    trees = conifers(feet, heights, shapes, tiers)

    def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
        ground = (np.stack([canvas.x[::4], crest[::4] - top], axis=1) * scale).ravel().tolist()
        right, low = canvas.right * scale + 2, (bottom - top) * scale + 2
        pen.polygon([*ground, right, ground[-1], right, low, -2, low, -2, ground[1]], fill=255)
        for tree in (trees * scale).reshape(count, -1).tolist():
            pen.polygon(tree, fill=255)

    depth = canvas.y[rows][:, None] - crest[None, :] + tall
    foot = mist * smoothstep(0.3 * tall, tall + max(bottom - float(crest.mean()), 0.01), depth)
    paint_outlines(canvas, top, bottom, draw, np.stack([colour[c] + (haze[c] - colour[c]) * foot for c in range(3)]))


def conifers(feet: Array, heights: Array, shapes: Array, tiers: int) -> Array:
    """Outlines of spruces, (count, points, 2): tiers of boughs that widen downwards, none like the other."""
    x, y = feet
    half = heights * (0.17 + 0.035 * shapes[:, 0])
    left: list[tuple[Array, Array]] = []
    right: list[tuple[Array, Array]] = []
    for tier in range(tiers):
        share = (tier + 1) / tiers
        bough = y - heights * (1 - share * 0.93)
        for side, edge in ((-1, left), (1, right)):
            reach = side * half * share**0.9 * (1 + 0.28 * shapes[:, (2 * tier + side) % 16])
            edge.append((x + reach, bough + heights * 0.018))
            edge.append((x + reach * 0.46, bough - heights * 0.012))
    trunk = half * 0.12
    outline = [(x, y - heights), *right, (x + trunk, y), (x - trunk, y), *reversed(left)]
    return np.stack([np.stack(point, axis=-1) for point in outline], axis=1)


def paint_tree(canvas: Canvas, random: Random, x: float, y: float, tall: float, colour: Colour) -> None:
    """A lone broad-leaved tree: boughs that fork, and a crown of many small clouds of leaves."""
    top = canvas.row(y - tall * 1.3) / canvas.side
    tips: list[tuple[float, float, float]] = []
    boughs: list[tuple[Point, Point, float]] = []

    def grow(at: Point, angle: float, length: float, thick: float) -> None:
        end = (at[0] + np.cos(angle) * length, at[1] - np.sin(angle) * length)
        boughs.append((at, end, thick))
        if length < tall * 0.075:
            tips.append((end[0], end[1], tall * random.uniform(0.045, 0.095)))
            return
        for spread in (-1, 1):
            grow(end, angle + spread * random.uniform(0.22, 0.52), length * random.uniform(0.66, 0.82), thick * 0.66)

    grow((x, y + 0.01), np.pi / 2 + random.uniform(-0.12, 0.12), tall * 0.30, tall * 0.05)

    def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
        for (x0, y0), (x1, y1), thick in boughs:
            ends = [(x0 * scale, (y0 - top) * scale), (x1 * scale, (y1 - top) * scale)]
            pen.line(ends, fill=255, width=max(1, round(thick * scale)))
        for px, py, radius in tips:
            for _ in range(3):
                cx, cy = px + random.normal() * radius * 0.6, py + random.normal() * radius * 0.45
                r = radius * random.uniform(0.35, 0.8)
                box = [(cx - r) * scale, (cy - r * 0.8 - top) * scale, (cx + r) * scale, (cy + r * 0.8 - top) * scale]
                pen.ellipse(box, fill=255)

    paint_outlines(canvas, top, y + 0.02, draw, colour)


def paint_palm(canvas: Canvas, random: Random, x: float, y: float, tall: float, colour: Colour) -> None:
    """A palm: a leaning trunk, and leaves that hang in bows."""
    top = canvas.row(y - tall * 1.4) / canvas.side
    lean = random.uniform(-0.45, 0.45) * tall
    crown = (x + lean, y - tall)
    leaves = [
        (angle + random.uniform(-0.2, 0.2), random.uniform(0.36, 0.52) * tall)
        for angle in np.linspace(-0.35, np.pi + 0.35, 9)
    ]

    def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
        def at(px: float, py: float) -> Point:
            return px * scale, (py - top) * scale

        trunk = [(x + lean * t * t, y + 0.01 - tall * t, tall * (0.026 - 0.012 * t)) for t in np.linspace(0, 1.01, 14)]
        pen.polygon(
            [at(px - w, py) for px, py, w in trunk] + [at(px + w, py) for px, py, w in reversed(trunk)], fill=255
        )
        for angle, length in leaves:
            spine = [
                (
                    crown[0] + np.cos(angle) * length * t,
                    crown[1] - np.sin(angle) * length * t * (1 - 0.35 * t) + length * 0.62 * t * t,
                )
                for t in np.linspace(0, 1, 12)
            ]
            for step, (px, py) in enumerate(spine):
                hang = length * 0.30 * np.sin(np.pi * (step + 0.6) / 12.2)
                pen.polygon(
                    [
                        at(px - 0.035 * length, py),
                        at(px + 0.035 * length, py),
                        at(px + 0.06 * length * np.cos(angle), py + hang),
                    ],
                    fill=255,
                )
            pen.line([at(*point) for point in spine], fill=255, width=max(1, int(0.012 * tall * scale)))

    paint_outlines(canvas, top, y + 0.02, draw, colour)


def paint_grass(canvas: Canvas, random: Random, crest: Array, tall: float, colour: Colour) -> None:
    """Blades that stand up from a crest, in tufts."""
    top = canvas.row(float(crest.min()) - 1.5 * tall) / canvas.side
    count = int(canvas.right * 520)
    places = random.random(count) * canvas.right
    tufts = np.clip(0.55 + 0.7 * line_noise(random, canvas.x, 9, 3, soft=True), 0.12, 1.4)
    leans, sizes = random.normal(0.15, 0.35, count), random.uniform(0.35, 1, count)

    columns = np.minimum(places * canvas.side, canvas.width - 1).astype(np.int32)
    high = tall * sizes * tufts[columns]
    feet = crest[columns] + 0.004 - top
    half = np.full(count, 0.0011)
    blades = np.stack([places - half, feet, places + leans * high, feet - high, places + half, feet], axis=1)

    def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
        for blade in (blades * scale).tolist():
            pen.polygon(blade, fill=255)

    paint_outlines(canvas, top, float(crest.max()) + 0.02, draw, colour)


def paint_birds(canvas: Canvas, random: Random, y: float, colour: Colour) -> None:
    """A small flock far away: each bird two bent strokes."""
    x, count = random.uniform(0.25, 0.75) * canvas.right, int(random.integers(3, 10))
    places = [
        (x + random.normal() * 0.055, y + random.normal() * 0.028, random.uniform(0.006, 0.013)) for _ in range(count)
    ]
    beats = random.uniform(-0.25, 0.7, count)
    top = canvas.row(max(0.0, y - 0.15)) / canvas.side

    def draw(pen: ImageDraw.ImageDraw, scale: float) -> None:
        for (bx, by, span), beat in zip(places, beats, strict=True):
            for side in (-1, 1):
                joint = (bx + side * span * 0.45, by - span * (0.28 + 0.3 * beat))
                tip = (bx + side * span, by - span * beat * 0.5)
                wing = [(bx, by), joint, tip, (joint[0], joint[1] + span * 0.17), (bx, by + span * 0.17)]
                pen.polygon([(px * scale, (py - top) * scale) for px, py in wing], fill=255)

    paint_outlines(canvas, top, y + 0.15, draw, colour)
