"""Draws the plots that the README shows: bars, as SVG written by hand, which follow the reader's light or dark mode."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tests.benchmark.row import Row, Series

WIDTH, LABELS, FIGURES = 720, 210, 90
BAR, GAP, GROUP_GAP, TOP, BOTTOM = 16, 4, 14, 44, 12
STYLE = """text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.figure, .group { fill: #59636e }
.own { fill: #2563a8 } .other { fill: #b4bcc6 }
.range { stroke: #1f2328; stroke-opacity: .55; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .figure, .group { fill: #9198a1 }
.own { fill: #58a6ff } .other { fill: #57606a } .range { stroke: #f0f6fc } }"""


@dataclass(frozen=True)
class Bar:
    """A figure, from the least to the most that was measured; `is_own` for what is this project's."""

    label: str
    figure: float
    least: float
    most: float
    is_own: bool

    @classmethod
    def of(cls, label: str, series: Series, *, is_own: bool) -> "Bar":
        return cls(label, series.figure, min(series.samples), max(series.samples), is_own)


@dataclass(frozen=True)
class Plot:
    """Bars of one unit, in groups with a name each ("" for none)."""

    title: str
    unit: str
    groups: Mapping[str, Sequence[Bar]]

    def as_svg(self) -> str:
        widest = max(bar.most for bars in self.groups.values() for bar in bars) or 1
        scale = (WIDTH - LABELS - FIGURES) / widest
        parts, y = [f'<text class="title" x="0" y="18">{escape(self.title)}</text>'], TOP
        for name, bars in self.groups.items():
            if name:
                parts.append(f'<text class="group" x="0" y="{y + 12}">{escape(name)}</text>')
                y += BAR + GAP
            for bar in bars:
                parts.append(self._bar(bar, y, scale))
                y += BAR + GAP
            y += GROUP_GAP
        height = y - GROUP_GAP + BOTTOM
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-label="{escape(self.title)}"><style>{STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n"
        )

    def _bar(self, bar: Bar, y: int, scale: float) -> str:
        least, most = (LABELS + scale * end for end in (max(bar.least, 0), bar.most))
        figure = f"{bar.figure:.{0 if bar.figure >= 100 else 1 if bar.figure >= 10 else 2}f} {self.unit}"
        middle = y + BAR / 2
        return (
            f'<text x="{LABELS - 8}" y="{y + 12}" text-anchor="end">{escape(bar.label)}</text>'
            f'<rect class="{"own" if bar.is_own else "other"}" x="{LABELS}" y="{y}" height="{BAR}" rx="2" '
            f'width="{max(scale * bar.figure, 1):.1f}"/>'
            f'<path class="range" d="M{least:.1f} {middle}H{most:.1f}"/>'
            f'<text class="figure" x="{most + 8:.1f}" y="{y + 12}">{figure}</text>'
        )


def draw(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Every plot of which all rows were measured. Returns the files."""
    plots = {"cold": _cold(rows), "end-to-end": _end(rows), "fanout": _fanout(rows), "load": _load(rows)}
    drawn = []
    for name, plot in plots.items():
        if plot:
            folder.mkdir(parents=True, exist_ok=True)
            drawn.append(folder / f"{name}.svg")
            drawn[-1].write_text(plot.as_svg(), encoding="utf-8")
    return drawn


def _cold(rows: Sequence[Row]) -> Plot | None:
    floors = [row for row in rows if row.name == "cold, floor" and row.baseline]
    if not floors:
        return None
    bars = [_bar_of(row.value) for row in floors]
    compiled = next(row.baseline for row in rows if row.baseline and "bytecode too" in row.baseline.what)
    empty = floors[0].baseline
    assert empty
    return Plot("Cold start: initialisation of each function", "ms", {"": [*bars, _bar_of(compiled), _bar_of(empty)]})


def _end(rows: Sequence[Row]) -> Plot | None:
    groups: dict[str, list[Bar]] = {}
    for row in rows:
        if row.name.startswith("end, ") and row.unit == "ms" and row.value.percentile == 50 and row.added:
            seconds = row.name.removeprefix("end, ").removesuffix(" s")
            group = groups.setdefault(f"a picture of {seconds} s", [])
            group.append(Bar.of(row.value.what, row.added, is_own=not row.value.what.startswith("(b)")))
    return Plot("Added to Segmind and one S3 put", "ms", groups) if groups else None


def _fanout(rows: Sequence[Row]) -> Plot | None:
    pairs = [(row.value, row.baseline) for row in rows if row.name == "fanout, (b)" and row.baseline]
    groups = {
        value.what: [Bar.of("this stack", value, is_own=True), Bar.of("(b) one after the other", other, is_own=False)]
        for value, other in pairs
    }
    return Plot("Pictures of 2 s each, until all are there", "s", groups) if groups else None


def _load(rows: Sequence[Row]) -> Plot | None:
    groups = {
        row.name.removeprefix("load, "): [
            Bar.of("all done", row.value, is_own=True),
            Bar.of("ideal schedule", row.baseline, is_own=False),
        ]
        for row in rows
        if row.name.startswith("load, ") and row.value.what == "all done" and row.baseline
    }
    return Plot("Requests at the same moment, until all are done", "s", groups) if groups else None


def _bar_of(series: Series) -> Bar:
    label = series.what.removesuffix(", init")
    return Bar.of(label, series, is_own=not label.startswith("("))
