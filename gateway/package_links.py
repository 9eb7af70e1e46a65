"""Judging a package's link: may it be fetched, and what came of it so far?"""

from dataclasses import dataclass
from enum import StrEnum

from domain.links import LinkPurpose
from gateway.links import Link, find_link, link_of
from gateway.parts import GatewayParts
from records import package_codes, packages, tokens
from records.connection import Connection
from records.package_codes import Standing as Code
from records.packages import StoredPackage

PURPOSES = frozenset({LinkPurpose.PACKAGE})


class Standing(StrEnum):
    """Whether a package can be fetched; if not, the catalogue's name of the reason."""

    OPEN = "open"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    FETCHED = "fetched"
    GONE = "gone"


@dataclass(frozen=True)
class PackageLink:
    """A known link, the package that it leads to by now, and its newest code."""

    link: Link
    package: StoredPackage | None
    code: Code

    @property
    def standing(self) -> Standing:
        """Whether the package can be fetched."""
        if self.link.pressed:
            return Standing.FETCHED
        if self.link.expired:
            return Standing.EXPIRED
        return Standing.OPEN if self.package else Standing.GONE


async def find_package_link(
    connection: Connection, parts: GatewayParts, plaintext: str
) -> PackageLink | None:
    """Return the link whose token this is; time is business time."""
    link = await find_link(connection, plaintext, PURPOSES, parts.now())
    return await _package_of(connection, parts, link) if link else None


async def visited_package(
    connection: Connection, parts: GatewayParts, request_id: str
) -> PackageLink | None:
    """Return the newest package link of a request whose page somebody visits."""
    token = await tokens.newest(connection, request_id, LinkPurpose.PACKAGE)
    link = await link_of(connection, token, parts.now()) if token else None
    return await _package_of(connection, parts, link) if link else None


async def _package_of(connection: Connection, parts: GatewayParts, link: Link) -> PackageLink:
    return PackageLink(
        link=link,
        package=await packages.released(connection, link.token.request_id),
        code=await package_codes.standing(
            connection,
            link.token.hash,
            most_attempts=parts.settings.code_attempts,
            now=link.at,
        ),
    )
