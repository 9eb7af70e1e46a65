"""The company's standing duties in numbers: deletion, frequency, records, providers, metrics."""

from datetime import date

from pydantic import Field

from domain.policy_terms.base import Period, Sentence, Terms


class ExceptionTerms(Terms):
    """A ground on which data may be kept although deletion was asked (section 8)."""

    code: str = Field(pattern=r"^[A-Z][A-Z0-9]*$")
    text: Sentence = Field(description="What the consumer is told.")
    law: str
    needs: tuple[str, ...] = Field(
        default=(), description="What must be on paper; missing: review required (DEL-01)."
    )
    conditions: tuple[str, ...] = Field(
        default=(), description="What must be true; missing: the ground falls away (DEL-01)."
    )
    lawful_until: date | None = Field(
        default=None, description="Last receipt date for which it is a ground (DEL-03)."
    )
    not_for_eea: bool = Field(default=False, description="REQ-15")
    purposes: tuple[str, ...] = Field(
        default=(), description="The only uses that data kept on it is put to (DEL-04)."
    )


class DeletionTerms(Terms):
    """Choices about deletion."""

    exceptions: tuple[ExceptionTerms, ...] = Field(min_length=1)
    delete_third_party_sourced: bool = Field(description="DEL-14; the default keeps them.")
    two_step_confirmation: bool = Field(description="DEL-12")
    restore_journal_days: int = Field(ge=0, description="DEL-17; 0 means off.")
    wait_for_report_days_before_due: int = Field(
        ge=0, description="Deletion waits for a report until so many days before its due date."
    )


class CorrectionTerms(Terms):
    """Choices about correction."""

    repeat_months: int = Field(ge=1, description="COR-06")
    health_statement_words: int = Field(ge=1, description="COR-09")
    name_source: bool = Field(description="COR-10")


class FrequencyTerms(Terms):
    """How often the right to know can be used (FRQ-01)."""

    limit: int = Field(ge=1)
    months: int = Field(ge=1)


class FeeTerms(Terms):
    """What a request costs (FEE-01)."""

    ordinary: float = Field(ge=0, description="For every request that is not found excessive.")
    hourly_rate_cents: int = Field(ge=0, description="Of work on an excessive one (FEE-02).")


class BrokerTerms(Terms):
    """Duties that a data broker has on top (DRP)."""

    is_data_broker: bool
    pull_every_days: int = Field(ge=1)
    pulls_from: date
    delete_within_days: int = Field(ge=1, description="Counted from the pull that named a person.")
    register_month: int = Field(ge=1, le=12)
    register_day: int = Field(ge=1, le=31)


class OptOutTerms(Terms):
    """Choices about opt-outs, limits and signals."""

    ask_again_months: int = Field(ge=1, description="CLK-11, MIN-09")
    honour_signal: bool = Field(description="OPT-05, the opt-out preference signal")
    status_display_required: bool = Field(description="OPT-04")
    opt_in_steps: int = Field(
        default=2, ge=1, description="Separate steps of opting in, also of a teen (OPT-07, MIN-03)."
    )


class MinorTerms(Terms):
    """Choices about young people (MIN)."""

    child_under: int
    teen_under: int
    adult_from: int
    deactivate_within: Period
    purge_within: Period
    under16_is_sensitive: bool
    parent_methods: tuple[str, ...] = Field(min_length=1, description="MIN-05")


class RetentionTerms(Terms):
    """How long records of requests stand (REC)."""

    record_months: int = Field(ge=1)
    record_fields: tuple[str, ...] = Field(min_length=1)
    kept_without_end: tuple[str, ...] = Field(description="REC-06, to honour what was asked.")
    record_kept_statement: Sentence


class ProviderTerms(Terms):
    """When providers are reminded, must have confirmed, and are given up on (SVC-02)."""

    remind_after: Period
    confirm_within: Period
    give_up_after: Period
    retry_first_minutes: int = Field(ge=1)
    retry_longest_minutes: int = Field(ge=1)


class LinkTerms(Terms):
    """Life of the links that letters carry, apart from downloads."""

    confirm_address_days: int = Field(ge=1)
    declaration_days: int = Field(ge=1)
    provider_acknowledgement_days: int = Field(ge=1)


class MailTerms(Terms):
    """How mail that a server defers is tried again."""

    retry_first_minutes: int = Field(ge=1)
    retry_factor: float = Field(ge=1)
    retry_longest_minutes: int = Field(ge=1)
    settle_minutes: int = Field(
        ge=0, description="How long a letter handed over in time may take to be reported."
    )


class MetricsTerms(Terms):
    """The yearly figures (MET)."""

    threshold_consumers: int = Field(ge=1)
    publish_month: int = Field(ge=1, le=12)
    publish_day: int = Field(ge=1, le=31)
    publish: bool
    population: str = Field(description="consumers or all individuals (MET-05)")
