"""How a step tells its workflow that a system of the business failed it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.exceptions import ApplicationError

from activities.heartbeats import alive
from datamap.errors import DataMapError, SystemFailed


@asynccontextmanager
async def told() -> AsyncIterator[None]:
    """Let a failing system be tried again; what trying again cannot mend parks the request.

    A system may take long: signs of life go on meanwhile. The error's type is a code for staff;
    its message stays out of Temporal's clear text.
    """
    try:
        async with alive():
            yield
    except SystemFailed:
        raise
    except DataMapError as error:
        raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from None
