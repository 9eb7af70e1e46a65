"""Mail with a link: the direction is a letter of the outbox, the acknowledgement a pressed button.

Nothing is sent here. The letter (N-14 or N-15) is rendered and dispatched like every other letter;
the linked page stands in the gateway, where following the link alone acknowledges nothing.
"""

from collections.abc import Mapping
from datetime import datetime

from domain.vocabulary import ProviderStanding
from providers.protocol import (
    Acknowledgement,
    Direction,
    LetterWanted,
    NotOurs,
    ReasonCode,
)
from providers.registry import MailChannel, ProtocolKind, Provider
from providers.sending import belongs_to


class Mail:
    """For a provider with a mailbox and nothing else."""

    kind = ProtocolKind.MAIL

    async def send(self, provider: Provider, direction: Direction, now: datetime) -> LetterWanted:
        """Ask for the letter. See ``ProviderProtocol.send``."""
        return LetterWanted(notice=direction.notice, address=_address(provider))

    async def verify(
        self, provider: Provider, headers: Mapping[str, str], raw_body: bytes, now: datetime
    ) -> Acknowledgement:
        """Refuse: such a provider has no callbacks. See ``ProviderProtocol.verify``."""
        raise NotOurs


def pressed(
    provider: Provider,
    direction_id: str,
    standing: ProviderStanding,
    at: datetime,
    once_key: str,
    *,
    reason: ReasonCode | None = None,
    sub_processors: tuple[str, ...] = (),
) -> Acknowledgement:
    """Return the acknowledgement that a person gave on the page, proved by the link's token.

    Raises:
        NotOurs: the direction is another provider's.
        pydantic.ValidationError: a sub-processor's name is not a plain name.
    """
    belongs_to(provider, direction_id)
    return Acknowledgement(
        direction_id=direction_id,
        standing=standing,
        at=at,
        once_key=once_key,
        reason=reason,
        sub_processors=sub_processors,
    )


def _address(provider: Provider) -> str:
    if not isinstance(provider.channel, MailChannel):
        raise TypeError(f"{provider.id} is not directed by mail")
    return provider.channel.address
