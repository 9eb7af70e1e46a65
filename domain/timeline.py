"""The story of a request in sentences, from its ledger; for auditors, years later.

It reads documents as they are recorded, so that an event of any release has at least its name.
"""

import re
from collections.abc import Mapping
from typing import Any

from domain.situation import DECISION_IN_WORDS
from domain.vocabulary import NoticeKind

SENTENCES: Mapping[str, str] = {
    "RequestReceived": (
        "The request ({request_type}) came in by {channel}; asked by: {requester}; residency: "
        "{residency}. It was received at {received_at}; the answer is due by {dates_respond_by}. "
        "Policy {policy_version} applies."
    ),
    "RequestResumed": "The workflow was lost and went on from the ledger.",
    "NoticeRequested": "A letter to the {audience} was ordered: {notice}.",
    "NoticeSent": "The mail server accepted letter {letter} at {accepted_at}.",
    "NoticeRefused": "The mail server refused letter {letter} ({reply_code}).",
    "LetterQueued": "Letter {letter} was printed and waited to be posted.",
    "LetterPosted": "Letter {letter} was posted on {posted_on}, as entered by {actor}.",
    "LetterBounced": "Letter {letter} came back ({status}).",
    "LetterSwitched": "Letter {letter} went out again, on paper.",
    "MessageReceived": "A mail of the consumer came in ({reading}), with {files} files.",
    "MessagesRead": "The consumer's messages were read and dealt with, by {actor}.",
    "LetterRetried": "Letter {letter} was sent again, by {actor}.",
    "AddressConfirmed": "The consumer confirmed the address by its link.",
    "PointsAdded": "The consumer offered more points of identity: {kinds}.",
    "DeclarationSigned": "A declaration under penalty of perjury was signed.",
    "AuthorityAccepted": "The authority to ask ({form}) was accepted by {actor}.",
    "AuthorityRefused": "The proof of authority was refused by {actor}: {reason}.",
    "AgeEstablished": "The age was established by {actor}: {method}.",
    "RequestReopened": (
        "{actor} took the closed request up again: {reason}. The answer is due by "
        "{dates_respond_by}."
    ),
    "RequestReassigned": "{actor} gave the request to {to}.",
    "RequestReclassified": (
        "{actor} corrected what is asked: {request_type}; asked by: {requester}; residency: "
        "{residency}. The answer is due by {dates_respond_by}."
    ),
    "ConsumerAsked": "{actor} asked the consumer for more: {need}.",
    "ContactCorrected": (
        "{actor} corrected the consumer's address; earlier links open nothing any more."
    ),
    "DocumentRejected": "{actor} turned a document down ({purpose}): {reason}.",
    "WindowReopened": "{actor} let proof of identity count until {until}.",
    "HoldPlaced": "{actor} placed the legal hold {hold} (matter {matter}).",
    "HoldReleased": "{actor} released the legal hold {hold}.",
    "FraudFlagged": "{actor} flagged the request as suspected fraud: {reason}.",
    "FraudCleared": "{actor} cleared the suspicion of fraud.",
    "LetterResent": "{actor} had letter {letter} sent once more.",
    "DeliveryRevoked": "{actor} made every link to the package worthless.",
    "RequestWithdrawn": "The request was withdrawn by {actor}: {reason}.",
    "DuplicateNamed": "{actor} said that this request repeats {lead}.",
    "DuplicateDismissed": "It does not repeat {lead}, and goes on by itself.",
    "RequestMerged": (
        "The request repeats {lead}, received on {lead_received_on}, whose answer is due by "
        "{answer_by} and answers both, as {actor} said."
    ),
    "ExcessRefused": "The request was refused as excessive by {actor}: {reason}.",
    "FeeQuoted": "A fee was quoted by {actor}: {reason}, {work_minutes} minutes.",
    "FeeAccepted": "The consumer accepted the fee.",
    "ReportsSettled": "The reports asked for with this request are settled.",
    "ReportWaitEnded": "The last day to wait for the report passed.",
    "MinorNoticed": "A young person's age came up; request {purge} was opened for it.",
    "EarlierRequestsCounted": "Earlier requests that count: {counted}.",
    "RequestDisowned": "The holder of the address said that the request is not theirs.",
    "DocumentReceived": "A document was uploaded ({purpose}).",
    "DeliveryChosen": "The consumer chose how a copy of the data is to come: {way}.",
    "StatusLinkRequested": "The consumer asked for a new link to the request.",
    "PackageCodeRequested": "The consumer asked for a code to fetch the package.",
    "PackageFetched": "The consumer fetched the package; it is purged at {purge_at}.",
    "PackageReissued": "A new link to the package was sent, by {actor}.",
    "PackageEnded": "The package can no longer be fetched.",
    "MessageParked": "Message {inbox} could not be read ({reason}) and was put aside for staff.",
    "MessageIgnored": "A message came too late and changed nothing.",
    "IdentityAssessed": (
        "The identity was assessed: {outcome}; {points_counted} points matched, "
        "{mismatches} did not."
    ),
    "IdentityVerified": (
        "The identity was verified by {points_counted} points; {points_required} were required."
    ),
    "VerificationWindowClosed": "The time to verify ended: {outcome}.",
    "HoldingsSurveyed": "What is held was counted: {rows}.",
    "RequestApproved": "The request was approved by {actor}: {reason}.",
    "RequestDenied": "The request was denied by {actor}: {reason}. Law that was cited: {law}.",
    "ExtensionApproved": (
        "An extension by {extra_days} days was approved by {actor}: {reason}. It takes effect when "
        "the consumer is told by {notice_deadline}."
    ),
    "DeadlineExtended": "The consumer was told in time; the answer is due by {new_due}.",
    "ExtensionLapsed": "The letter on the extension was not accepted in time; it has lapsed.",
    "DeadlineWarned": "Staff were warned that a date comes near ({kind}, {day} days).",
    "DeadlineBreached": "A date passed unmet: {kind}, due by {due}.",
    "ErasurePlanned": "The erasure was planned: {rows}. Hash of the plan: {plan_hash}.",
    "ErasureReapplied": (
        "A restored backup had brought data back ({came_back}); {actor} had it erased again."
    ),
    "RowsTakenOut": (
        "The planned rows were taken out of the systems: {planned}. They can be put back until "
        "{until}."
    ),
    "RestoreApproved": "{actor} agreed that the deletion be undone: {reason}.",
    "DeletionUndone": "The deletion was undone: {restored} put back; {missing} could not be.",
    "RestoreJournalEnded": "The last day to undo the deletion has come.",
    "RestoreJournalDestroyed": "What could have undone the deletion was destroyed.",
    "DataErased": (
        "The data was erased and proven absent through a fresh connection: {absent}. "
        "Retained: {retained}."
    ),
    "ReportCompiled": "The report was compiled. Its hash: {content_hash}.",
    "ItemsReviewed": "{actor} decided on items of the package: {decisions}.",
    "RebuildAsked": "{actor} had the package built anew by the review.",
    "ReportReleased": "The report was released by {actor}.",
    "DataCorrected": "The data was corrected: {fields}.",
    "ChoiceApplied": "The choice ({scope}) was applied, effective {effective_on}.",
    "AccountDeactivated": "The account was switched off: {rows}.",
    "OptOutApplied": "The person counts as opted out from {effective_on}.",
    "ProvidersDirected": "Service providers were directed: {providers}.",
    "ProviderReported": "Provider {provider} stands at: {standing}.",
    "ProviderWaitEnded": "The last day to wait for providers passed.",
    "StepParked": "The step {step} failed ({reason}) and waited for staff.",
    "StepRetried": "The step {step} was tried again, by {actor}.",
    "StaffActed": "{actor} sent {action}.",
    "ActionAgreed": "{actor} wants {action}; {people} different people must.",
    "ActionRefused": "The action {action} was refused: {refusal}",
    "SenderDiffered": "A signal {action} names {actor}; {sent_by} sent it.",
    "CancelRequested": "A cancellation was attempted; it changed nothing.",
    "RequestAnswered": "The request was answered: {outcome}, accepted at {accepted_at}.",
    "RequestClosed": "The request was closed: {outcome}. Its record is kept until {retain_until}.",
    "DirectionIssued": (
        "{name} is to act ({action}, by {protocol}) and to confirm by {confirm_by}."
    ),
    "DirectionSent": "The direction was handed over (repetition {repeat}).",
    "DirectionDelayed": "The direction could not be handed over yet: {reason}.",
    "DirectionUndeliverable": "The direction could not be delivered: {reason}.",
    "SendingRetried": "The direction was sent again, by {actor}.",
    "AcknowledgementRecorded": (
        "The provider answered: {standing}, at {at}. Hash of its message: {evidence_hash}; "
        "key: {key_fingerprint}."
    ),
    "LateAcknowledgementStored": (
        "Provider {provider} answered after its direction had ended: {standing}, at {at}. "
        "Hash of its message: {evidence_hash}; key: {key_fingerprint}."
    ),
    "LateMessageStored": "A message came after the end and changed nothing.",
    "LateAnswerCompared": (
        "The late answer of {provider} was compared with what the consumer was told: {told} then, "
        "{standing} now."
    ),
    "RequestFrozen": "{actor} froze the request: something of it reached the wrong person.",
    "RequestUnfrozen": "{actor} let the request go on ({reason}); held letters: {letters}.",
    "LateAnswerSettled": "Whoever had to hear of the late answer was written to.",
    "CopyReceived": "The copy that the provider returned was fetched. Its hash: {content_hash}.",
    "CopyNotReceived": "The copy that the provider returned could not be had: {reason}.",
    "ProviderReminded": "The provider was reminded.",
    "ProviderEscalated": "The provider did not confirm in time; staff were told.",
    "ProviderGivenUp": "The last day to wait for the provider passed without its last word.",
    "DirectionClosed": "Staff stopped waiting for the provider: {reason}, by {actor}.",
    "DirectionEnded": "The provider's last word: {standing}.",
    "PackageOpened": (
        "A right code was typed for the link of letter {letter}, and the package began to go out. "
        "Its hash: {package_hash}."
    ),
    "PackageDownloaded": "The package was downloaded. Its hash: {package_hash}.",
    "PackagePrinted": "The package was printed by {actor}, to be posted. Its hash: {package_hash}.",
    "EvidenceExported": "Evidence was exported by {actor}.",
    "PersonalDataViewed": "{actor} was shown {what}.",
    "HealthStatementKept": (
        "The consumer's statement about item {item} was kept, {words} words, by {actor}."
    ),
    "TakenDown": "The request was taken down by {actor}.",
    "IncidentReported": "A misdelivery was reported by {actor}; {links} links were revoked.",
}

_OUTCOMES = {str(outcome): said for outcome, said in DECISION_IN_WORDS.items()}
_LETTERS = {each.value: each.name.replace("_", " ").lower() for each in NoticeKind}
_LOUD = re.compile(r"[A-Z]{4,}(_[A-Z]+)*")
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


def sentence(kind: str, data: Mapping[str, Any]) -> str:
    """Say what an event of type ``kind`` recorded. Holds what the event holds, nothing personal."""
    template = SENTENCES.get(kind)
    if template is None:
        said = spaced(kind).capitalize()
        return f"{said}: {words(data)}." if data else f"{said}."
    return template.format_map(_Words(data))


def words(value: Any) -> str:
    """Say a value: codes with spaces, instants in minutes, lists and mappings with commas."""
    if isinstance(value, Mapping):
        return _of_mapping(value)
    if isinstance(value, list | tuple):
        return ", ".join(words(each) for each in value) or "nothing"
    if value is None or value == "":
        return "none"
    return _of_text(str(value))


def _of_mapping(value: Mapping[str, Any]) -> str:
    if {"id", "known"} <= value.keys():
        return f"{value['id']} ({value['known']})"
    if {"collection", "ground", "rows"} <= value.keys():
        return f"{value['rows']} rows of {value['collection']} ({value['ground']})"
    if {"item", "action"} <= value.keys():
        reason = f" ({words(value['reason'])})" if value.get("reason") else ""
        return f"{value['action']} {value['item']}{reason}"
    return ", ".join(f"{key} {words(each)}" for key, each in value.items()) or "nothing"


def _of_text(text: str) -> str:
    if _INSTANT.fullmatch(text):
        return f"{text[:10]} {text[11:16]} UTC"
    if text in _LETTERS:
        return f"{_LETTERS[text]} ({text})"
    if text in _OUTCOMES:
        return _OUTCOMES[text]
    if _LOUD.fullmatch(text):
        return text.replace("_", " ").lower()
    return text.replace("_", " ") if _CODE.fullmatch(text) else text


def spaced(kind: str) -> str:
    """Say the name of an event's type as words: "letter retried"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()


class _Words(dict[str, str]):
    """The fields of an event in words, nested ones as ``outer_inner``; missing ones are none."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__({name: words(value) for name, value in data.items()})
        for name, value in data.items():
            if isinstance(value, Mapping):
                self.update({f"{name}_{inner}": words(each) for inner, each in value.items()})

    def __missing__(self, name: str) -> str:
        return "none"
