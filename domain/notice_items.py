"""Which items a notice must carry before it may be sent (NOT-01; the rulebook's section 19)."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.vocabulary import NoticeKind


class Condition(StrEnum):
    """What makes a conditional item of a notice necessary."""

    EEA = "eea"
    CATEGORIES_UNVERIFIED = "categories_unverified"
    DELETE_NOT_OPTED_OUT = "delete_not_opted_out"
    CORRECTION = "correction"
    NOT_SEARCHED = "not_searched"
    RANGE_CLIPPED = "range_clipped"
    SOLD_OR_SHARED = "sold_or_shared"
    GRANTED = "granted"
    DENIED = "denied"
    HEALTH_DENIED = "health_denied"
    COMPANY_NOT_SOURCE = "company_not_source"
    THIRD_PARTIES_TOLD = "third_parties_told"
    ENTITY_AGENT = "entity_agent"
    ALTERNATIVE_DATE = "alternative_date"
    EXCEPTIONS = "exceptions"
    ADDRESS_UNCONFIRMED = "address_unconfirmed"
    STILL_OPEN = "still_open"


class RequiredItems(BaseModel):
    """One row of section 19: keys always needed, and keys needed when a condition holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    always: tuple[str, ...]
    when: Mapping[Condition, tuple[str, ...]] = {}

    def under(self, conditions: Collection[Condition]) -> tuple[str, ...]:
        """Return every key that is needed when ``conditions`` hold."""
        conditional = (key for held in conditions for key in self.when.get(held, ()))
        return (*self.always, *conditional)


_EEA = {Condition.EEA: ("supervisory_authority_link",)}
_OFFER = {Condition.DELETE_NOT_OPTED_OUT: ("opt_out_offer",)}

REQUIRED_ITEMS: Mapping[NoticeKind, RequiredItems] = {
    NoticeKind.ACKNOWLEDGEMENT: RequiredItems(
        always=(
            "receipt_date",
            "request_summary",
            "verification_description",
            "processing_description",
            "expected_response_date",
            "contact",
        )
    ),
    NoticeKind.MORE_INFORMATION: RequiredItems(
        always=(
            "missing_items",
            "why_needed",
            "safe_channel",
            "usable_until",
            "no_fee_no_account",
            "consequence",
            "contact",
        )
    ),
    NoticeKind.EXTENSION: RequiredItems(always=("reason", "new_due_date", "extra_days")),
    NoticeKind.DENIAL: RequiredItems(
        always=("decision", "basis", "record_kept_statement", "how_to_question"),
        when={
            Condition.CATEGORIES_UNVERIFIED: ("general_practices_link",),
            Condition.CORRECTION: ("delete_option", "health_statement_right"),
            **_OFFER,
            **_EEA,
        },
    ),
    NoticeKind.PARTIAL_OUTCOME: RequiredItems(
        always=(
            "done_scope",
            "not_done_scope",
            "basis",
            "use_restriction",
            "service_providers_directed",
            "record_kept_statement",
        ),
        when={**_OFFER, **_EEA},
    ),
    NoticeKind.ACCESS_REPORT: RequiredItems(
        always=(
            "period_covered",
            "categories_collected",
            "sources",
            "purposes",
            "third_party_categories",
            "sold_shared_list",
            "disclosed_list",
            "withheld_list",
            "format",
            "link_expiry",
        ),
        when={
            Condition.NOT_SEARCHED: ("not_searched",),
            Condition.RANGE_CLIPPED: ("clipped_range",),
        },
    ),
    NoticeKind.DELETION_COMPLETE: RequiredItems(
        always=(
            "deleted_scope",
            "backups_note",
            "service_providers_directed",
            "record_kept_statement",
        ),
        when={Condition.SOLD_OR_SHARED: ("third_parties_notified",)},
    ),
    NoticeKind.CORRECTION_RESULT: RequiredItems(
        always=("outcome",),
        when={
            Condition.GRANTED: ("service_providers_directed",),
            Condition.DENIED: ("basis", "delete_option"),
            Condition.HEALTH_DENIED: ("health_statement_right",),
            Condition.COMPANY_NOT_SOURCE: ("source_name",),
        },
    ),
    NoticeKind.UNVERIFIED_DELETION: RequiredItems(
        always=("not_verified", "not_deleted", "treated_as_opt_out", "how_to_verify_again")
    ),
    NoticeKind.OPT_OUT_DONE: RequiredItems(
        always=("date_applied", "scope", "status_location"),
        when={Condition.THIRD_PARTIES_TOLD: ("third_parties_told",)},
    ),
    NoticeKind.AGENT_PROOF: RequiredItems(
        always=("permission_needed", "accepted_forms", "consumer_step", "deadline", "no_fee"),
        when={Condition.ENTITY_AGENT: ("entity_registration",)},
    ),
    NoticeKind.FEE_ESTIMATE: RequiredItems(
        always=("why", "amount", "acceptance_needed"),
        when={Condition.ALTERNATIVE_DATE: ("alternative_date",)},
    ),
    NoticeKind.MINOR_OPT_IN: RequiredItems(always=("opt_in_recorded", "right_to_opt_out_later")),
    NoticeKind.PROVIDER_DIRECTION: RequiredItems(
        always=(
            "request_id",
            "person_locator",
            "action",
            "scope",
            "flow_down",
            "confirm_by",
            "contact",
        ),
        when={Condition.EXCEPTIONS: ("exceptions",)},
    ),
    NoticeKind.THIRD_PARTY_NOTICE: RequiredItems(
        always=("person_locator", "action", "comply_and_pass_on")
    ),
    NoticeKind.EXCESS_REFUSAL: RequiredItems(always=("finding", "reason")),
    NoticeKind.NOTHING_FOUND: RequiredItems(
        always=("nothing_held_statement", "record_kept_statement")
    ),
    NoticeKind.LATE_ANSWER: RequiredItems(always=("apology", "status", "next_date", "contact")),
    NoticeKind.PROVIDER_REMINDER: RequiredItems(
        always=("request_id", "person_locator", "action", "confirm_by", "contact")
    ),
    NoticeKind.SUPPLEMENT: RequiredItems(
        always=("news", "contact"), when={Condition.STILL_OPEN: ("still_open",)}
    ),
    NoticeKind.PACKAGE_CODE: RequiredItems(always=("code", "usable_for", "keep_it")),
    NoticeKind.AGENT_TOLD: RequiredItems(always=("answered", "to_whom")),
    NoticeKind.MERGED: RequiredItems(
        always=("asked_before", "one_answer", "how_to_question", "record_kept_statement")
    ),
    NoticeKind.NEW_LINK: RequiredItems(always=("new_link", "usable_until", "not_asked")),
    NoticeKind.STAFF_ALERT: RequiredItems(always=("situation", "what_to_do", "open_link")),
}
"""The house rows P-01, S-01 to S-05 and T-01 follow the form of section 19."""

EVERY_LETTER_TO_A_PERSON = RequiredItems(
    always=("contact", "genuine"), when={Condition.ADDRESS_UNCONFIRMED: ("disown",)}
)
"""What stands around each letter: contact, how to check it, "this was not me" (NOT-05, NOT-06)."""

ALTERNATIVES: Mapping[str, tuple[str, ...]] = {"third_parties_notified": ("why_not",)}
"""Keys for which another key will do (DEL-07: told, or a detailed reason why not)."""

ONE_TEXT: frozenset[NoticeKind] = frozenset(
    {
        NoticeKind.ACKNOWLEDGEMENT,
        NoticeKind.MORE_INFORMATION,
        NoticeKind.UNVERIFIED_DELETION,
        NoticeKind.AGENT_PROOF,
    }
)
"""Notices whose text is the same for a known and an unknown person (NOT-03, NOT-04).

The denial of an unverified request is too; a denial of a verified one names its grounds.
"""


def missing_items(
    kind: NoticeKind, items: Collection[str], conditions: Collection[Condition] = ()
) -> list[str]:
    """Return the required keys of ``kind`` that are not among ``items``, sorted (NOT-01)."""
    return _missing(REQUIRED_ITEMS[kind], items, conditions)


def missing_frame_items(
    items: Collection[str], conditions: Collection[Condition] = ()
) -> list[str]:
    """Return what a letter to a person lacks around its own items, sorted (NOT-05, NOT-06)."""
    return _missing(EVERY_LETTER_TO_A_PERSON, items, conditions)


def _missing(
    required: RequiredItems, items: Collection[str], conditions: Collection[Condition]
) -> list[str]:
    present = set(items)
    needed = set(required.under(conditions))
    return sorted(key for key in needed if not present & {key, *ALTERNATIVES.get(key, ())})
