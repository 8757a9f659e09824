"""A city: rows of towers, hazier the further away, with lit windows."""

import numpy as np
from PIL import Image, ImageDraw

from local.emulator.painting.canvas import Canvas, Random, mix, smoothstep
from local.emulator.painting.land import distance_colour
from local.emulator.painting.palettes import Mood

FINE = 2


def paint_city(canvas: Canvas, random: Random, mood: Mood, ground: float, tall: float, rows_of_towers: int = 4) -> None:
    """Towers of up to `tall` that stand on `ground`."""
    centre = random.uniform(0.3, 0.7) * canvas.right
    for row in range(rows_of_towers):
        nearness = 0.18 + 0.72 * row / max(rows_of_towers - 1, 1)
        high = tall * (1.0 - 0.17 * row)
        _paint_row(canvas, random, mood, ground, high, nearness=nearness, centre=centre)


def _paint_row(
    canvas: Canvas, random: Random, mood: Mood, ground: float, tall: float, *, nearness: float, centre: float
) -> None:
    first, last = canvas.row(ground - tall * 1.35), canvas.row(ground)
    top, height = first / canvas.side, last - first
    towers = Image.new("L", (canvas.width * FINE, height * FINE))
    windows = Image.new("L", towers.size)
    pen, lamp = ImageDraw.Draw(towers), ImageDraw.Draw(windows)
    scale = canvas.side * FINE
    x = -0.03
    while x < canvas.right:
        wide = random.uniform(0.028, 0.072) * (0.7 + 0.5 * nearness)
        middle = np.exp(-(((x - centre) / (0.30 * canvas.right)) ** 2))
        high = tall * (0.18 + 0.34 * random.random() + 0.48 * middle * random.random() ** 0.8)
        left, right, foot = x * scale, (x + wide) * scale, (ground - top) * scale
        _draw_tower(pen, random, left, right, foot, high * scale)
        _light_windows(lamp, random, left, right, foot, high * scale, side=canvas.side)
        x += wide * random.uniform(0.72, 1.25)

    cover = np.asarray(towers.reduce(FINE), dtype=np.float32) / 255
    rows = slice(first, last)
    y = canvas.y[rows][:, None]
    colour, haze = distance_colour(mood, nearness), distance_colour(mood, nearness * 0.3)
    foot = (0.75 - 0.45 * nearness) * smoothstep(ground - tall * 0.75, ground, y)
    canvas.blend(rows, cover, np.stack([colour[c] + (haze[c] - colour[c]) * foot for c in range(3)]))
    darkness = 1 - sum(mood.sky[2]) / 3
    lit = np.asarray(windows.reduce(FINE), dtype=np.float32) / 255 * cover
    canvas.blend(
        rows, lit * (0.25 + 0.75 * darkness) * (0.35 + 0.55 * nearness), mix((1.0, 0.78, 0.42), mood.light, 0.35)
    )


def _draw_tower(
    pen: ImageDraw.ImageDraw, random: Random, left: float, right: float, ground: float, high: float
) -> None:
    wide, top = right - left, ground - high
    pen.rectangle((left, top, right, ground + 2), fill=255)
    kind = random.random()
    if kind < 0.22:  # set back twice
        pen.rectangle((left + wide * 0.18, top - wide * 0.35, right - wide * 0.18, top), fill=255)
        pen.rectangle((left + wide * 0.34, top - wide * 0.7, right - wide * 0.34, top), fill=255)
    elif kind < 0.36:  # a slanted roof
        pen.polygon([(left, top), (right, top), (right, top - wide * random.uniform(0.3, 0.7))], fill=255)
    elif kind < 0.48:  # a spire
        pen.polygon(
            [(left + wide * 0.2, top), (right - wide * 0.2, top), ((left + right) / 2, top - wide * 1.5)], fill=255
        )
    elif kind < 0.66:  # a mast
        middle = left + wide * random.uniform(0.3, 0.7)
        pen.rectangle(
            (middle - wide * 0.02, top - wide * random.uniform(0.5, 1.1), middle + wide * 0.02, top), fill=255
        )


def _light_windows(
    lamp: ImageDraw.ImageDraw, random: Random, left: float, right: float, ground: float, high: float, *, side: float
) -> None:
    """A grid of panes, some of them lit, in runs, as floors are."""
    pane = FINE * max(1.6, side * 0.0042)
    columns = np.arange(left + pane, right - pane * 1.2, pane * 1.7)
    floors = np.arange(ground - high + pane * 1.5, ground - pane, pane * 1.9)
    if not (columns.size and floors.size):
        return
    mood = random.uniform(0.12, 0.45)
    lit = random.random((floors.size, columns.size)) < mood * random.uniform(0.3, 1.6, (floors.size, 1))
    strength = random.integers(120, 255, lit.shape)
    for floor, column in np.argwhere(lit):
        x, y = float(columns[column]), float(floors[floor])
        lamp.rectangle((x, y, x + pane * 0.8, y + pane * 0.95), fill=int(strength[floor, column]))
