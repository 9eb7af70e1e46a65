"""A deletion from intake to closed, on real parts."""

import pytest

from domain import events as e
from domain.state import RequestState
from domain.vocabulary import Decision, NoticeKind, ProviderStanding
from tests.e2e.office import Office
from workers.rehearsal.remains import rows_naming

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ORDER = [
    "RequestReceived",
    "AddressConfirmed",
    "IdentityVerified",
    "HoldingsSurveyed",
    "RequestApproved",
    "ErasurePlanned",
    "DataErased",
    "ProvidersDirected",
    "RequestAnswered",
    "RequestClosed",
]


async def test_a_verified_deletion_runs_to_its_close(office: Office) -> None:
    """Verified, approved, erased, confirmed by providers, answered in part, closed (DEL-02)."""
    case = await office.file()
    before = await office.shop.rows(case.customer)
    invoices = await office.shop.invoices(case.customer)
    verified = await case.verified()
    assert await office.shop.rows(case.customer) == before
    await case.approve()
    state = await case.closed()

    assert verified.verified is not None
    assert verified.verified.points_counted >= 3
    assert state.outcome is Decision.GRANT_PARTIAL
    assert min(before.values()) > 0
    assert set((await office.shop.rows(case.customer)).values()) == {0}
    assert await office.shop.invoices(case.customer) == invoices > 0
    assert state.erased is not None
    assert state.erased.absent == state.erased.planned
    in_shop = {f"shop.{table}": n for table, n in before.items()}
    erased = {place: n for place, n in state.erased.planned.items() if n}
    assert {place: n for place, n in erased.items() if place.startswith("shop.")} == in_shop
    assert {"backoffice.page_views", "backoffice.crm_contacts"} < erased.keys() - in_shop.keys()
    marks = (case.customer.email, case.customer.customer_number, case.customer.phone)
    assert await rows_naming(office.stack.business, marks) == {}
    assert [kept.rows for kept in state.erased.retained] == [invoices]
    order = [name for name in await case.names() if name in ORDER]
    assert order == ORDER


async def test_the_answer_says_what_is_kept_and_what_each_provider_confirmed(
    office: Office,
) -> None:
    """N-05 names what stays, both confirmations, and no code of ours (DEL-04, DEL-08)."""
    case = await office.verified()
    await case.approve()
    text = " ".join((await case.letter(NoticeKind.PARTIAL_OUTCOME))["text"].split())
    state = await case.closed()
    assert "invoices" in text
    assert "Acme Analytics" in text
    assert "Postbird Mailings" in text
    assert "EX8" not in text
    views = (state.providers or {}).values()
    assert {view.standing for view in views} == {ProviderStanding.DONE}
    assert all(view.at and state.answered_at and view.at <= state.answered_at for view in views)


async def test_the_ledger_alone_tells_the_workflows_story(office: Office) -> None:
    """Every stream's chain verifies; its fold is the workflow's status; heads match."""
    case = await office.verified()
    await case.approve()
    await case.closed()
    status = await office.people.status(case.request_id)
    assert status.recorded_through == status.n
    assert status.recorded_head == status.head
    assert await case.ledger_state() == RequestState.model_validate(status.state)
    for provider, view in ((await case.ledger_state()).providers or {}).items():
        stream = f"{case.request_id}.{provider}"
        rows = await case.query(
            "SELECT hash FROM privacy.ledger WHERE stream = $1 ORDER BY n DESC LIMIT 1", stream
        )
        assert [row["hash"] for row in rows] == [view.head]
        last = (await case.recorded(stream))[-1].event
        assert isinstance(last, e.DirectionEnded)


async def test_a_letter_goes_out_once_and_under_one_message_id(office: Office) -> None:
    """Each letter of the outbox stands once in a mailbox, under its own Message-ID."""
    case = await office.verified()
    await case.approve()
    await case.closed()
    letters = await case.query(
        "SELECT message_id, status FROM privacy.outbox WHERE request_id = $1", case.request_id
    )
    arrived = [mail["message_id"] for mail in await office.people.mails()]
    assert {letter["status"] for letter in letters} == {"accepted"}
    assert [arrived.count(letter["message_id"]) for letter in letters] == [1] * len(letters)
