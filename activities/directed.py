"""Whom an order concerns: by what was found, or by what the consumer has chosen (SVC-08)."""

from collections.abc import Callable, Collection, Mapping

from domain.notice_words import DirectedAction
from domain.vocabulary import NoticeKind
from providers.registry import Provider, Registry, directive_for
from workflows import exchange as x

_Picks = Callable[[Registry, Collection[str]], tuple[Provider, ...]]


def directed(
    registry: Registry, asked: x.StartDirections, marketing_lists: Collection[str]
) -> list[Provider]:
    """Return the providers that are told.

    What concerns the data goes to those who may hold what was found. A choice is carried out
    without looking for the data: it goes to whom that choice concerns. ``marketing_lists`` are the
    collections that the data map gives this role.
    """
    picks = _BY_CHOICE.get(asked.action)
    found = [*asked.collections, *(kept.collection for kept in asked.exceptions)]
    picked = picks(registry, marketing_lists) if picks else registry.holding(found)
    return [provider for provider in picked if notice_of(provider, asked.action)]


def notice_of(provider: Provider, action: DirectedAction) -> NoticeKind | None:
    """Return which notice a provider gets, if any.

    A marketing partner must stop mailing, whether its list was sold to it or not (REQ-10).
    """
    mails = True if action is DirectedAction.SUPPRESS else None
    return directive_for(provider, sold_or_shared=mails)


def _buyers(registry: Registry, marketing_lists: Collection[str]) -> tuple[Provider, ...]:
    """Return who counts as a third party that data is sold to or shared with (OPT-01).

    When each was last handed data is not known here, so none of them is left out.
    """
    notice = NoticeKind.THIRD_PARTY_NOTICE
    return tuple(one for one in registry.providers if directive_for(one) is notice)


def _everybody(registry: Registry, marketing_lists: Collection[str]) -> tuple[Provider, ...]:
    return registry.providers


def _mailers(registry: Registry, marketing_lists: Collection[str]) -> tuple[Provider, ...]:
    return registry.holding(marketing_lists)


_BY_CHOICE: Mapping[DirectedAction, _Picks] = {
    DirectedAction.STOP_SALE_SHARING: _buyers,
    DirectedAction.LIMIT: _everybody,
    DirectedAction.SUPPRESS: _mailers,
}
