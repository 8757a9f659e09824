"""Water: what stands above the shore, mirrored in ripples, with the light's path on it."""

import numpy as np

from local.emulator.painting.canvas import Canvas, Random, cloud_noise, enlarge, mix, sample, smoothstep
from local.emulator.painting.palettes import Mood
from local.emulator.painting.sky import Light


def paint_water(canvas: Canvas, random: Random, mood: Mood, light: Light, shore: float, *, rough: float = 0.5) -> None:
    """From the shore down to the lower edge. `rough`: 0 a still lake, 1 the open sea."""
    first = canvas.row(shore)
    height = canvas.height - first
    if height < 4 or first < 4:
        return
    y = ((np.arange(height) + 0.5) / canvas.side).astype(np.float32)[:, None]  # below the shore
    x = canvas.x[None, :]

    # A flat surface seen at a slant: rows near the shore are far away, so their waves are small and close together.
    depth = 1 / (y + 0.035)
    texture = cloud_noise(random, 256, 1.15, stretch=0.35)
    coarse = x[:, ::4] - light.x
    wave = enlarge(sample(texture, coarse * depth * (9 + 7 * rough), depth * (30 + 22 * rough)), canvas.width, height)

    sway = (0.0015 + (0.02 + 0.11 * rough) * y) * wave
    source = np.clip(first - 1 - (y * (1.0 - 0.1 * rough) + sway) * canvas.side, 0, first - 1).astype(np.int32)
    columns = np.broadcast_to(np.arange(canvas.width)[None, :], source.shape)
    mirrored = canvas.planes[:, source, columns]

    tint = mix(mood.near, mood.sky[1], 0.45)
    fade = (0.10 + 0.5 * smoothstep(0, canvas.bottom - shore + 0.02, y)) * (0.75 + 0.25 * rough)
    shimmer = 1 + 0.05 * (1 + rough) * wave
    for channel in range(3):
        canvas.planes[channel, first:] = np.clip(
            (mirrored[channel] + (tint[channel] - mirrored[channel]) * fade) * shimmer, 0, 1
        )
    spread = light.radius * 0.8 + y * (0.30 + 0.35 * rough)
    path = np.exp(-(((x - light.x) / spread) ** 2)) * smoothstep(0.55, 1.9, wave + 0.35 * np.exp(-y / 0.08))
    strength = 0.55 if mood.moon else 0.8
    canvas.add_light(slice(first, None), path * strength, mood.light)
    line = np.exp(-y / 0.004) * 0.35
    canvas.blend(slice(first, None), line + 0 * x, mix(mood.sky[-1], mood.light, 0.4))
