"""The sandbox: workflow modules are imported for each run, what they use is loaded once."""

from tests.workers.temporal.probe import Probe
from workers.temporal.sandbox import sandbox_runner
from workflows.consumer_request import ConsumerRequest
from workflows.housekeeping import Housekeeping


def test_modules_that_define_workflows_stay_inside() -> None:
    """Definitions are not passed through, their helpers and the domain are."""
    passed = sandbox_runner([ConsumerRequest, Housekeeping, Probe]).restrictions.passthrough_modules
    assert {"domain", "workflows.exchange", "workflows.journal"} <= passed
    assert not {"workflows", "workflows.consumer_request", "workflows.housekeeping"} & passed
