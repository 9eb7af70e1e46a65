"""What a failure tells Temporal: staff read sentences meant for them, the rest is encrypted."""

from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultFailureConverter, PayloadConverter
from temporalio.exceptions import ApplicationError, FailureError

from domain.staff_input import STAFF_INPUT
from workers.redaction import safe_message, scrub

_ENCODED = "Encoded failure"
_SEE_LOG = "The worker's log says where it happened."


class StaffSafeFailureConverter(DefaultFailureConverter):
    """Encodes failures, strips stack traces, and keeps staff's sentences in clear.

    ``ApplicationError(type=STAFF_INPUT)`` keeps its message, which the Web UI shows undecoded,
    and loses its cause. Any other message goes into the encoded attributes; an exception that
    is not ours gives only its type, because its text may hold anything.
    """

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """Fill ``failure`` from an exception; called again for each of its causes."""
        super().to_failure(_presentable(exception), payload_converter, failure)
        failure.stack_trace = ""
        if isinstance(exception, ApplicationError) and exception.type == STAFF_INPUT:
            _keep_only_sentence(failure, exception.message)
        else:
            _encode_message(failure, payload_converter)


def _presentable(exception: BaseException) -> BaseException:
    """Return failures as they are; turn other exceptions into one that holds no content."""
    if isinstance(exception, FailureError):
        return exception
    message = safe_message(exception) or f"{type(exception).__name__}. {_SEE_LOG}"
    told = ApplicationError(message, type=type(exception).__name__)
    told.__cause__ = exception.__cause__
    told.__context__ = exception.__context__
    told.__suppress_context__ = exception.__suppress_context__
    return told


def _keep_only_sentence(failure: Failure, sentence: str) -> None:
    failure.message = scrub(sentence)
    failure.ClearField("encoded_attributes")
    failure.ClearField("cause")


def _encode_message(failure: Failure, payload_converter: PayloadConverter) -> None:
    attributes = {"message": failure.message, "stack_trace": ""}
    failure.encoded_attributes.CopyFrom(payload_converter.to_payload(attributes))
    failure.message = _ENCODED
