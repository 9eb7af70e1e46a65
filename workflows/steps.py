"""The activities that workflows ask for: ``await steps.RECORD(argument, summary)``.

Recording steps are carried out by the stream's journal, with the record of what led to them.
The floor above registers an activity under each name; this is the whole contract between them.
"""

from datetime import timedelta

from domain.decisions.merging import Named
from domain.events import HoldingsSurveyed, ProvidersDirected
from workflows import exchange as x
from workflows import exchange_disclosure as xd
from workflows.effects import (
    BUSINESS_SYSTEM,
    MAIL,
    MANY_STARTS,
    OWN_DATABASE,
    NotingStep,
    RecordingStep,
    Step,
)

LEDGER_CONFLICT = "LedgerConflict"
"""The ledger holds other events under these numbers: two writers, or a lost history."""

LEDGER_BEHIND = "LedgerBehind"
"""Events before these are still on their way to the ledger; tried again until they are there."""

LEDGER_DAMAGED = "LedgerDamaged"
"""A stream's chain is broken: nothing goes on from it until it is restored."""

PLAN_OUTDATED = "PlanOutdated"
"""Rows came to a system after the plan was made; it is planned again."""

OPEN_REQUEST = Step("open_request", x.OpenRequest, x.OpenedRequest, MAIL)
RECORD = Step("record", x.Record, x.Recorded, MAIL)
DISPATCH_LETTERS = Step("dispatch_letters", x.DispatchLetters, x.DispatchResult, MAIL)
READ_INBOX = Step("read_inbox", x.ReadInbox, x.InboxItem, OWN_DATABASE)
MATCH_IDENTITY = RecordingStep("match_identity", x.OfRequest, x.IdentityMatch, BUSINESS_SYSTEM)


def holdings_surveyed(asked: x.OfRequest, held: x.Survey) -> tuple[HoldingsSurveyed, ...]:
    """Say what is held, in counts, so that staff see it before they decide."""
    return (HoldingsSurveyed(**held.model_dump()),)


SURVEY_HOLDINGS = NotingStep(
    "survey_holdings",
    x.OfRequest,
    x.Survey,
    BUSINESS_SYSTEM,
    holdings_surveyed,
    patience=timedelta(seconds=10),
)
PLAN_ERASURE = RecordingStep("plan_erasure", x.PlanErasure, x.Plan, BUSINESS_SYSTEM)
ERASE = RecordingStep("erase", x.Erase, x.Proof, BUSINESS_SYSTEM)
PUT_BACK = RecordingStep("put_back", x.OfRequest, x.Undone, BUSINESS_SYSTEM)
DESTROY_JOURNAL = RecordingStep("destroy_journal", x.DestroyJournal, x.Done, OWN_DATABASE)
APPLY_CHOICE = RecordingStep("apply_choice", x.ApplyChoice, x.Done, BUSINESS_SYSTEM)
APPLY_CORRECTIONS = RecordingStep("apply_corrections", x.OfRequest, x.Corrected, BUSINESS_SYSTEM)
COMPILE_REPORT = RecordingStep("compile_report", x.CompileReport, x.CompiledReport, BUSINESS_SYSTEM)
REVIEW_PACKAGE = RecordingStep(
    "review_package", xd.ReviewPackage, x.CompiledReport, BUSINESS_SYSTEM
)
RELEASE_PACKAGE = RecordingStep("release_package", xd.ReleasePackage, x.Done, OWN_DATABASE)
PURGE_PACKAGE = RecordingStep("purge_package", x.OfRequest, x.Done, OWN_DATABASE)
DEACTIVATE = RecordingStep("deactivate", x.OfRequest, x.Deactivated, BUSINESS_SYSTEM)
READ_REPORTS = RecordingStep("read_reports", x.ReadReports, x.UnfetchedReports, OWN_DATABASE)
OPEN_PURGE = RecordingStep("open_purge", x.OfRequest, x.OpenedPurge, OWN_DATABASE)
READ_NAMED = Step("read_named", x.ReadNamed, Named, OWN_DATABASE)
COUNT_EARLIER = RecordingStep("count_earlier", x.OfRequest, x.Counted, OWN_DATABASE)


def providers_directed(
    asked: x.StartDirections, directed: x.Directions
) -> tuple[ProvidersDirected, ...]:
    """Say who was directed and until when the answer waits for them (SVC-02)."""
    return (ProvidersDirected(providers=directed.providers, wait_until=asked.wait_until),)


START_DIRECTIONS = NotingStep(
    "start_directions", x.StartDirections, x.Directions, MANY_STARTS, providers_directed
)
READ_DIRECTIONS = Step("read_directions", x.ReadDirections, x.ProviderReports, OWN_DATABASE)
SWEEP = Step("sweep", x.SweepInput, x.Swept, MANY_STARTS)
