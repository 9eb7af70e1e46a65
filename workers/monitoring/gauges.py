"""Our figures under the names by which dashboard and alerts know them."""

from collections.abc import Iterator

from records.figures import Figures
from workers.monitoring.exposition import Gauge, Sample

DAY = 86_400.0


def gauges(figures: Figures) -> tuple[Gauge, ...]:
    """Return every figure of the database."""
    return (
        *_requests(figures),
        *_due(figures),
        *_providers(figures),
        *_letters(figures),
        *_waiting(figures),
        *_webhooks(figures),
        *_upkeep(figures),
    )


def _requests(figures: Figures) -> Iterator[Gauge]:
    yield Gauge(
        "privacy_requests_open",
        "Requests that are not closed, by stage and type.",
        tuple(Sample(each.n, {"stage": each.stage, "type": each.type}) for each in figures.open),
    )
    yield _one(
        "privacy_requests_needing_action",
        "Open requests that wait for staff.",
        figures.needing_action,
    )
    yield _one(
        "privacy_requests_breached", "Open requests that missed a due date.", figures.breached
    )
    yield _one(
        "privacy_requests_sender_differed",
        "Open requests to which somebody sent a signal in another person's name.",
        figures.senders_differed,
    )


def _due(figures: Figures) -> Iterator[Gauge]:
    yield Gauge(
        "privacy_requests_due_within_days",
        "Unanswered requests whose answer is due within so many days and not late yet.",
        tuple(Sample(n, {"days": str(days)}) for days, n in figures.due_within.items()),
    )
    yield _one(
        "privacy_requests_overdue",
        "Unanswered requests whose answer is late.",
        sum(each.late for each in figures.due),
    )
    yield Gauge(
        "privacy_request_days_left_min",
        "Days left for the most urgent unanswered request of a type; negative when late.",
        tuple(Sample(each.least_seconds / DAY, {"type": each.type}) for each in figures.due),
    )


_OF_PROVIDERS = (
    ("directions_open", "directions", "Directions of open requests without their last word."),
    ("directions_unanswered", "unanswered", "Those that the provider has not answered at all."),
    ("directions_escalated", "escalated", "Those not confirmed in time; staff were told."),
    ("silence_seconds", "silence_seconds", "Age of the oldest direction that has no answer."),
)


def _providers(figures: Figures) -> Iterator[Gauge]:
    for name, field, about in _OF_PROVIDERS:
        samples = tuple(
            Sample(getattr(each, field), {"provider": each.provider}) for each in figures.providers
        )
        yield Gauge(f"privacy_provider_{name}", about, samples)


def _letters(figures: Figures) -> Iterator[Gauge]:
    unsent = [each for each in figures.letters if each.status != "refused"]
    refused = [each for each in figures.letters if each.status == "refused"]
    yield Gauge(
        "privacy_letters_unsent",
        "Letters that no mail server has taken: waiting, or deferred by the server.",
        tuple(
            Sample(each.n, {"audience": each.audience, "status": each.status}) for each in unsent
        ),
    )
    yield _one(
        "privacy_letters_unsent_oldest_seconds",
        "Age of the oldest unsent letter.",
        max((each.oldest_seconds for each in unsent), default=0),
    )
    yield Gauge(
        "privacy_letters_refused",
        "Letters of open requests that the mail server refused for good.",
        tuple(Sample(each.n, {"audience": each.audience}) for each in refused),
    )


def _waiting(figures: Figures) -> Iterator[Gauge]:
    yield _one(
        "privacy_inbox_undelivered",
        "Messages from consumers and providers that no workflow has taken.",
        figures.messages.n,
    )
    yield _one(
        "privacy_inbox_undelivered_oldest_seconds",
        "Age of the oldest undelivered message.",
        figures.messages.oldest_seconds,
    )
    yield _one(
        "privacy_requests_not_started",
        "Requests that were registered and have no workflow yet.",
        figures.never_started.n,
    )
    yield _one(
        "privacy_requests_not_started_oldest_seconds",
        "Age of the oldest request without a workflow.",
        figures.never_started.oldest_seconds,
    )


def _webhooks(figures: Figures) -> Iterator[Gauge]:
    yield _one(
        "privacy_webhooks_waiting",
        "Changes of status that an intake system has not taken yet.",
        figures.webhooks.n,
    )
    yield _one(
        "privacy_webhooks_waiting_oldest_seconds",
        "Age of the oldest change that waits.",
        figures.webhooks.oldest_seconds,
    )
    yield _one(
        "privacy_webhooks_given_up",
        "Changes that an intake system did not take in three days.",
        figures.webhooks_given_up,
    )


def _upkeep(figures: Figures) -> Iterator[Gauge]:
    yield _one(
        "privacy_requests_kept_too_long",
        "Closed requests past their retention that no hold covers and no purge has taken.",
        figures.kept_too_long,
    )
    age = figures.checkpoint_seconds
    yield Gauge(
        "privacy_ledger_checkpoint_age_seconds",
        "Age of the newest signed checkpoint of the ledger; infinite when there is none.",
        (Sample(float("inf") if age is None else age),),
    )


def _one(name: str, about: str, value: float) -> Gauge:
    return Gauge(name, about, (Sample(value),))
