"""The words of the field, spelled once: the enumerations of the rulebook's section 0."""

from enum import StrEnum


class RequestType(StrEnum):
    """Rights a person can exercise; ``minor_purge`` only the company opens (MIN-06)."""

    KNOW_CATEGORIES = "know_categories"
    KNOW_SPECIFIC = "know_specific"
    KNOW_BOTH = "know_both"
    PORTABILITY = "portability"
    DELETE = "delete"
    CORRECT = "correct"
    OPT_OUT_SALE_SHARING = "opt_out_sale_sharing"
    LIMIT_SPI = "limit_spi"
    OPT_IN_MINOR = "opt_in_minor"
    OPT_IN_AFTER_OPT_OUT = "opt_in_after_opt_out"
    MARKETING_OPT_OUT = "marketing_opt_out"
    ACCOUNT_REVIEW = "account_review"
    ACCOUNT_CHANGE = "account_change"
    ACCOUNT_TERMINATE = "account_terminate"
    TESTIMONIAL_CHANGE = "testimonial_change"
    GPC_SIGNAL = "gpc_signal"
    MINOR_PURGE = "minor_purge"
    ADMT_ACCESS = "admt_access"
    ADMT_OPT_OUT = "admt_opt_out"


class Requester(StrEnum):
    """Who asks. The last two may open nothing but a ``minor_purge``."""

    CONSUMER = "consumer"
    AGENT_SIGNED = "agent_signed"
    AGENT_POA = "agent_poa"
    PARENT = "parent"
    CONSERVATOR = "conservator"
    REPORTER = "reporter"
    COMPANY = "company"


FOR_ANOTHER = frozenset(
    {
        Requester.AGENT_SIGNED,
        Requester.AGENT_POA,
        Requester.PARENT,
        Requester.CONSERVATOR,
    }
)
"""Requesters who ask for somebody else, and must show that they may."""


class Residency(StrEnum):
    """Where the consumer lives; ``UNKNOWN`` is treated as California (REQ-04)."""

    CA = "CA"
    EEA = "EEA"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class Channel(StrEnum):
    """How the request first reached the company (REQ-07, REQ-08)."""

    WEB_FORM = "web_form"
    EMAIL = "email"
    PHONE = "phone"
    POST = "post"
    IN_PERSON = "in_person"
    GPC = "gpc"
    AGENT_PROTOCOL = "agent_protocol"


class Language(StrEnum):
    """Languages in which letters, pages and declarations exist (NOT-06)."""

    ENGLISH = "en"
    SPANISH = "es"


class Role(StrEnum):
    """What a signed-in member of staff may do; each role stands alone, a person may have all."""

    HANDLER = "handler"
    APPROVER = "approver"
    COUNSEL = "counsel"
    AUDITOR = "auditor"


class VerificationOutcome(StrEnum):
    """What an assessment of identity comes to (VER-16)."""

    VERIFIED = "VERIFIED"
    NOT_REQUIRED = "NOT_REQUIRED"
    NEED_MORE_INFO = "NEED_MORE_INFO"
    DOWNGRADE_TO_CATEGORIES = "DOWNGRADE_TO_CATEGORIES"
    UNVERIFIED_DENY = "UNVERIFIED_DENY"
    UNVERIFIED_TREAT_AS_OPT_OUT = "UNVERIFIED_TREAT_AS_OPT_OUT"
    FRAUD_HOLD = "FRAUD_HOLD"


class AgentOutcome(StrEnum):
    """What an assessment of an agent's authority comes to (AGT-01 to AGT-05)."""

    ACCEPT = "ACCEPT"
    NEED_AGENT_PROOF = "NEED_AGENT_PROOF"
    NEED_CONSUMER_VERIFICATION = "NEED_CONSUMER_VERIFICATION"
    DENY_AGENT_UNAUTHORIZED = "DENY_AGENT_UNAUTHORIZED"
    DENY_UNVERIFIED = "DENY_UNVERIFIED"


class Decision(StrEnum):
    """How a request can be decided; ``REVIEW_REQUIRED`` is internal and never final."""

    GRANT = "GRANT"
    GRANT_PARTIAL = "GRANT_PARTIAL"
    DENY = "DENY"
    NO_DATA = "NO_DATA"
    REFUSE_EXCESS = "REFUSE_EXCESS"
    FEE_ESTIMATE = "FEE_ESTIMATE"
    WITHDRAWN = "WITHDRAWN"
    DUPLICATE = "DUPLICATE"
    REVIEW_REQUIRED = "REVIEW_REQUIRED"
    UNVERIFIED_TREAT_AS_OPT_OUT = "UNVERIFIED_TREAT_AS_OPT_OUT"
    UNVERIFIED_DENY = "UNVERIFIED_DENY"


class NoticeKind(StrEnum):
    """Letters and directions by the rulebook's numbers (section 12), and our mails to staff."""

    ACKNOWLEDGEMENT = "N-01"
    MORE_INFORMATION = "N-02"
    EXTENSION = "N-03"
    DENIAL = "N-04"
    PARTIAL_OUTCOME = "N-05"
    ACCESS_REPORT = "N-06"
    DELETION_COMPLETE = "N-07"
    CORRECTION_RESULT = "N-08"
    UNVERIFIED_DELETION = "N-09"
    OPT_OUT_DONE = "N-10"
    AGENT_PROOF = "N-11"
    FEE_ESTIMATE = "N-12"
    MINOR_OPT_IN = "N-13"
    PROVIDER_DIRECTION = "N-14"
    THIRD_PARTY_NOTICE = "N-15"
    EXCESS_REFUSAL = "N-16"
    NOTHING_FOUND = "N-17"
    LATE_ANSWER = "N-18"
    PROVIDER_REMINDER = "P-01"
    SUPPLEMENT = "S-01"
    PACKAGE_CODE = "S-02"
    AGENT_TOLD = "S-03"
    MERGED = "S-04"
    NEW_LINK = "S-05"
    STAFF_ALERT = "T-01"


class ProviderStanding(StrEnum):
    """What is known of a provider's compliance with one direction (SVC-02)."""

    NOT_REACHED = "not_reached"
    DIRECTED = "directed"
    RECEIVED = "received"
    DONE = "done"
    PARTLY = "partly"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    SILENT = "silent"


class PointOfIdentity(StrEnum):
    """Kinds of facts by which a consumer can be matched; policy says their worth (VER-19)."""

    EMAIL = "email"
    FULL_NAME = "full_name"
    PHONE = "phone"
    POSTAL_ADDRESS = "postal_address"
    BIRTH_DATE = "birth_date"
    CUSTOMER_NUMBER = "customer_number"
    ORDER_NUMBER = "order_number"
    EMPLOYER = "employer"
    JOB_TITLE = "job_title"
    BUSINESS_EMAIL = "business_email"
    BUSINESS_PHONE = "business_phone"


class Urgency(StrEnum):
    """How near an unanswered request is to its due date."""

    ON_TIME = "on time"
    DUE_SOON = "due soon"
    OVERDUE = "overdue"
    ANSWERED = "answered"
