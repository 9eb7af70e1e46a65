"""What can go wrong with a data map or a system behind it. No message carries personal data."""

from collections.abc import Mapping, Sequence


class DataMapError(Exception):
    """Root of every error of this package."""


class MapInvalid(DataMapError):
    """The YAML does not describe a usable map; ``problems`` name file, line and the fix."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class SystemFailed(DataMapError):
    """A system could not be reached or refused a statement; worth a retry, then a person."""

    def __init__(self, system: str, problem: str) -> None:
        self.system = system
        self.problem = problem
        super().__init__(
            f"System {system}: {problem}. Check that it runs and that its address and rights are "
            "right, then retry the step."
        )


class SystemNotConnected(DataMapError):
    """The map names a system for which no connector was given."""

    def __init__(self, system: str) -> None:
        super().__init__(
            f"The data map names the system {system}, but no connector was given for it. Add its "
            "address to the settings, or take it out of the map."
        )


class PlanBlocked(DataMapError):
    """The erasure cannot be planned completely; ``obstacles`` say what stands in the way."""

    def __init__(self, obstacles: Sequence[str]) -> None:
        self.obstacles = tuple(obstacles)
        super().__init__("The erasure cannot be planned: " + " ".join(self.obstacles))


class GroundIncomplete(DataMapError):
    """A ground lacks something on paper, so nothing is erased and nothing kept silently."""

    def __init__(self, lacks: Mapping[str, Sequence[str]]) -> None:
        told = "; ".join(f"{place}: {', '.join(names)}" for place, names in lacks.items())
        super().__init__(
            f"The data map keeps rows on grounds that are incomplete ({told}). Complete its "
            "`retention`, start new workers, then retry the step."
        )


class PlanOutdated(DataMapError):
    """Rows came to a system after the plan was made and refer to rows that it erases."""

    def __init__(self, system: str, problem: str) -> None:
        self.system = system
        super().__init__(
            f"System {system} has rows that the plan does not know ({problem}). Nothing of it was "
            "erased. Plan the erasure again, then retry the step."
        )


class PlaceTaken(DataMapError):
    """Something else stands where a row should be put back, and other rows refer to that row."""

    def __init__(self, system: str) -> None:
        self.system = system
        super().__init__(
            f"System {system} has something else in the place of a row that other rows refer to. "
            "Nothing of it was put back. Free the place, or move the new row, then retry the step."
        )


class CatalogueDrifted(DataMapError):
    """A live system no longer looks as it did when the plan was made or the map was checked."""

    def __init__(self, system: str, remarks: Sequence[str] = ()) -> None:
        self.system = system
        self.remarks = tuple(remarks)
        super().__init__(
            f"The catalogue of {system} is not the one that the map or the plan was made for. "
            + " ".join(remarks)
            + " Nothing of it was erased. Run `privacy datamap check`, bring the map up to date, "
            "then retry the step."
        )


class NotCorrectable(DataMapError):
    """The map does not let a correction write this field."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place} may not be corrected by the map. Give the field `correctable: true` if that "
            "is right, or have the system's owner correct it."
        )


class HeldByLaw(DataMapError):
    """A legal hold covers rows of the plan; nothing of the system was touched."""

    def __init__(self, hold_ids: Sequence[str]) -> None:
        self.hold_ids = tuple(hold_ids)
        super().__init__(
            f"Legal hold {', '.join(self.hold_ids)} covers rows of this plan. Release the hold or "
            "decide the request anew."
        )
