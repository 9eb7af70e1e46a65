"""What a provider may be told about a person, taken from the vault for one direction."""

from collections.abc import Mapping

from activities.direction_streams import read_request
from activities.dossier import Dossier
from domain.vocabulary import PointOfIdentity
from providers.registry import Provider, minimal_locators
from records.connection import Connection


class ProviderFacts:
    """The personal part of a direction, whichever way it goes."""

    def __init__(self, dossier: Dossier) -> None:
        self._dossier = dossier

    async def locators(
        self, conn: Connection, request_id: str, provider: Provider
    ) -> Mapping[PointOfIdentity, str]:
        """Return the identifiers that the provider declares, and no other."""
        return minimal_locators(provider, await self._dossier.identifiers(conn, request_id))

    async def corrections(self, conn: Connection, request_id: str) -> Mapping[str, str]:
        """Return the values that were corrected here, by field; not those that were refused."""
        done = (await read_request(conn, request_id)).corrected
        if done is None:
            return {}
        return await self._dossier.corrections(conn, request_id, done.fields)
