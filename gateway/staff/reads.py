"""Every view of a request's personal data is on record, in the request's outside stream."""

from domain.outside import PersonalDataViewed
from gateway.parts import GatewayParts
from gateway.staff.principal import StaffMember
from records.connection import Connection
from records.outside import note_outside
from records.stream_time import stream_time


async def record_view(
    connection: Connection, parts: GatewayParts, member: StaffMember, request_id: str, what: str
) -> None:
    """Record that ``member`` is shown ``what``, words of ours such as "the submission".

    Call it before the page is rendered: what could not be recorded is not shown.
    """
    at = await stream_time(connection, request_id, parts.now())
    viewed = PersonalDataViewed(actor=member.actor, what=what)
    await note_outside(connection, request_id, viewed, at)
