"""The words that the facts of notices are made of, beside the vocabulary of the field."""

from enum import StrEnum


class Reader(StrEnum):
    """Who opens the letter: whoever asked, or the person whom somebody else asked for (AGT-07)."""

    REQUESTER = "requester"
    CONSUMER = "consumer"


class Need(StrEnum):
    """What the requester can still do to carry a request on; the same whatever matched (NOT-03)."""

    CONFIRM_ADDRESS = "confirm_address"
    CONFIRM_DELETION = "confirm_deletion"
    MORE_POINTS = "more_points"
    DECLARATION = "declaration"
    PARENT_MUST_ASK = "parent_must_ask"
    SECOND_STEP = "second_step"
    CORRECTION_DETAILS = "correction_details"
    CLARIFICATION = "clarification"
    BETTER_DOCUMENT = "better_document"


class DocumentFault(StrEnum):
    """Why an uploaded document does not do; a closed list, so that no free text travels on."""

    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"
    NOT_SIGNED = "not_signed"
    NOT_DATED = "not_dated"
    OUT_OF_DATE = "out_of_date"
    OTHER_PERSON = "other_person"
    OTHER_MATTER = "other_matter"


class UnverifiedConsequence(StrEnum):
    """What happens when the window closes without enough (VER-06 to VER-09)."""

    DENIAL = "denial"
    CATEGORIES = "categories"
    OPT_OUT = "opt_out"


class WithheldReason(StrEnum):
    """Why something is not shown (RED-01 to RED-12, KNO-06, KNO-08)."""

    NEVER_DISCLOSE = "NEVER_DISCLOSE"
    POLICY_HEALTH = "POLICY_HEALTH"
    NOT_YET_READ = "NOT_YET_READ"
    OTHER_PERSON = "OTHER_PERSON"
    PRIVILEGE = "PRIVILEGE"
    CONFLICT_WITH_LAW = "CONFLICT_WITH_LAW"


class DenialBasis(StrEnum):
    """Why nothing of what was asked was done."""

    UNVERIFIED = "unverified"
    AGENT_UNAUTHORIZED = "agent_unauthorized"
    POLICY_REASON = "policy_reason"
    ALL_RETAINED = "all_retained"
    WITHDRAWN = "withdrawn"


class CorrectionOutcome(StrEnum):
    """How a correction ended (COR-01, COR-05)."""

    CORRECTED = "corrected"
    PARTLY_CORRECTED = "partly_corrected"
    DENIED = "denied"


class OptOutScope(StrEnum):
    """What an opt-out or a limit reaches (OPT-01, OPT-05, OPT-08, REQ-10)."""

    SALE_SHARING = "sale_sharing"
    SENSITIVE_DATA = "sensitive_data"
    MARKETING = "marketing"
    THIS_BROWSER = "this_browser"


class ConsumerStep(StrEnum):
    """The one direct step asked of an agent's principal, never both (AGT-02)."""

    VERIFY_IDENTITY = "verify_identity"
    CONFIRM_PERMISSION = "confirm_permission"
    NONE = "none"


class ExcessFinding(StrEnum):
    """What staff or the count found (FRQ-04, FEE-02, COR-06, COR-07)."""

    TOO_MANY = "too_many"
    UNFOUNDED = "unfounded"
    EXCESSIVE = "excessive"
    REPEATED_CORRECTION = "repeated_correction"
    FRAUDULENT = "fraudulent"


class DirectedAction(StrEnum):
    """What a provider or third party is told to do (N-14, N-15, REQ-10)."""

    DELETE = "delete"
    CORRECT = "correct"
    STOP_SALE_SHARING = "stop_sale_sharing"
    LIMIT = "limit"
    SUPPRESS = "suppress"
    RETURN_COPY = "return_copy"


class ProviderReason(StrEnum):
    """Why a provider did only part or nothing; a closed list, so that no free text travels on."""

    LEGAL_OBLIGATION = "legal_obligation"
    TRANSACTION_OPEN = "transaction_open"
    SECURITY = "security"
    BACKUP_ONLY = "backup_only"
    NOT_OUR_ROLE = "not_our_role"
    CANNOT_IDENTIFY = "cannot_identify"
    UNSUPPORTED_ACTION = "unsupported_action"
    TECHNICAL = "technical"
    OTHER = "other"


class Stage(StrEnum):
    """Where a request stands, for a reader who is kept waiting (N-18)."""

    VERIFYING = "verifying"
    DECIDING = "deciding"
    WORKING = "working"
    ANSWERING = "answering"


class Situation(StrEnum):
    """What staff are told of (T-01)."""

    DECISION_WAITS = "decision_waits"
    DEADLINE_NEAR = "deadline_near"
    DEADLINE_BREACHED = "deadline_breached"
    EXTENSION_OFFERED = "extension_offered"
    EXTENSION_LAPSED = "extension_lapsed"
    EXTENSION_AT_RISK = "extension_at_risk"
    PROVIDER_SILENT = "provider_silent"
    PROVIDER_REFUSED = "provider_refused"
    PROVIDER_CONTRADICTS = "provider_contradicts"
    DIRECTION_UNDELIVERABLE = "direction_undeliverable"
    DIRECTION_DELAYED = "direction_delayed"
    SENDING_PAUSED = "sending_paused"
    LETTER_TO_POST = "letter_to_post"
    COPY_NOT_FETCHED = "copy_not_fetched"
    STEP_PARKED = "step_parked"
    MESSAGE_WAITS = "message_waits"
    LETTER_BOUNCED = "letter_bounced"
    LETTER_ON_PAPER = "letter_on_paper"
    LETTER_REFUSED = "letter_refused"
    FRAUD_SUSPECTED = "fraud_suspected"
    AMBIGUOUS_IDENTITY = "ambiguous_identity"
    ADDRESS_NOT_HELD = "address_not_held"
    REQUEST_DISOWNED = "request_disowned"
    AUTHORITY_TO_CHECK = "authority_to_check"
    REVIEW_NEEDED = "review_needed"
    SENDER_DIFFERED = "sender_differed"
    CANCEL_ATTEMPTED = "cancel_attempted"
    MISDELIVERY = "misdelivery"
    MISDELIVERY_AFTER_CLOSE = "misdelivery_after_close"
    MESSAGE_PARKED = "message_parked"
