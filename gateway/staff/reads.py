"""Every view of a request's personal data is on record, in the request's outside stream."""

from domain.chain import canonical
from domain.events import Recorded
from domain.ids import outside_stream
from domain.outside import PersonalDataViewed
from gateway.links import business_now
from gateway.parts import GatewayParts
from gateway.staff.principal import StaffMember
from records import ledger
from records.connection import Connection


async def record_view(
    connection: Connection, parts: GatewayParts, member: StaffMember, request_id: str, what: str
) -> None:
    """Record that ``member`` is shown ``what``, words of ours such as "the submission".

    Call it before the page is rendered: what could not be recorded is not shown.
    """
    stream = outside_stream(request_id)
    at = await business_now(connection, request_id, parts.now())
    event = PersonalDataViewed(actor=member.actor, what=what)
    await ledger.append_next(
        connection, stream, lambda n: canonical(Recorded(n=n, at=at, event=event).document(stream))
    )
