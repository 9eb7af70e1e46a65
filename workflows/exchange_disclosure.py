"""What passes between workflows and the steps of a disclosure behind its report, in codes."""

from domain.package import ReviewDecision
from workflows.exchange import OfRequest


class ReviewPackage(OfRequest):
    """Build a further version of the package by what staff decided; nothing is collected again."""

    decisions: tuple[ReviewDecision, ...]


class ReleasePackage(OfRequest):
    """Let the version with this hash go out."""

    package_hash: str
