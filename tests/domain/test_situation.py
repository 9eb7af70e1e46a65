"""What staff read in the Web UI about one request: enough to act on it."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from domain import actions, situation
from domain import events as e
from domain.decisions import fulfilment
from domain.offers import offers as offers_of
from domain.paths import PATHS
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import (
    ProviderStanding,
    RequestType,
    VerificationOutcome,
)
from tests.happenings import stand as stand_at

REQUEST = "PR-4106-105S"
RECEIVED = datetime(2026, 11, 22, 18, tzinfo=UTC)
CONFIRMED = e.AddressConfirmed(inbox=1)
VERIFIED = e.IdentityVerified(points_counted=4, points_required=3, evidence=1)
HELD = e.HoldingsSurveyed(
    rows={"shop.customers": 1, "shop.orders": 2, "shop.web_visits": 0},
    retained=(e.Retention(collection="shop.invoices", ground="EX8", rows=1, reviewer="counsel"),),
)
OFFER = re.compile(r"^`([a-z_]+)`: .*\n\n```json\n(.*)\n```$", re.MULTILINE)

Stand = Callable[..., RequestState]


@pytest.fixture
def stand(policy: Policy) -> Stand:
    """Give a function (type, events) → the state of a request to which these happened."""

    def standing(request_type: RequestType, *events: e.Event) -> RequestState:
        return stand_at(policy, RECEIVED, *events, kind=request_type)

    return standing


@pytest.mark.parametrize("request_type", PATHS)
def test_every_type_of_request_is_shown_with_its_date(
    stand: Stand, policy: Policy, request_type: RequestType
) -> None:
    """Title in plain words, what is promised, and how many days are left (CLK-02)."""
    state = stand(request_type)
    shown = situation.describe(state, policy, RECEIVED + timedelta(days=2))
    assert shown.startswith(f"### {REQUEST}: a request {PATHS[request_type].in_words}\n")
    assert f"**to be answered by {state.respond_by}**" in shown
    assert "days left)" in shown


@pytest.mark.parametrize("request_type", [t for t, path in PATHS.items() if not path.by_rule])
def test_the_json_to_paste_is_accepted_as_it_stands(
    stand: Stand, policy: Policy, request_type: RequestType
) -> None:
    """Every action that is offered is lawful now, once a reason is chosen where there are many."""
    state = stand(request_type, CONFIRMED, VERIFIED, HELD)
    offers = dict(OFFER.findall(situation.describe(state, policy, RECEIVED)))
    assert "deny" in offers
    for name, example in offers.items():
        sent = {**json.loads(example), "decided_by": "s.lee"}
        if sent.get("reason") == situation.CHOOSE:
            with pytest.raises(Refused, match="Choose one of"):
                actions.decide(name, [sent], state, policy, RECEIVED)
            sent["reason"] = policy.reasons_for(name, request_type)[0].code
        assert actions.decide(name, [sent], state, policy, RECEIVED)


def test_a_decision_can_be_weighed(stand: Stand, policy: Policy) -> None:
    """Counts of what goes, what the law keeps in words, and every reason with its sentence."""
    shown = situation.describe(
        stand(RequestType.DELETE, CONFIRMED, VERIFIED, HELD), policy, RECEIVED
    )
    assert "- 2 rows of `shop.orders`\n" in shown
    assert "web_visits" not in shown
    assert "under EX8: A law requires us to keep it. Reviewed by counsel." in shown
    for reason in policy.reasons_for("deny", RequestType.DELETE):
        assert f"- `{reason.code}`: {reason.text.en}" in shown


def test_rows_that_may_be_somebody_elses_are_counted_apart(stand: Stand, policy: Policy) -> None:
    """What a shared identity led to is shown as left alone, not as erased (VER-18)."""
    shared = HELD.model_copy(update={"doubtful": {"shop.marketing_contacts": 2}})
    shown = situation.describe(
        stand(RequestType.DELETE, CONFIRMED, VERIFIED, shared), policy, RECEIVED
    )
    _, _, alone = shown.partition("It leaves alone, because these may be somebody else's as well:")
    assert "- 2 rows of `shop.marketing_contacts`\n" in alone


def test_who_decided_is_shown_and_nothing_is_offered_twice(stand: Stand, policy: Policy) -> None:
    """After the decision its author stands there, and it cannot be taken again."""
    denied = e.RequestDenied(actor=e.Actor(id="s.lee"), reason="legal_hold")
    state = stand(RequestType.DELETE, CONFIRMED, VERIFIED, HELD, denied)
    shown = situation.describe(state, policy, RECEIVED)
    assert "Decision: denied by s.lee." in shown
    assert "`approve`:" not in shown


def test_what_the_consumer_still_owes_is_named(stand: Stand, policy: Policy) -> None:
    """Enough points are no proof yet: the declaration that a copy needs is asked for (VER-14)."""
    counted = e.IdentityAssessed(
        outcome=VerificationOutcome.NEED_MORE_INFO,
        points_counted=4,
        mismatches=0,
        ambiguous=False,
        address_on_file=True,
        evidence=1,
    )
    state = stand(RequestType.KNOW_SPECIFIC, CONFIRMED, counted)
    shown = situation.describe(state, policy, RECEIVED)
    assert "4 reliable points so far (3 are needed). Awaited: the signed declaration." in shown


def test_what_the_rules_decided_names_no_person(stand: Stand, policy: Policy) -> None:
    """A choice is carried out without anybody's decision (OPT-02)."""
    approved = fulfilment.by_rule(stand(RequestType.LIMIT_SPI))
    shown = situation.describe(stand(RequestType.LIMIT_SPI, *approved), policy, RECEIVED)
    assert "Decision: granted by rule." in shown


KIM = e.Actor(id="s.kim")
STOPPED = e.StepParked(step="match_identity", reason="unreachable")


@pytest.mark.parametrize(
    ("events", "offers"),
    [
        ((STOPPED,), set()),
        ((CONFIRMED, VERIFIED), {"deny"}),
        ((CONFIRMED, VERIFIED, HELD), {"approve", "deny"}),
        ((CONFIRMED, VERIFIED, HELD, e.FraudFlagged(actor=KIM, reason="pattern")), {"deny"}),
        ((CONFIRMED, VERIFIED, HELD, e.HoldPlaced(actor=KIM, hold="LH-1", matter="M-1")), {"deny"}),
        ((e.RequestWithdrawn(actor=KIM, reason="by_consumer"), STOPPED), set()),
    ],
)
def test_no_decision_is_offered_that_would_be_refused(
    stand: Stand, policy: Policy, events: tuple[e.Event, ...], offers: set[str]
) -> None:
    """The offer is the decision's own precondition: proved, counted, not stopped, not decided."""
    offered = offers_of(stand(RequestType.DELETE, *events), policy, RECEIVED).likely
    assert {"approve", "deny"} & set(offered) == offers


def test_of_a_provider_only_what_was_heard_is_said(stand: Stand, policy: Policy) -> None:
    """Directed is not *not reached*: how far it is stands in its own workflow until its end."""
    directed = e.ProvidersDirected(
        providers={"acme": "Acme", "postbird": "Postbird"}, wait_until=RECEIVED
    )
    done = e.ProviderReported(
        provider="acme", standing=ProviderStanding.DONE, at=RECEIVED, final=True, head="0" * 64
    )
    shown = situation.describe(
        stand(RequestType.DELETE, CONFIRMED, VERIFIED, HELD, directed, done), policy, RECEIVED
    )
    assert "- Acme: done, its last word\n" in shown
    assert "- Postbird: directed; see its own workflow for how far it is\n" in shown
