"""The sandbox in which workflows run, the same for worker, replayer and tests."""

import pkgutil
from collections.abc import Sequence

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

import workflows as room

PURE = ("domain", "rfc8785", "structlog", "email_validator", "dns", "idna")
"""Modules outside ``workflows/`` that do nothing (or, on replay, say nothing)."""


def sandbox_runner(workflows: Sequence[type]) -> SandboxedWorkflowRunner:
    """Return the runner for these workflows.

    Only the modules that define them are imported anew for each run. Their helpers and ``PURE``
    are loaded once: importing all of it costs a tenth of a second and most of a megabyte a run.
    """
    passed_through = (*PURE, *_helpers({workflow.__module__ for workflow in workflows}))
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*passed_through)
    return SandboxedWorkflowRunner(restrictions=restrictions)


def _helpers(defining: set[str]) -> list[str]:
    """Name the modules of ``workflows/`` that neither define a workflow nor hold one that does."""
    found = pkgutil.walk_packages(room.__path__, prefix=f"{room.__name__}.")
    return [
        module.name
        for module in found
        if not any(f"{definer}.".startswith(f"{module.name}.") for definer in defining)
    ]
