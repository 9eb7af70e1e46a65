"""Whom an order concerns: by what was found, or by what the consumer has chosen (SVC-08)."""

from datetime import UTC, date, datetime

import pytest

from activities.directed import Kinds, directed, notice_of
from domain.minors import Band
from domain.notice_words import DirectedAction
from domain.policies import pin_of
from domain.policy import Policy
from domain.vocabulary import NoticeKind
from providers.registry import Provider, Registry, load_registry
from tests.providers.support import registry_text
from workflows import exchange as x

KINDS = Kinds(frozenset({"shop.contacts"}), frozenset({"shop.customers"}))
WEBHOOK = {
    "protocol": "standard_webhooks",
    "endpoint": "https://acme.example",
    "signing_secrets": ["env:SECRET"],
}
NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)


def registry() -> Registry:
    """Return a processor, a mailer, a marketing partner, a buyer, and one with a poor contract."""
    channel = "{protocol: mail, address: privacy@acme.example}"
    plain = load_registry(registry_text(channel), "p.yaml", {}).providers[0].model_dump()
    changes: dict[str, dict[str, object]] = {
        "processor": {"holds": ("shop.customers",)},
        "mailer": {"holds": ("shop.contacts",)},
        "partner": {"holds": ("shop.contacts",), "kind": "third_party"},
        "returner": {"holds": ("shop.orders",), "channel": WEBHOOK, "returns_copies": True},
        "stranger": {
            "holds": ("shop.orders",),
            "channel": WEBHOOK,
            "returns_copies": True,
            "kind": "third_party",
        },
        "buyer": {"holds": ("shop.visits",), "kind": "third_party", "sold_or_shared": True},
        "uncontracted": {"holds": ("shop.visits",), "contract": {"terms": []}},
    }
    return Registry(
        providers=tuple(
            Provider.model_validate({**plain, "id": name, **changed})
            for name, changed in changes.items()
        )
    )


def order(
    policy: Policy, action: DirectedAction, *found: str, age_band: str = ""
) -> x.StartDirections:
    """Return what a request asks for."""
    return x.StartDirections(
        request_id="PR-TEST-0001",
        now=NOW,
        policy=pin_of(policy),
        action=action,
        age_band=age_band,
        receipt_date=date(2026, 3, 2),
        collections=found,
        exceptions=(),
        wait_until=NOW,
    )


@pytest.mark.parametrize(
    ("action", "found", "told"),
    [
        (DirectedAction.DELETE, ("shop.customers",), ["processor"]),
        (DirectedAction.DELETE, ("shop.contacts", "shop.visits"), ["mailer", "buyer"]),
        (DirectedAction.DELETE, (), []),
        (DirectedAction.STOP_SALE_SHARING, (), ["buyer"]),
        (DirectedAction.LIMIT, (), ["processor"]),
        (DirectedAction.SUPPRESS, (), ["mailer", "partner"]),
        (DirectedAction.RETURN_COPY, ("shop.customers", "shop.orders"), ["returner"]),
        (DirectedAction.RETURN_COPY, ("shop.customers",), []),
    ],
)
def test_who_is_told(
    policy: Policy, action: DirectedAction, found: tuple[str, ...], told: list[str]
) -> None:
    """Data goes by who holds it, a choice by whom it concerns (DEL-07, OPT-01, OPT-08, REQ-10)."""
    named = [each.id for each in directed(registry(), order(policy, action, *found), KINDS)]
    assert [name for name in named if name != "uncontracted"] == told


def test_a_limit_of_the_young_reaches_everybody(policy: Policy) -> None:
    """Under 16 everything held is sensitive since 2026, so no holder is left out (MIN-08)."""
    asked = order(policy, DirectedAction.LIMIT, age_band=Band.TEEN)
    told = [each.id for each in directed(registry(), asked, KINDS)]
    assert told == ["processor", "mailer", "returner", "buyer", "uncontracted"]


def test_without_the_terms_of_the_law_a_provider_counts_as_a_third_party(policy: Policy) -> None:
    """A poor contract makes its holder one of those who hear of an opt-out of sale (SVC-08)."""
    asked = order(policy, DirectedAction.STOP_SALE_SHARING)
    assert "uncontracted" in [each.id for each in directed(registry(), asked, KINDS)]


def test_a_marketing_partner_gets_the_notice_of_a_third_party() -> None:
    """N-15 carries the suppression to a partner that bought nothing (REQ-10)."""
    partner = registry().get("partner")
    assert partner is not None
    assert notice_of(partner, DirectedAction.SUPPRESS) is NoticeKind.THIRD_PARTY_NOTICE
    assert notice_of(partner, DirectedAction.DELETE) is None
