"""The eight kinds of place, each a recipe: what is painted, from the sky to what stands nearest."""

from collections.abc import Callable

import numpy as np

from local.emulator.painting import figures
from local.emulator.painting.canvas import Canvas, Random, mix, smoothstep
from local.emulator.painting.city import paint_city
from local.emulator.painting.foreground import paint_foreground, paint_reeds, put_in_the_sky, put_on_water, stand
from local.emulator.painting.heavens import paint_light_shafts, paint_nebula, paint_planet
from local.emulator.painting.land import (
    distance_colour,
    haze_of,
    hills,
    paint_dune,
    paint_fog,
    paint_layer,
    paint_mountains,
    peaks,
)
from local.emulator.painting.palettes import Mood
from local.emulator.painting.scene import Scene
from local.emulator.painting.sky import Light, paint_sky
from local.emulator.painting.trees import paint_birds, paint_palm, paint_tree, paint_woods
from local.emulator.painting.water import paint_water


def _peaks(canvas: Canvas, scene: Scene) -> None:
    random, mood, low = scene.random, scene.mood, canvas.bottom
    light = place_light(canvas, random, 0.16 * low, 0.34 * low)
    horizon = low * random.uniform(0.58, 0.68)
    paint_sky(canvas, random, mood, light, horizon)
    paint_range(canvas, scene, light, horizon, (0.26, 0.40), bottom=horizon + 0.10, nearness=0.24)
    paint_fog(canvas, random, haze_of(mood), horizon - 0.02, 0.05, 0.75)
    paint_range(canvas, scene, light, horizon + 0.07, (0.13, 0.2), bottom=horizon + 0.16, nearness=0.45)
    paint_fog(canvas, random, haze_of(mood), horizon + 0.07, 0.045, 0.8)
    paint_wooded_ridges(canvas, random, mood, horizon + 0.10, 3, 0.52)
    paint_foreground(canvas, scene, light)


def _lake(canvas: Canvas, scene: Scene) -> None:
    random, mood, x, low = scene.random, scene.mood, canvas.x, canvas.bottom
    light = place_light(canvas, random, 0.15 * low, 0.32 * low)
    shore = low * random.uniform(0.56, 0.66)
    paint_sky(canvas, random, mood, light, shore)
    paint_range(canvas, scene, light, shore - 0.01, (0.22, 0.36), bottom=shore + 0.02, nearness=0.24)
    paint_fog(canvas, random, haze_of(mood), shore - 0.05, 0.045, 0.7)
    paint_range(canvas, scene, light, shore + 0.01, (0.08, 0.15), bottom=shore + 0.03, nearness=0.45)
    paint_fog(canvas, random, haze_of(mood), shore - 0.015, 0.022, 0.7)
    for nearness, tall in ((0.58, 0.022), (0.78, 0.040)):
        side = 1 if random.random() < 0.5 else -1
        rise = np.clip(side * (x / canvas.right - 0.5) + 0.12, 0, 1) * random.uniform(0.05, 0.13)
        crest = (shore + 0.012 - rise - 0.008 * np.abs(hills(random, x, 0, 1.0))).astype(np.float32)
        colour = distance_colour(mood, nearness)
        paint_woods(canvas, random, crest, shore + 0.004, tall, colour=colour, haze=haze_of(mood), mist=0.35)
    if scene.figure is figures.CABIN:
        stand(canvas, scene, scene.figure, random.uniform(0.25, 0.75) * canvas.right, shore, nearness=0.9)
    paint_water(canvas, random, mood, light, shore, rough=random.uniform(0.08, 0.32))
    put_on_water(canvas, scene, light, shore)
    if scene.figure is not None and scene.figure.on == "ground" and scene.figure is not figures.CABIN:
        paint_foreground(canvas, scene, light)
    elif random.random() < 0.6:
        paint_reeds(canvas, random, mood)


def _sea(canvas: Canvas, scene: Scene) -> None:
    random, mood, x, low = scene.random, scene.mood, canvas.x, canvas.bottom
    horizon = low * random.uniform(0.52, 0.64)
    light = place_light(canvas, random, horizon - 0.30, horizon - 0.02, 0.05)
    paint_sky(canvas, random, mood, light, horizon)
    if random.random() < 0.75:
        crest = peaks(random, x, horizon + 0.03, random.uniform(0.05, 0.11), scene.detail)
        paint_layer(canvas, crest, horizon + 0.01, distance_colour(mood, 0.2), haze_of(mood), mist=0.5)
    away = 1 if light.x < canvas.right / 2 else -1
    edge = canvas.right / 2 + away * canvas.right * random.uniform(0.08, 0.28)
    reach = np.clip((x - edge) * away, 0, None)
    cliff = horizon + 0.012 - np.minimum(reach * random.uniform(1.2, 2.6), random.uniform(0.07, 0.15)) * (reach > 0)
    cliff = (cliff - np.minimum(reach, 0.1) * 0.22 * np.abs(hills(random, x, 0, 1.0, 9))).astype(np.float32)
    with_cliff = scene.figure in (figures.LIGHTHOUSE, figures.CASTLE, figures.CABIN) or random.random() < 0.6
    if with_cliff:
        paint_layer(canvas, cliff, horizon + 0.012, distance_colour(mood, 0.72), haze_of(mood), mist=0.35)
        if scene.figure is not None and scene.figure.on == "ground" and scene.figure.tint is None:
            at = float(np.clip(edge + away * 0.17, 0.08, canvas.right - 0.08))
            stand(canvas, scene, scene.figure, at, canvas.height_at(cliff, at) + 0.004, nearness=0.9)
    paint_water(canvas, random, mood, light, horizon, rough=random.uniform(0.5, 1.0))
    put_on_water(canvas, scene, light, horizon)
    paint_birds(canvas, random, horizon - random.uniform(0.12, 0.30), distance_colour(mood, 0.85))
    if mood.name == "tropic" or scene.names("palm palms tropical island caribbean"):
        side = -1 if light.x > canvas.right / 2 else 1
        crest = low - 0.03 - 0.10 * smoothstep(0.5, 1.0, side * (x / canvas.right - 0.5) + 0.55)
        paint_layer(canvas, crest.astype(np.float32), low, mood.near, mood.near, mist=0)
        for _ in range(int(random.integers(2, 4))):
            at = canvas.right * (0.5 + side * random.uniform(0.26, 0.44))
            paint_palm(canvas, random, at, low - 0.08, random.uniform(0.34, 0.5), mood.near)
    elif scene.figure is not None and scene.figure.on == "ground" and scene.figure.tint is not None:
        paint_foreground(canvas, scene, light)


def _dunes(canvas: Canvas, scene: Scene) -> None:
    random, mood, x, low = scene.random, scene.mood, canvas.x, canvas.bottom
    horizon = low * random.uniform(0.50, 0.60)
    light = place_light(canvas, random, horizon - 0.36, horizon - 0.1, 0.046)
    paint_sky(canvas, random, mood, light, horizon)
    if random.random() < 0.6:
        paint_range(canvas, scene, light, horizon + 0.02, (0.06, 0.16), bottom=horizon + 0.08, nearness=0.25)
    crest = x
    for dune in range(5):
        share = dune / 4
        base = horizon + 0.045 + (low - horizon - 0.02) * share**1.25 * 0.82
        height = random.uniform(0.035, 0.075) * (1 + 1.5 * share)
        crest = paint_dune(canvas, random, mood, light, base, height=height, nearness=0.15 + 0.85 * share)
        if dune == 2 and scene.figure is not None and scene.figure.on == "ground":
            at = random.uniform(0.2, 0.8) * canvas.right
            stand(canvas, scene, scene.figure, at, canvas.height_at(crest, at) + 0.004, nearness=0.9, size=0.7)
    put_in_the_sky(canvas, scene, horizon)


def _city(canvas: Canvas, scene: Scene) -> None:
    random, mood, low = scene.random, scene.mood, canvas.bottom
    shore = low * random.uniform(0.66, 0.76)
    light = place_light(canvas, random, 0.14 * low, 0.36 * low, 0.055)
    paint_sky(canvas, random, mood, light, shore - 0.04)
    paint_city(canvas, random, mood, shore, random.uniform(0.38, 0.52))
    paint_water(canvas, random, mood, light, shore, rough=random.uniform(0.15, 0.45))
    put_on_water(canvas, scene, light, shore)
    put_in_the_sky(canvas, scene, shore - 0.2)
    if scene.figure is not None and scene.figure.on == "ground":
        paint_foreground(canvas, scene, light)


def _woods(canvas: Canvas, scene: Scene) -> None:
    random, mood, low = scene.random, scene.mood, canvas.bottom
    horizon = low * random.uniform(0.46, 0.56)
    light = place_light(canvas, random, 0.14 * low, 0.30 * low, 0.042)
    paint_sky(canvas, random, mood, light, horizon + 0.05)
    if random.random() < 0.5:
        paint_range(canvas, scene, light, horizon, (0.14, 0.24), bottom=horizon + 0.1, nearness=0.2)
    paint_wooded_ridges(canvas, random, mood, horizon, 5, 0.18)
    if not mood.moon:
        paint_light_shafts(canvas, random, mood, light)
    paint_foreground(canvas, scene, light, woods=True)


def _meadow(canvas: Canvas, scene: Scene) -> None:
    random, mood, x, low = scene.random, scene.mood, canvas.x, canvas.bottom
    horizon = low * random.uniform(0.54, 0.62)
    light = place_light(canvas, random, 0.16 * low, 0.40 * low, 0.042)
    paint_sky(canvas, random, mood, light, horizon)
    paint_range(canvas, scene, light, horizon + 0.01, (0.07, 0.16), bottom=horizon + 0.07, nearness=0.22)
    crest = x
    for ridge in range(4):
        share = ridge / 3
        base = horizon + 0.03 + (low - horizon) * 0.62 * share
        crest = hills(random, x, base, 0.018 + 0.022 * share, 1.5 + 1.2 * (1 - share)).astype(np.float32)
        colour = mix(distance_colour(mood, 0.30 + 0.52 * share), mood.light, 0.20 * (1 - share))
        paint_layer(canvas, crest, low, colour, haze_of(mood), mist=0.42 * (1 - share))
        if ridge == 1:
            for _ in range(int(random.integers(5, 12))):
                at, tall = random.random() * canvas.right, random.uniform(0.022, 0.045)
                paint_tree(canvas, random, at, canvas.height_at(crest, at), tall, distance_colour(mood, 0.62))
    at = canvas.right * (random.uniform(0.2, 0.36) if light.x > canvas.right / 2 else random.uniform(0.64, 0.8))
    if scene.figure is None or scene.figure.on != "ground":
        paint_tree(canvas, random, at, canvas.height_at(crest, at), random.uniform(0.24, 0.34), mood.near)
    put_in_the_sky(canvas, scene, horizon, default=random.random() < 0.35)
    paint_birds(canvas, random, horizon - random.uniform(0.18, 0.32), distance_colour(mood, 0.85))
    paint_foreground(canvas, scene, light)


def _cosmos(canvas: Canvas, scene: Scene) -> None:
    random, mood, x, low = scene.random, scene.mood, canvas.x, canvas.bottom
    horizon = low * random.uniform(0.64, 0.72)
    light = Light(random.uniform(0.1, 0.9) * canvas.right, horizon * random.uniform(0.1, 0.2), 0.012)
    paint_sky(canvas, random, mood, light, horizon)
    paint_nebula(canvas, random, mood, horizon)
    paint_planet(canvas, random, mood, light, horizon)
    paint_range(canvas, scene, light, horizon + 0.02, (0.10, 0.2), bottom=horizon + 0.2, nearness=0.35)
    paint_fog(canvas, random, haze_of(mood), horizon + 0.03, 0.05, 0.6)
    for share in (0.0, 0.5):
        crest = peaks(random, x, horizon + 0.12 + 0.10 * share, 0.10, scene.detail)
        paint_layer(canvas, crest, low, distance_colour(mood, 0.62 + 0.3 * share), haze_of(mood), mist=0.35)
    paint_foreground(canvas, scene, light, bare=True)


def place_light(canvas: Canvas, random: Random, low: float, high: float, radius: float = 0.036) -> Light:
    """A sun or a moon of about `radius`, on one side of the picture, between two heights."""
    side = random.uniform(0.14, 0.40) if random.random() < 0.5 else random.uniform(0.60, 0.86)
    return Light(side * canvas.right, random.uniform(low, high), radius * random.uniform(0.75, 1.45))


def paint_wooded_ridges(canvas: Canvas, random: Random, mood: Mood, top: float, count: int, nearness: float) -> None:
    """Ridge after ridge of conifers, each darker and taller, with fog between them."""
    low = canvas.bottom
    for ridge in range(count):
        share = (ridge + 0.3) / count
        base = top + (low - top) * (0.06 + 0.62 * share**1.15)
        crest = hills(random, canvas.x, base, 0.022 + 0.03 * share, 1.7).astype(np.float32)
        close = nearness + (0.90 - nearness) * share
        tall = 0.016 + 0.075 * share**1.6
        colour, mist = distance_colour(mood, close), 0.72 * (1 - 0.45 * share)
        paint_woods(canvas, random, crest, low, tall, colour=colour, haze=haze_of(mood), mist=mist)
        paint_fog(canvas, random, haze_of(mood), base + 0.055 + 0.05 * share, 0.045, 0.55 * (1 - 0.7 * share))


def paint_range(
    canvas: Canvas,
    scene: Scene,
    light: Light,
    base: float,
    heights: tuple[float, float],
    *,
    bottom: float,
    nearness: float,
) -> None:
    """Mountains on `base`, some height between the two; painted down to `bottom`, where something hides their foot."""
    crest = peaks(scene.random, canvas.x, base, scene.random.uniform(*heights), scene.detail)
    paint_mountains(canvas, scene.random, scene.mood, light, crest, bottom=bottom, nearness=nearness)


PLACES: dict[str, Callable[[Canvas, Scene], None]] = {
    "peaks": _peaks,
    "lake": _lake,
    "sea": _sea,
    "dunes": _dunes,
    "city": _city,
    "woods": _woods,
    "meadow": _meadow,
    "cosmos": _cosmos,
}
