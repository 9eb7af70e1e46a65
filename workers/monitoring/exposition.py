"""The text in which Prometheus reads figures (exposition format 0.0.4)."""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class Sample(NamedTuple):
    """One value with its labels."""

    value: float
    labels: Mapping[str, str] = {}


class Gauge(NamedTuple):
    """A figure that goes up and down, under its name, with what it means."""

    name: str
    help: str
    samples: tuple[Sample, ...]


def render(gauges: Iterable[Gauge]) -> str:
    """Write the figures as text."""
    return "".join(map(_written, gauges))


def _written(gauge: Gauge) -> str:
    about = gauge.help.replace("\\", r"\\").replace("\n", r"\n")
    lines = [f"# HELP {gauge.name} {about}", f"# TYPE {gauge.name} gauge"]
    lines += [f"{gauge.name}{_labels(each.labels)} {_number(each.value)}" for each in gauge.samples]
    return "\n".join([*lines, ""])


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(round(value, 3))
