"""The land: mountains with faces and snow, hills, dunes, each layer hazier the further away it is."""

import numpy as np

from local.emulator.painting.canvas import (
    Array,
    Canvas,
    Colour,
    Random,
    cloud_noise,
    enlarge,
    line_noise,
    mix,
    smoothstep,
)
from local.emulator.painting.palettes import Mood
from local.emulator.painting.sky import Light


def distance_colour(mood: Mood, nearness: float) -> Colour:
    """Aerial perspective: the haze of the horizon far away, the mood's darkest close by."""
    if nearness < 0.5:
        return mix(mix(mood.far, mood.sky[-1], 0.35), mood.far, nearness * 2)
    return mix(mood.far, mood.near, (nearness - 0.5) * 2)


def haze_of(mood: Mood) -> Colour:
    """The colour of fog: the horizon's, a little earthier."""
    return mix(mood.sky[-1], mood.far, 0.18)


def crest_mask(canvas: Canvas, crest: Array, bottom: float) -> tuple[slice, Array, Array]:
    """Below a crest line: the rows concerned, how much of each pixel is covered, and the depth below the crest."""
    rows = slice(canvas.row(float(crest.min()) - 2 / canvas.side), canvas.row(bottom))
    depth: Array = canvas.y[rows][:, None] - crest[None, :]
    cover: Array = np.clip(depth * canvas.side + 0.5, 0, 1)
    return rows, cover, depth


def paint_layer(canvas: Canvas, crest: Array, bottom: float, colour: Colour, haze: Colour, *, mist: float) -> None:
    """One layer of flat colour that drowns in mist toward its foot."""
    rows, cover, depth = crest_mask(canvas, crest, bottom)
    if not depth.size:
        return
    foot = mist * smoothstep(0.0, max(bottom - float(crest.min()), 0.02), depth)
    painted = np.stack([colour[channel] + (haze[channel] - colour[channel]) * foot for channel in range(3)])
    canvas.blend(rows, cover, painted)


def peaks(random: Random, x: Array, base: float, height: float, detail: int) -> Array:
    """A mountain range that stands on `base`: summits with hollow flanks, one of them `height` high, broken like rock.

    The lower a range is, the more summits it has, so that slopes are about as steep in every one.
    """
    apart = 0.16 + 0.62 * height
    count = int(float(x[-1]) / apart) + 3
    places = (np.arange(count) - 0.8 + random.uniform(-0.34, 0.34, count)) * apart
    tops = random.uniform(0.42, 0.88, count)
    tops[random.integers(1, count - 1)] = 1.0
    bent = x + 0.010 * line_noise(random, x, 8, 3)
    rise = np.zeros_like(x)
    for place, top in zip(places, tops, strict=True):
        flank = np.clip(1 - np.abs(bent - place) / (apart * random.uniform(0.95, 1.5) * (0.55 + 0.45 * top)), 0, None)
        rise = np.maximum(rise, top * flank ** random.uniform(1.2, 1.75))
    rise += 0.10 * line_noise(random, x, 1.1 / apart, 3, rough=0.55)
    rise += 0.075 * line_noise(random, x, 3.2 / apart, detail, rough=0.56)
    crest: Array = (base - height * np.clip(rise + 0.04, -0.02, None)).astype(np.float32)
    return crest


def hills(random: Random, x: Array, base: float, height: float, cells: float = 2.2) -> Array:
    """A soft crest around `base`."""
    crest: Array = base - height * line_noise(random, x, cells, 4, rough=0.42, soft=True)
    return crest


def paint_mountains(
    canvas: Canvas, random: Random, mood: Mood, light: Light, crest: Array, *, bottom: float, nearness: float
) -> None:
    """Mountains with a lit and a shaded side, and snow that holds on to the upper and flatter parts.

    A face is lit by the slope of the crest above it, looked up a little aside: the further down, the more it wanders.
    So the edges run down from the peaks, zigzag, as they do on a real mountain.
    """
    rows, cover, depth = crest_mask(canvas, crest, bottom)
    if not depth.size:
        return
    # The faces are painted at half the size: their edges are soft, the crest above them stays sharp.
    below = np.clip(depth[::2, ::2], 0, None)
    height, width = below.shape
    columns = np.arange(0, canvas.width, 2)
    wander = _texture(random, 1.45, height, width, canvas)
    rock = _texture(random, 1.95, height, width, canvas, stretch=0.62)
    emboss = np.zeros_like(rock)
    emboss[:, 1:] = rock[:, 1:] - rock[:, :-1]

    window = max(3, int(canvas.side * 0.016))
    padded = np.pad(crest, window, mode="edge")
    slope = (padded[2 * window :] - padded[: -2 * window]) * canvas.side / (2 * window)
    aside = (0.006 + 0.20 * below) * wander * canvas.side * 0.5
    looked_up = np.clip(columns[None, :] + aside, 0, canvas.width - 1).astype(np.int32)
    toward = 1.0 if light.x > float(canvas.x.mean()) else -1.0
    relief = toward * (1.9 * slope[looked_up] - emboss * canvas.side / 2 * 0.034)
    lit = 0.5 + 0.5 * np.tanh(relief * 1.6)

    base = distance_colour(mood, nearness)
    haze = distance_colour(mood, nearness * 0.35)
    shade, bright = mix(base, mood.near, 0.30), mix(base, mood.light, 0.25)
    snow_shade, snow_bright = mix(mix(base, mood.sky[1], 0.45), (1, 1, 1), 0.22), mix(mood.light, base, 0.12)
    line = 0.02 + 0.20 * mood.snow + 0.03 * wander - below * 0.8 - 0.045 * np.abs(relief)
    snow = smoothstep(-0.008, 0.014, line) * min(1.0, mood.snow * 2.5)
    foot = 0.94 * smoothstep(0.01, max(bottom - float(crest.min()), 0.05) * 0.9, below)
    painted = []
    for channel in range(3):
        stone = shade[channel] + (bright[channel] - shade[channel]) * lit
        white = snow_shade[channel] + (snow_bright[channel] - snow_shade[channel]) * lit
        colour = stone + (white - stone) * snow
        painted.append(enlarge(colour + (haze[channel] - colour) * foot, canvas.width, depth.shape[0]))
    canvas.blend(rows, cover, np.stack(painted))


def _texture(random: Random, decay: float, height: int, width: int, canvas: Canvas, stretch: float = 1.0) -> Array:
    """Rock's own unevenness, for a part of the canvas of this many half-size pixels."""
    noise = cloud_noise(random, 256, decay, stretch)
    share = 512 / canvas.side
    return enlarge(noise[: max(2, int(height * share)), : max(2, min(256, int(width * share)))], width, height)


def paint_fog(canvas: Canvas, random: Random, colour: Colour, y: float, thickness: float, strength: float) -> None:
    """A bank of fog: long, torn, densest at `y`."""
    rows = slice(canvas.row(y - 2.2 * thickness), canvas.row(y + 2.2 * thickness))
    height = rows.stop - rows.start
    if height < 2:
        return
    noise = cloud_noise(random, 128, 1.7, stretch=0.22)
    torn = enlarge(noise[: max(2, int(128 * height / canvas.side))], canvas.width, height)
    bank = np.exp(-(((canvas.y[rows] - y) / thickness) ** 2))[:, None]
    canvas.blend(rows, np.clip(bank * (0.62 + 0.42 * torn), 0, 1) * strength, colour)


def paint_dune(
    canvas: Canvas, random: Random, mood: Mood, light: Light, base: float, *, height: float, nearness: float
) -> Array:
    """One dune across the picture: a knife-sharp crest, a lit side and a shaded one, wind ripples. Its crest line."""
    x = canvas.x
    place = random.uniform(0.12, 0.88) * canvas.right
    away = (x - place) * (1.0 if light.x > place else -1.0)  # > 0 on the side of the light
    profile = np.where(away < 0, np.exp(-(np.abs(away / 0.26) ** 1.5)), np.exp(-(np.abs(away / 0.40) ** 1.35)))
    crest = (base - height * profile - 0.016 * line_noise(random, x, 1.7, 3, rough=0.38, soft=True)).astype(np.float32)
    rows, cover, depth = crest_mask(canvas, crest, canvas.bottom)
    if not depth.size:
        return crest
    below = np.clip(canvas.y[rows][:, None] - float(crest.min()), 0, None)
    # The sharp edge comes down from the summit in a bow; behind it the slip face lies in shade as far as it is steep.
    bow = 0.85 * below + 0.05 * np.sin(below * 16 + random.random() * 6) * np.exp(-below / 0.2)
    bow += 0.005 * line_noise(random, canvas.y[rows], 14, 3, soft=True)[:, None]
    lee = smoothstep(0.003 + below * 0.015, -0.003 - below * 0.015, away[None, :] + bow)
    steep = height * (0.25 + 1.5 * profile) * (1 + 0.25 * line_noise(random, x, 5, 3, soft=True))
    shade = lee * smoothstep(1.15, 0.35, depth / steep[None, :])
    warp = 0.010 * line_noise(random, x, 3, 3, soft=True)[None, :]
    waves = (depth * 1.3 + warp + 0.10 * away[None, :]) * 420 / (0.35 + 2.4 * below + nearness)
    ripple = (0.5 + 0.5 * np.sin(waves)) * float(smoothstep(0.15, 0.6, nearness))
    sand = mix(mood.far, mood.light, 0.36)
    bright = mix(mix(mood.sky[-1], sand, 0.45), sand, nearness)
    dark = mix(mix(mood.sky[-2], mood.far, 0.4), mix(mood.far, mood.near, 0.62), 0.25 + 0.75 * nearness)
    gloom = 0.22 * smoothstep(0.0, 0.30, depth)  # each dune darkens toward its foot, where the next one begins
    tone = (1 - shade * (0.92 - 0.25 * smoothstep(0, 1, depth / steep[None, :]))) * (1 - gloom) - 0.05 * ripple
    canvas.blend(rows, cover, np.stack([dark[c] + (bright[c] - dark[c]) * tone for c in range(3)]))
    return crest
