"""Running a procedure beside its helpers, so that a failure in any of them is seen."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from temporalio import workflow
from temporalio.exceptions import FailureError

Running = Coroutine[Any, Any, None]


class Stuck(Exception):
    """Something failed that must not end a request: the workflow's task fails, is seen and retried.

    Temporal ends a workflow as Failed for an activity's error that nobody caught; a legal duty
    does not end that way.
    """


async def run_beside(
    procedure: Running, helpers: Sequence[Running], on_cancel: Callable[[], None]
) -> None:
    """Run ``procedure`` to its end while ``helpers`` run for ever: the workflow ends with it.

    A cancel request calls ``on_cancel`` and stops nothing (design, 4d).

    Raises:
        Stuck: the procedure or a helper failed with an error of Temporal's.
    """
    tasks = [asyncio.create_task(each) for each in (procedure, *helpers)]
    try:
        await _first_of(tasks, on_cancel)
        for task in tasks:
            if task.done():
                task.result()
    except FailureError as failure:
        raise Stuck(f"{type(failure).__name__}: see the failed activity") from failure


async def _first_of(tasks: list[asyncio.Task[None]], on_cancel: Callable[[], None]) -> None:
    noticed = False
    while not any(task.done() for task in tasks):
        try:
            await workflow.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            # Without a reason, or a second time, it is the worker evicting this workflow.
            if noticed or workflow.cancellation_reason() is None:
                raise
            noticed = True
            on_cancel()
