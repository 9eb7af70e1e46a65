"""The doors of `privacy rules`: one pure evaluation for each area, JSON object in, JSON object out.

Every module here that does not begin with an underscore has ``DOORS``, from the name of an area to
its function, and may have ``SIDE_DOORS``, from the name of an area to the keys that mark the
cases it takes from it, and their function. A door reads the input, asks the same functions that the
workflows ask, and words the answer; it decides nothing itself. The policies must be installed.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

Case = Mapping[str, Any]
Answer = dict[str, Any]
Door = Callable[[Case], Answer]
SideDoor = tuple[tuple[str, ...], Door]


def _modules() -> Iterator[ModuleType]:
    for found in iter_modules(__path__):
        if not found.name.startswith("_"):
            yield import_module(f"{__name__}.{found.name}")


def _gathered() -> dict[str, Door]:
    areas: dict[str, Door] = {}
    side_doors: dict[str, list[SideDoor]] = {}
    for module in _modules():
        areas |= module.DOORS
        for area, (keys, door) in getattr(module, "SIDE_DOORS", {}).items():
            side_doors.setdefault(area, []).append((keys, door))
    for area, doors in side_doors.items():
        areas[area] = _with_side_doors(areas.get(area), doors)
    return dict(sorted(areas.items()))


def _with_side_doors(main: Door | None, doors: list[SideDoor]) -> Door:
    def door(case: Case) -> Answer:
        for keys, side in doors:
            if any(key in case for key in keys):
                return side(case)
        if main is None:
            named = ", ".join(key for keys, _ in doors for key in keys)
            raise LookupError(f"Cases of this area need one of the keys {named}; add it.")
        return main(case)

    return door


AREAS: Mapping[str, Door] = _gathered()
"""Every area of the rulebook that can be asked about, with its door."""
