"""The moods a landscape can have: hand-picked colours for the sky, the light, the distance and the foreground."""

from dataclasses import dataclass, replace

import numpy as np

from local.emulator.painting.canvas import Colour


@dataclass(frozen=True)
class Mood:
    """Colours and weather. `sky` goes from the zenith to the horizon; `far` and `near` are the land's two ends."""

    name: str
    sky: tuple[Colour, ...]
    light: Colour
    far: Colour
    near: Colour
    stars: float = 0.0
    moon: bool = False
    clouds: float = 0.5
    aurora: bool = False
    snow: float = 0.3

    def adjusted(self, hue: float, contrast: float) -> "Mood":
        """The same mood with its hues turned (radians) and its colours spread further apart or drawn together."""

        def turn(colour: Colour) -> Colour:
            return shifted(colour, hue, contrast)

        return replace(
            self,
            sky=tuple(turn(stop) for stop in self.sky),
            light=shifted(self.light, hue / 2, 1.0),
            far=turn(self.far),
            near=turn(self.near),
        )


def shifted(colour: Colour, hue: float, contrast: float) -> Colour:
    """Turned and stretched in OKLab, where equal steps look equal (Björn Ottosson's matrices, 2020)."""
    rgb = np.asarray(colour)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lightness, a, b = OKLAB_FROM_LMS @ np.cbrt(LMS_FROM_RGB @ linear)
    lightness = 0.55 + (lightness - 0.55) * (1 + (contrast - 1) * 0.6)
    turned = (
        contrast * (a * np.cos(hue) - b * np.sin(hue)),
        contrast * (a * np.sin(hue) + b * np.cos(hue)),
    )
    linear = np.linalg.solve(LMS_FROM_RGB, np.linalg.solve(OKLAB_FROM_LMS, np.array([lightness, *turned])) ** 3)
    linear = np.clip(linear, 0, 1)
    red, green, blue = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return float(red), float(green), float(blue)


LMS_FROM_RGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
OKLAB_FROM_LMS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _hex(text: str) -> Colour:
    red, green, blue = bytes.fromhex(text)
    return red / 255, green / 255, blue / 255


def _mood(  # the palette's table below reads as one: name, sky, light, far, near, then the weather
    name: str, sky: str, light: str, far: str, near: str, **weather: float | bool
) -> Mood:
    return Mood(name, tuple(map(_hex, sky.split())), _hex(light), _hex(far), _hex(near), **weather)  # type: ignore[arg-type]


MOODS = {
    mood.name: mood
    for mood in (
        _mood("dawn", "3b4a78 8a7fae e8a9a0 fde0b8", "fff1cf", "b59ab5", "1f2442"),
        _mood("golden", "5a7fa6 a9b4b0 f2c98a ffe6b0", "fff3d0", "c9a27a", "2b2320"),
        _mood("ember", "1d1b3a 5b2a5e c8485b ff9a56", "ffd08a", "8a3b5c", "140f26", stars=0.2),
        _mood("magenta", "221c4e 6a3d8f d86aa0 ffc2b0", "ffe6d0", "8c5a9c", "17123a", stars=0.3),
        _mood("night", "050a1c 0c1c3c 1d3a5f 4a7390", "f4f1de", "2c4e6b", "040a16", stars=1.0, moon=True, clouds=0.25),
        _mood(
            "aurora",
            "030b18 06202e 0d3a44 2a6a66",
            "e6fff4",
            "17424d",
            "020a10",
            stars=0.9,
            moon=True,
            aurora=True,
            clouds=0,
            snow=0.8,
        ),
        _mood("winter", "6d93b8 a5c3d9 d6e4ec f5f1ea", "fffdf6", "b4c9d8", "24384a", snow=1.0, clouds=0.6),
        _mood("winter dusk", "3c4f86 8690bb e3b9c2 fbe3d3", "fff4e6", "a3a6c6", "1d2a47", snow=1.0),
        _mood("winter dawn", "5b7db0 a9b7d6 f3c9b4 ffe9c4", "fff6e2", "b9b7cf", "2a3350", snow=1.0, clouds=0.7),
        _mood(
            "winter night",
            "070d26 142450 32507f 8ba3bf",
            "f6f4ea",
            "46648c",
            "071022",
            stars=1.0,
            moon=True,
            clouds=0.2,
            snow=1.0,
        ),
        _mood("alpine", "2f7fc1 6fb0dc b6daec eef6f2", "ffffff", "8fb4cd", "1d3b3a", clouds=0.7, snow=0.7),
        _mood("mist", "8ea5a3 b3c3bb d5dbcf eeeee2", "fffff2", "a9bab0", "1f3330", clouds=0.3, snow=0.2),
        _mood("desert", "3f7ea8 93b9bd f0d3a6 fbe3bd", "fff6df", "d79a6b", "6b2f23", clouds=0.25, snow=0),
        _mood(
            "desert dusk", "2e2350 8c3f6b ea7350 ffc56e", "ffe3a6", "b4533f", "38132a", stars=0.2, clouds=0.3, snow=0
        ),
        _mood("autumn", "6d8fa0 b9c0ae f0d4a0 fbe8c6", "fff4d8", "c08a5b", "4a1d1a", clouds=0.6),
        _mood("tropic", "1c6ea4 4fb3bf a8e0cf fdf0cf", "fffbe6", "5fa79f", "0f3a45", clouds=0.7, snow=0),
        _mood("storm", "2b333d 4b5966 7d8b92 b8bfb9", "f2f0e0", "6a7981", "12191f", clouds=1.0),
        _mood("blossom", "7f9fc4 c9b6d6 f6c6cf fff0e2", "fffaf0", "b8a0c4", "3c2a4d", clouds=0.6),
        _mood("mars", "4a2a2a 8f4f3a d18a5a f3cd9a", "fff0d6", "a8603f", "2a120f", stars=0.2, clouds=0.2, snow=0),
        _mood("cosmos", "06040f 1a0f3a 3c1f66 8a4a9a", "ffeaf6", "4a2c74", "08051a", stars=1.0, moon=True, clouds=0.3),
        _mood("emerald", "0d2b33 1f5a55 6ba37a dfe6a8", "fbffd8", "4f8a6f", "071a1c", clouds=0.4),
        _mood("teal", "12394c 2f6b78 d9a066 ffd08c", "ffeac2", "5f7f7c", "0a1c26", stars=0.1),
    )
}
