"""Replaying recorded histories on today's code, with the converter and sandbox of the worker."""

from collections.abc import Sequence

from temporalio.worker import Replayer

from workers.keys import KeySet
from workers.temporal.converter import data_converter
from workers.temporal.sandbox import sandbox_runner


def replayer(workflows: Sequence[type], keys: KeySet) -> Replayer:
    """Return a replayer that differs from the worker in nothing but having no server.

    ``keys`` must hold those that the histories were recorded with.
    """
    return Replayer(
        workflows=workflows,
        data_converter=data_converter(keys),
        workflow_runner=sandbox_runner(workflows),
    )
