"""What stands nearest: the dark rise at the lower edge, and the figure that the prompt names, wherever it belongs."""

import numpy as np

from local.emulator.painting import figures
from local.emulator.painting.canvas import Canvas, Colour, Random, mix
from local.emulator.painting.land import distance_colour, hills, paint_layer
from local.emulator.painting.palettes import Mood
from local.emulator.painting.scene import Scene
from local.emulator.painting.silhouettes import Figure, Tone, paint_figure
from local.emulator.painting.sky import Light
from local.emulator.painting.trees import paint_grass, paint_woods


def paint_foreground(canvas: Canvas, scene: Scene, light: Light, *, woods: bool = False, bare: bool = False) -> None:
    """A dark rise at the lower edge that carries the figure, tall trees or grass, and frames the view."""
    random, mood, x, low = scene.random, scene.mood, canvas.x, canvas.bottom
    figure = scene.figure if scene.figure is not None and scene.figure.on == "ground" else None
    toward = -1 if light.x > canvas.right / 2 else 1  # the figure stands across from the light
    place = canvas.right * (0.5 + toward * random.uniform(0.08, 0.26))
    rise = np.exp(-(((x - place) / 0.42) ** 2)) * 0.065
    crest = (low - 0.075 - rise + 0.012 * hills(random, x, 0, 1.0)).astype(np.float32)
    snowy = mood.snow >= 0.8
    ground = mix(mix(mood.sky[2], mood.light, 0.45), mood.near, 0.10) if snowy else mix(mood.near, (0, 0, 0), 0.12)
    if woods or random.random() < 0.45:
        for side in (-1, 1):
            edge = np.clip((side * (x / canvas.right - 0.5) - 0.26) * 4, 0, 1)
            flank = (low + 0.30 - 0.42 * edge).astype(np.float32)
            if random.random() < 0.75:
                tall, colour = random.uniform(0.15, 0.26), mix(mood.near, mood.far, 0.06)
                paint_woods(canvas, random, flank, low, tall, colour=colour, haze=ground, mist=0)
    foot = mix(mood.sky[1], mood.near, 0.35) if snowy else mood.near
    paint_layer(canvas, crest, low, ground, foot, mist=0.6 if snowy else 0.3)
    if not (bare or snowy):
        paint_grass(canvas, random, crest, 0.030, ground)
    if figure is not None:
        y = canvas.height_at(crest, place)
        stand(canvas, scene, figure, place, y + 0.006, nearness=1.0, mirror=toward > 0)
        if not (bare or snowy):
            paint_grass(canvas, random, crest + np.float32(0.012), 0.022, mix(ground, (0, 0, 0), 0.1))


def stand(
    canvas: Canvas,
    scene: Scene,
    figure: Figure,
    x: float,
    y: float,
    *,
    nearness: float,
    size: float = 1.0,
    mirror: bool = False,
) -> None:
    """Put a figure with its feet on (x, y), in the colours of the mood."""
    mood = scene.mood
    body = mix(distance_colour(mood, nearness), (0, 0, 0), 0.18)
    tones: dict[Tone, Colour] = {
        "body": mix(body, figure.tint, 0.72) if figure.tint else body,
        "pale": mix(mix(mood.light, body, 0.22), mood.sky[1], 0.15),
        "dark": mix(mood.near, (0, 0, 0), 0.4),
        "glow": (1.0, 0.82, 0.46),
    }
    paint_figure(canvas, figure, x, y, tones, mirror=mirror, size=size)


def put_on_water(canvas: Canvas, scene: Scene, light: Light, shore: float) -> None:
    """The prompt's boat or whale, near the path of the light."""
    figure = scene.figure
    if figure is None or figure.on != "water":
        return
    x = float(np.clip(light.x + scene.random.uniform(-0.25, 0.25), 0.2, canvas.right - 0.2))
    y = shore + (canvas.bottom - shore) * scene.random.uniform(0.12, 0.45)
    stand(canvas, scene, figure, x, y, nearness=0.95, mirror=bool(scene.random.random() < 0.5))


def put_in_the_sky(canvas: Canvas, scene: Scene, horizon: float, *, default: bool = False) -> None:
    """The prompt's balloons, or some where the place suggests them: none before another."""
    if not (default or (scene.figure is not None and scene.figure.on == "sky")):
        return
    count = int(scene.random.integers(2, 5))
    order = scene.random.permutation(count)
    for balloon in range(count):
        x = canvas.right * (0.12 + 0.76 * (order[balloon] + scene.random.uniform(0.2, 0.8)) / count)
        y = horizon * scene.random.uniform(0.42, 0.86)
        size = (1.0, 0.55, 0.36, 0.24)[balloon]
        stand(canvas, scene, figures.BALLOON, x, y, nearness=0.9 - 0.1 * balloon, size=size)


def paint_reeds(canvas: Canvas, random: Random, mood: Mood) -> None:
    """Reeds along the lower edge."""
    crest = (canvas.bottom - 0.012 + 0.018 * hills(random, canvas.x, 0, 1.0)).astype(np.float32)
    paint_layer(canvas, crest, canvas.bottom, mood.near, mood.near, mist=0)
    paint_grass(canvas, random, crest, 0.085, mood.near)
