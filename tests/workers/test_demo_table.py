"""The demonstration's closing table."""

from io import StringIO

from rich.console import Console

from workers.rehearsal.summary import RequestSummary, table_of

OPT_OUT = RequestSummary(
    id="PR-HPJT-G06Q",
    story="never verified",
    outcome="UNVERIFIED_TREAT_AS_OPT_OUT",
    received_on="2026-11-23",
    confirm_by="2026-12-09",
    respond_by="2027-01-07",
    extended_to=None,
    breached=("2027-01-07",),
    answered_at="2027-01-08T10:00:00Z",
    closed_on="2027-01-08",
    rows_erased={"shop.orders": 13},
    rows_kept={"shop.invoices": 1},
    rows_found_afterwards={},
    providers={},
    letters=(),
    ledger="sound",
)


def test_it_fits_a_narrow_terminal() -> None:
    """At 80 columns no request, outcome, date or count is cut short."""
    page = StringIO()
    Console(file=page, width=80).print(table_of([OPT_OUT]))
    told = " ".join(page.getvalue().split())
    assert "PR-HPJT-G06Q treated as opt-out 2027-01-07*" in told
    assert "2027-01-08 2027-01-08 13/1/0" in told
    assert "…" not in told
