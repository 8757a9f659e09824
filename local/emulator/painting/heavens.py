"""What is seen in the air beside sky and clouds: beams of light, snowfall, nebulae, planets."""

import numpy as np

from local.emulator.painting.canvas import Canvas, Random, cloud_noise, enlarge, mix, sample, scatter, smoothstep
from local.emulator.painting.palettes import Mood
from local.emulator.painting.sky import Light


def paint_light_shafts(canvas: Canvas, random: Random, mood: Mood, light: Light) -> None:
    """Beams that fan out from the light, strongest in the middle of the picture."""
    y, x = canvas.y[::4][:, None], canvas.x[::4][None, :]
    angle = np.arctan2(x - light.x, np.abs(y - light.y) + 0.12)
    texture = cloud_noise(random, 256, 0.9)
    beams = sample(texture, angle * 34 + 128, np.full_like(angle, 7.0))
    fall = np.exp(-np.hypot(x - light.x, y - light.y) / 0.5) * smoothstep(light.y - 0.05, light.y + 0.2, y)
    strength = enlarge((np.clip(beams, 0, 2.5) * fall * 0.20).astype(np.float32), canvas.width, canvas.height)
    canvas.add_light(slice(None), strength, mood.light)


def paint_snowfall(canvas: Canvas, random: Random) -> None:
    """Flakes: most far away and small, a few close and blurred."""
    count = 260
    x, y = (
        random.random(count).astype(np.float32) * canvas.right,
        random.random(count).astype(np.float32) * canvas.bottom,
    )
    near = random.random(count).astype(np.float32) ** 4
    scatter(canvas, x, y, (0.9 + 3.4 * near) / 1024, 0.75 - 0.35 * near, np.ones((3, count), np.float32))


def paint_nebula(canvas: Canvas, random: Random, mood: Mood, horizon: float) -> None:
    """A glowing band of gas across the sky."""
    rows = canvas.row(horizon)
    band = cloud_noise(random, 256, 1.55)
    slant, offset = random.uniform(-0.7, 0.7), random.uniform(0.15, 0.5)
    y, x = (
        np.linspace(0, horizon, 256, dtype=np.float32)[:, None],
        np.linspace(0, canvas.right, 256, dtype=np.float32)[None, :],
    )
    across = (y - offset - slant * (x - canvas.right / 2)) / 0.2
    glow = np.exp(-((across + 0.35 * band) ** 2)) * np.clip(0.5 + 0.34 * band, 0, 1.4)
    for strength, colour in ((glow * 0.55, mood.sky[-1]), (glow**2 * np.clip(band, 0, 2) * 0.3, mood.light)):
        canvas.add_light(slice(0, rows), enlarge(strength.astype(np.float32), canvas.width, rows), colour)


def paint_planet(canvas: Canvas, random: Random, mood: Mood, light: Light, horizon: float) -> None:
    """A banded giant with a lit limb, and rings that pass before and behind it."""
    radius = random.uniform(0.10, 0.20)
    cx = canvas.right - light.x + random.uniform(-0.1, 0.1)
    cy = horizon * random.uniform(0.38, 0.62)
    tilt, flat = random.uniform(-0.5, 0.5), random.uniform(0.16, 0.30)
    reach = 2.35 * radius
    rows = slice(canvas.row(cy - reach), canvas.row(cy + reach))
    columns = slice(int(max(cx - reach, 0) * canvas.side), int(max(cx + reach, 0) * canvas.side))
    spot = Canvas(canvas.planes[:, rows, columns])
    y, x = canvas.y[rows][:, None] - cy, canvas.x[columns][None, :] - cx
    along, across = x * np.cos(tilt) + y * np.sin(tilt), -x * np.sin(tilt) + y * np.cos(tilt)
    distance = np.hypot(along, across)
    edge = 1.2 / canvas.side
    ball = smoothstep(radius + edge, radius - edge, distance)
    bulge = np.sqrt(np.clip(1 - (distance / radius) ** 2, 0, 1))
    toward = np.array([light.x - cx, light.y - cy], dtype=np.float32)
    toward /= np.hypot(*toward)
    day = np.clip(0.10 + 0.75 * (x * toward[0] + y * toward[1]) / radius + 0.35 * bulge, 0.03, 1)
    latitude = across / radius * 5 + 0.25 * np.sin(along / radius * 4)
    bands = np.interp(latitude, np.linspace(-6, 6, 48), random.random(48)).astype(np.float32)
    low, high = mix(mood.far, mood.light, 0.10), mix(mood.sky[-1], mood.light, 0.55)
    spot.blend(slice(None), ball, np.stack([(low[c] + (high[c] - low[c]) * bands) * day for c in range(3)]))
    air = np.exp(-np.abs(distance - radius) / 0.010) * 0.45 * np.clip(day * 1.2, 0, 1)
    spot.add_light(slice(None), air, mood.light)
    if random.random() < 0.75:
        ring = np.hypot(along, across / flat) / radius
        grooves = np.interp(ring, np.linspace(1.3, 2.3, 40), random.uniform(0.15, 0.9, 40)).astype(np.float32)
        seen = smoothstep(1.32, 1.36, ring) * smoothstep(2.28, 2.2, ring) * np.where((across < 0) & (ball > 0.5), 0, 1)
        spot.blend(slice(None), seen * grooves * 0.75, mix(mood.light, mood.far, 0.25))
