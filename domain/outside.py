"""What happens to a request outside its workflow, in its outside stream."""

from domain.events import Actor, Event, ProviderWord


class EvidenceExported(Event):
    """Somebody took the request's evidence out, the providers' messages included."""

    actor: Actor


class TakenDown(Event):
    """A signed-in member of staff filed the request, as it came by phone, by post or in person."""

    actor: Actor


class PersonalDataViewed(Event):
    """A signed-in member of staff was shown personal data of the request; ``what`` in words."""

    actor: Actor
    what: str


class HealthStatementKept(Event):
    """The consumer's own words about health data that stays as it is, kept on request (COR-09).

    ``item`` numbers what they are about; ``pass_on`` says that recipients are to get them too.
    """

    actor: Actor
    item: int
    words: int
    statement_hash: str
    pass_on: bool


class IncidentReported(Event):
    """A letter or report reached the wrong person; its links were revoked."""

    actor: Actor
    links: int


class ErasureReapplied(Event):
    """A restored backup had brought erased data back, and it was erased again (DEL-06)."""

    actor: Actor
    came_back: tuple[str, ...]
    still_found: tuple[str, ...] = ()


class PackageOpened(Event):
    """A right code was typed, and the package began to go out to whoever typed it (KNO-07)."""

    package_hash: str
    letter: int


class PackagePrinted(Event):
    """A member of staff printed the package, to be posted to the consumer (NOT-07)."""

    actor: Actor
    package_hash: str


class PackageDownloaded(Event):
    """The consumer fetched the package after a fresh proof of identity (KNO-07)."""

    package_hash: str


class LateAcknowledgementStored(ProviderWord):
    """A provider answered after its direction had ended."""

    provider: str


class LateMessageStored(Event):
    """A message came for a workflow that has ended; it changes nothing any more."""

    inbox: int
    kind: str
