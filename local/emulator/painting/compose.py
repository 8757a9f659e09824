"""Paints a whole scene: its place, the weather before it, and the last touches."""

import numpy as np

from local.emulator.painting.canvas import Canvas, Random
from local.emulator.painting.heavens import paint_snowfall
from local.emulator.painting.places import PLACES
from local.emulator.painting.scene import Scene

GRAIN = 256  # pixels in the grain's tile; every side that the model knows is a multiple


def compose(canvas: Canvas, scene: Scene) -> None:
    """Paint the scene on a blank canvas."""
    PLACES[scene.place](canvas, scene)
    if scene.names("snow blizzard winter") and scene.random.random() < 0.6:
        paint_snowfall(canvas, scene.random)
    _finish(canvas, scene.random)


def _finish(canvas: Canvas, random: Random) -> None:
    """Darker corners, and a grain so fine that it only keeps the gradients from banding."""
    across = 1 - 0.10 * (2 * canvas.x / canvas.right - 1) ** 4
    down = 1 - 0.12 * (2 * canvas.y / canvas.bottom - 1) ** 4
    canvas.planes[:] *= down[:, None] * across[None, :]
    grain = (random.random((GRAIN, GRAIN), dtype=np.float32) - 0.5) * np.float32(1.6 / 255)
    tiles = canvas.planes.reshape(3, canvas.height // GRAIN, GRAIN, canvas.width // GRAIN, GRAIN)
    tiles += grain[None, None, :, None, :]
