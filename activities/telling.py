"""How a step tells its workflow that it failed for good."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.exceptions import ApplicationError

from datamap.errors import DataMapError, SystemFailed


@asynccontextmanager
async def told(*also: type[Exception]) -> AsyncIterator[None]:
    """Let a failing system be tried again; what trying again cannot mend parks the request.

    That is every other error of the data map, and ``also``. The error's type is a code for staff;
    its message stays out of Temporal's clear text.
    """
    final: tuple[type[Exception], ...] = (DataMapError, *also)
    try:
        yield
    except SystemFailed:
        raise
    except final as error:
        raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from None
