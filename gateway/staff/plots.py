"""Plots as plain SVG shapes: columns over an axis, their heights to one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT = 480, 230
LEFT, RIGHT, TOP, BOTTOM = 36, 4, 14, 30
ROOM = 0.74
"""The part of its place that a column, or a group of columns, takes."""


class Series(NamedTuple):
    """One kind of columns: its name for the legend, its style, a value for each place."""

    name: str
    style: str
    values: Sequence[float]


class Bar(NamedTuple):
    """A rectangle, and what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    style: str
    says: str


class Text(NamedTuple):
    """A label and where it stands."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Plot:
    """Everything that the template draws."""

    bars: tuple[Bar, ...]
    labels: tuple[Text, ...]
    ticks: tuple[Text, ...]
    legend: tuple[Series, ...]
    empty: bool

    width = WIDTH
    height = HEIGHT
    left = LEFT
    right = WIDTH - RIGHT
    floor = HEIGHT - BOTTOM


def side_by_side(labels: Sequence[str], series: Sequence[Series]) -> Plot:
    """Draw every series as a column of its own at each place."""
    most = max((max(one.values, default=0) for one in series), default=0)
    scale = _Scale(most, len(labels))
    width = scale.place * ROOM / max(len(series), 1)
    bars = [
        _bar(scale, scale.start(place) + n * width, width, 0, value, one, labels[place])
        for n, one in enumerate(series)
        for place, value in enumerate(one.values)
    ]
    return _plot(scale, labels, bars, series)


def stacked(labels: Sequence[str], series: Sequence[Series], *, most: float = 0) -> Plot:
    """Draw the series above one another; ``most`` fixes the scale, for shares."""
    totals = [sum(values) for values in zip(*(one.values for one in series), strict=True)]
    scale = _Scale(most or max(totals, default=0), len(labels))
    bars, heights = [], [0.0] * len(labels)
    for one in series:
        for place, value in enumerate(one.values):
            x = scale.start(place)
            bars.append(
                _bar(scale, x, scale.place * ROOM, heights[place], value, one, labels[place])
            )
            heights[place] += value
    return _plot(scale, labels, bars, series)


class _Scale:
    def __init__(self, most: float, places: int) -> None:
        self.step = _step(most)
        self.top = self.step * max(1, -(-most // self.step))
        self.places = places
        self.place = (WIDTH - LEFT - RIGHT) / max(places, 1)

    def start(self, place: int) -> float:
        return LEFT + self.place * (place + (1 - ROOM) / 2)

    def height(self, value: float) -> float:
        return (HEIGHT - TOP - BOTTOM) * value / self.top

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - self.height(value)


def _step(most: float) -> float:
    """Return a round distance between lines, so that there are three to five of them."""
    step = 1.0
    while most / step > 5:
        step *= 2 if str(step)[0] in "15" else 2.5
    return step


def _bar(
    scale: _Scale, x: float, width: float, base: float, value: float, one: Series, place: str
) -> Bar:
    height = scale.height(value)
    y = scale.y(base) - height
    says = f"{place}: {value:g} {one.name}"
    return Bar(round(x, 1), round(y, 1), round(width, 1), round(height, 1), one.style, says)


def _plot(
    scale: _Scale, labels: Sequence[str], bars: Sequence[Bar], series: Sequence[Series]
) -> Plot:
    lines = [scale.step * n for n in range(round(scale.top / scale.step) + 1)]
    return Plot(
        bars=tuple(bar for bar in bars if bar.height > 0),
        labels=tuple(
            Text(round(LEFT + scale.place * (n + 0.5), 1), HEIGHT - BOTTOM + 18, text)
            for n, text in enumerate(labels)
        ),
        ticks=tuple(Text(LEFT, round(scale.y(value), 1), f"{value:g}") for value in lines),
        legend=tuple(series),
        empty=not any(value for one in series for value in one.values),
    )
