"""Running a procedure beside its helpers: a failure in any is seen, a cancel request ends none."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError

Result = TypeVar("Result")
Running = Coroutine[Any, Any, None]


class Stuck(Exception):
    """Something failed that must not end a request: the workflow's task fails, is seen and retried.

    Temporal ends a workflow as Failed for an activity's error that nobody caught; a legal duty
    does not end that way.
    """


async def despite_cancel(
    work: Coroutine[Any, Any, Result], on_cancel: Callable[[], None]
) -> Result:
    """Carry ``work`` to its end; a cancel request calls ``on_cancel`` and stops nothing."""
    task = asyncio.create_task(work)
    noticed = False
    while not task.done():
        try:
            await workflow.wait([task])
        except asyncio.CancelledError:
            # Without a reason, or a second time, it is the worker evicting this workflow.
            if noticed or workflow.cancellation_reason() is None:
                raise
            noticed = True
            on_cancel()
    return task.result()


async def run_beside(procedure: Running, helpers: Sequence[Running]) -> None:
    """Run ``procedure`` to its end while ``helpers`` run for ever: the workflow ends with it.

    Raises:
        Stuck: the procedure or a helper failed with an error of Temporal's.
    """
    tasks = [asyncio.create_task(each) for each in (procedure, *helpers)]
    try:
        await workflow.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    except FailureError as failure:
        raise Stuck(f"{type(failure).__name__}: see the failed activity") from failure
