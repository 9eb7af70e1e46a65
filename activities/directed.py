"""Whom an order concerns: by what was found, or by what the consumer has chosen (SVC-08)."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from domain import minors, policies
from domain.notice_words import DirectedAction
from domain.vocabulary import NoticeKind
from providers.registry import Provider, Registry, directive_for
from workflows import exchange as x


class Kinds(NamedTuple):
    """Collections of the data map that choices are about, as the registry names them."""

    marketing: frozenset[str] = frozenset()
    sensitive: frozenset[str] = frozenset()


_Picks = Callable[[Registry, x.StartDirections, Kinds], tuple[Provider, ...]]


def directed(registry: Registry, asked: x.StartDirections, kinds: Kinds) -> list[Provider]:
    """Return the providers that are told.

    What concerns the data goes to those who may hold what was found. A choice is carried out
    without looking for the data: it goes to whom that choice concerns.
    """
    picks = _BY_CHOICE.get(asked.action)
    found = [*asked.collections, *(kept.collection for kept in asked.exceptions)]
    picked = picks(registry, asked, kinds) if picks else registry.holding(found)
    return [provider for provider in picked if notice_of(provider, asked.action)]


def notice_of(provider: Provider, action: DirectedAction) -> NoticeKind | None:
    """Return which notice a provider gets, if any.

    A marketing partner must stop mailing, whether its list was sold to it or not (REQ-10).
    """
    mails = True if action is DirectedAction.SUPPRESS else None
    return directive_for(provider, sold_or_shared=mails)


def _buyers(registry: Registry, asked: x.StartDirections, kinds: Kinds) -> tuple[Provider, ...]:
    """Return who counts as a third party that data is sold to or shared with (OPT-01).

    When each was last handed data is not known here, so none of them is left out.
    """
    notice = NoticeKind.THIRD_PARTY_NOTICE
    return tuple(one for one in registry.providers if directive_for(one) is notice)


def _holders_of_sensitive(
    registry: Registry, asked: x.StartDirections, kinds: Kinds
) -> tuple[Provider, ...]:
    """Return who may hold sensitive data; of the young everything is (OPT-08, MIN-08)."""
    band = minors.Band(asked.age_band) if asked.age_band else None
    if band and minors.is_sensitive(policies.get(asked.policy), band):
        return registry.providers
    return registry.holding(kinds.sensitive)


def _mailers(registry: Registry, asked: x.StartDirections, kinds: Kinds) -> tuple[Provider, ...]:
    return registry.holding(kinds.marketing)


def _returners(registry: Registry, asked: x.StartDirections, kinds: Kinds) -> tuple[Provider, ...]:
    """Return who may hold what was found and agreed to return a copy; never a third party."""
    notice = NoticeKind.PROVIDER_DIRECTION
    found = registry.holding(asked.collections)
    return tuple(one for one in found if one.returns_copies and directive_for(one) is notice)


_BY_CHOICE: Mapping[DirectedAction, _Picks] = {
    DirectedAction.STOP_SALE_SHARING: _buyers,
    DirectedAction.LIMIT: _holders_of_sensitive,
    DirectedAction.SUPPRESS: _mailers,
    DirectedAction.RETURN_COPY: _returners,
}
