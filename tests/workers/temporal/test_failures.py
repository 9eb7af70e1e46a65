"""Failures on their way to Temporal: sentences for staff in clear, everything else hidden."""

from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from domain.staff_input import STAFF_INPUT
from workers.keys import KeySet
from workers.temporal.converter import PayloadMismatch, data_converter


async def told(error: BaseException, keys: KeySet) -> Failure:
    """Convert and encrypt a failure as a worker does."""
    failure = Failure()
    await data_converter(keys).encode_failure(error, failure)
    return failure


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    """Raise and catch an error, so that it has a trace."""
    try:
        raise error from cause
    except Exception as caught:
        return caught


async def test_a_sentence_for_staff_is_readable_without_keys(keys: KeySet) -> None:
    """A refusal keeps its message in clear and brings neither trace nor cause."""
    refusal = raised(ApplicationError("Give a reason.", type=STAFF_INPUT), ValueError("canary"))
    failure = await told(refusal, keys)
    assert failure.message == "Give a reason."
    assert not failure.stack_trace
    assert not failure.HasField("encoded_attributes")
    assert not failure.HasField("cause")


async def test_our_own_messages_travel_encrypted(keys: KeySet) -> None:
    """Any other failure of ours is encrypted and comes back whole, without its trace."""
    failure = await told(raised(ApplicationError("The plan is gone.", type="PlanGone")), keys)
    assert b"plan" not in failure.SerializeToString()
    back = await data_converter(keys).decode_failure(failure)
    assert isinstance(back, ApplicationError)
    assert (back.message, back.type) == ("The plan is gone.", "PlanGone")
    assert back.failure is not None
    assert not back.failure.stack_trace


async def test_exceptions_of_others_lose_their_text(keys: KeySet) -> None:
    """A library's exception, also as a cause, gives its type only, even to those with keys."""
    cause = raised(ValueError("Key (email)=(canary@example.com) exists"))
    failure = await told(raised(ApplicationError("The row was not written."), cause), keys)
    back = await data_converter(keys).decode_failure(failure)
    assert isinstance(back.__cause__, ApplicationError)
    assert back.__cause__.type == "ValueError"
    assert "canary" not in back.__cause__.message


async def test_a_failure_passed_on_stays_encrypted(keys: KeySet) -> None:
    """A failure that a workflow received and raises again is not stored in clear."""
    converter = data_converter(keys)
    received = await converter.decode_failure(
        await told(
            raised(ApplicationError("Outer canary."), PayloadMismatch("Inner canary.")), keys
        )
    )
    failure = await told(raised(ApplicationError("Given up."), received), keys)  # type: ignore[arg-type]
    assert b"canary" not in failure.SerializeToString()
