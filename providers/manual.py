"""By hand: staff print the letter, post it, and enter what the provider answers as an action."""

from collections.abc import Mapping
from datetime import datetime

from providers.channels import ProtocolKind
from providers.protocol import Acknowledgement, Direction, LetterWanted, NotOurs
from providers.registry import Provider


class Manual:
    """For a provider without any address on the network."""

    kind = ProtocolKind.MANUAL

    async def send(self, provider: Provider, direction: Direction, now: datetime) -> LetterWanted:
        """Ask for a letter to print. See ``ProviderProtocol.send``."""
        return LetterWanted(notice=direction.notice, printed=True)

    async def verify(
        self, provider: Provider, headers: Mapping[str, str], raw_body: bytes, now: datetime
    ) -> Acknowledgement:
        """Refuse: such a provider has no callbacks. See ``ProviderProtocol.verify``."""
        raise NotOurs
