"""The sky: a gradient with the light's glow, clouds, stars, the northern lights, and a sun or a moon."""

from dataclasses import dataclass

import numpy as np

from local.emulator.painting.canvas import (
    Array,
    Canvas,
    Random,
    cloud_noise,
    enlarge,
    gradient,
    line_noise,
    mix,
    sample,
    scatter,
    smoothstep,
)
from local.emulator.painting.palettes import Mood

COARSE = 4  # the sky's soft parts are painted this many times smaller: nobody can tell, and it is 16 times less work


@dataclass(frozen=True)
class Light:
    """Where the sun or the moon stands, and its radius."""

    x: float
    y: float
    radius: float


def paint_sky(canvas: Canvas, random: Random, mood: Mood, light: Light, horizon: float) -> None:
    """Everything above the horizon, and somewhat below it, where the land will come."""
    rows = canvas.row(min(horizon + 0.12, canvas.bottom))
    height, width = max(rows // COARSE, 2), canvas.width // COARSE
    y = ((np.arange(height) + 0.5) * rows / height / canvas.side).astype(np.float32)[:, None]
    x = ((np.arange(width) + 0.5) * COARSE / canvas.side).astype(np.float32)[None, :]

    sky = gradient(mood.sky, np.clip(y / horizon, 0, 1) ** 1.15 + 0 * x)
    if mood.aurora:
        _add_aurora(sky, random, x, y, horizon)
    distance = np.hypot(x - light.x, (y - light.y) * 1.15)
    strength = 0.32 if mood.moon else 0.75
    near, wide = np.exp(-distance / (1.3 * light.radius)), np.exp(-distance / 0.34)
    for channel in range(3):
        sky[channel] += (0.75 * near + 0.38 * wide) * strength * mood.light[channel] * (1 - sky[channel])
    if mood.clouds:
        _add_clouds(sky, random, mood, light, x, y, horizon=horizon)
    for channel in range(3):
        canvas.planes[channel, :rows] = enlarge(sky[channel], canvas.width, rows)
    if mood.stars:
        _add_stars(canvas, random, mood.stars, horizon)
    _add_disc(canvas, random, mood, light)


def _add_clouds(sky: Array, random: Random, mood: Mood, light: Light, x: Array, y: Array, *, horizon: float) -> None:
    """Thin at the horizon and wider above, as a ceiling seen from below; lit at the side of the light."""
    noise = cloud_noise(random, 256, 1.75)
    depth = 1 / (np.clip(horizon - y, 0, None) * 1.6 + 0.16)
    u = (x - light.x) * depth * 46 + int(random.integers(256))
    v = depth * 34 + int(random.integers(256))
    density = sample(noise, u, v)
    toward = sample(noise, u + np.tanh((light.x - x) / 0.2) * 3, v + 3)
    cover = smoothstep(1.35 - 1.25 * mood.clouds, 2.6 - 0.9 * mood.clouds, density)
    cover = cover * smoothstep(horizon + 0.02, horizon - 0.12, y) * 0.85
    distance = np.hypot(x - light.x, y - light.y)
    lit = np.clip(0.55 + 0.35 * (density - toward) + 0.5 * np.exp(-distance / 0.3), 0, 1)
    bright, dark = mix(mood.sky[-1], mood.light, 0.55), mix(mood.sky[1], mood.sky[2], 0.35)
    for channel in range(3):
        colour = dark[channel] + (bright[channel] - dark[channel]) * lit
        sky[channel] += cover * (colour - sky[channel])


def _add_aurora(sky: Array, random: Random, x: Array, y: Array, horizon: float) -> None:
    """Curtains: a sharp lower edge that wanders, rays that fade upwards, green below and violet above."""
    flat = x[0]
    for curtain in range(3):
        edge = horizon * (0.72 - 0.17 * curtain) + 0.11 * line_noise(random, flat, 1.6, 3, soft=True)
        rays = 0.55 + 0.45 * line_noise(random, flat, 26, 3, soft=True)
        veil = np.clip(0.5 + 0.8 * line_noise(random, flat, 1.3, 2, soft=True), 0, 1)
        length = horizon * (0.30 + 0.16 * line_noise(random, flat, 5, 2, soft=True))
        above = edge[None, :] - y
        glow = np.where(above > 0, np.exp(-above / np.clip(length, 0.06, 1)), np.exp(above / 0.012))
        glow = (glow * (rays * veil)[None, :] * (0.95 - 0.2 * curtain)).astype(np.float32)
        height = np.clip(above / (0.5 * horizon), 0, 1)
        for channel, (low, high) in enumerate(zip((0.25, 1.0, 0.62), (0.62, 0.28, 0.85), strict=True)):
            sky[channel] += glow * (low + (high - low) * height) * (1 - sky[channel])


def _add_stars(canvas: Canvas, random: Random, amount: float, horizon: float) -> None:
    """Many faint, few bright; fewer toward the horizon. The bright ones get a soft halo."""
    count, bright = int(900 * amount), int(90 * amount)
    x = (random.random(count) * canvas.right).astype(np.float32)
    y = (random.random(count) ** 1.3 * horizon * 0.99).astype(np.float32)
    tint = random.random(count).astype(np.float32)
    colour = np.stack([0.85 + 0.15 * tint, np.full_like(tint, 0.92), 1 - 0.12 * tint])
    glint = random.random(count).astype(np.float32) ** 2
    faint = slice(bright, None)
    rows, columns = (y[faint] * canvas.side).astype(np.int32), (x[faint] * canvas.side).astype(np.int32)
    seen = (0.12 + 0.5 * glint[faint]) * amount**0.5 * min(1.0, canvas.side / 1024 + 0.15)
    canvas.planes[:, rows, columns] += seen * colour[:, faint] * (1 - canvas.planes[:, rows, columns])
    glow = glint[:bright]
    scatter(canvas, x[:bright], y[:bright], (0.6 + glow) / 1024, (0.55 + 0.45 * glow) * amount**0.5, colour[:, :bright])


def _add_disc(canvas: Canvas, random: Random, mood: Mood, light: Light) -> None:
    """The sun as a soft disc; the moon with its seas, and sometimes a crescent."""
    margin = light.radius * 1.2
    rows = slice(canvas.row(light.y - margin), canvas.row(light.y + margin))
    y, x = canvas.y[rows][:, None], canvas.x[None, :]
    if not y.size:
        return
    edge = 1.2 / canvas.side
    disc = smoothstep(light.radius + edge, light.radius - edge, np.hypot(x - light.x, y - light.y))
    if not mood.moon:
        canvas.blend(rows, disc * 0.96, mix(mood.light, (1, 1, 1), 0.35))
        return
    seas = cloud_noise(random, 64, 1.6)
    grain = sample(seas, (x - light.x) / light.radius * 11 + 0 * y, (y - light.y) / light.radius * 11 + 0 * x)
    phase = random.uniform(-1.6, 1.6)
    if abs(phase) < 1.05:  # a crescent: the disc without a second one that is moved aside
        away = light.radius * (0.45 + 0.5 * abs(phase)) * (1 if phase > 0 else -1)
        dark = np.hypot(x - light.x - away, y - light.y + abs(away) * 0.35)
        disc = disc * smoothstep(light.radius * 0.95, light.radius * 1.08, dark)
    shade = np.clip(1 - 0.10 * np.clip(grain, 0, 2), 0, 1)
    canvas.blend(rows, disc * 0.97, np.stack([shade * channel for channel in mood.light]))
