"""What stands on every part of a package: whose it is, when and in which language it was made."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from domain.package import GatheringOutline, PackageFacts
from domain.policy import Policy
from domain.vocabulary import Language
from packages.review import Findings
from packages.wording import Wording


@dataclass(frozen=True)
class Cover:
    """A package's outside. Nothing on it is personal but the request's number."""

    request_id: str
    written_on: date
    language: Language
    policy: Policy


class FileEntry(NamedTuple):
    """One held file, and under which names it is in the package."""

    place: str
    row: int
    column: str
    media_type: str
    text: str | None
    original: str | None
    mark: str


@dataclass(frozen=True)
class Contents:
    """Everything that is known once every row was judged, before the readable parts are written."""

    cover: Cover
    outline: GatheringOutline
    findings: Findings
    files: tuple[FileEntry, ...]

    @property
    def wording(self) -> Wording:
        """The words for it."""
        return Wording(self.cover.policy, self.cover.language)

    @property
    def place_names(self) -> dict[str, str]:
        """What people call each collection."""
        wording = self.wording
        return {one.place: wording.name(one.label, one.place) for one in self.outline.sections}

    def facts(self, version: int, package_hash: str, size: int) -> PackageFacts:
        """Return what may be said of the package without its content (REC-05)."""
        return PackageFacts(
            version=version,
            package_hash=package_hash,
            size=size,
            report=self.outline.report,
            rows=dict(self.findings.rows),
            files=sum(1 for entry in self.files if entry.text or entry.original),
            withheld=self.findings.lines(),
            needs_review=tuple(self.findings.items),
            needs_review_in_all=self.findings.items_in_all,
        )
