"""The sandbox in which workflows run, the same for worker, replayer and tests."""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

PASSED_THROUGH = ("domain", "rfc8785", "structlog", "email_validator", "dns", "idna")
"""Modules that are pure (or silent on replay) and so are loaded once instead of once a run."""


def sandbox_runner() -> SandboxedWorkflowRunner:
    """Return the runner; workflow modules are re-imported per run, ``PASSED_THROUGH`` are not."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)
