"""The task of telling people what a new policy changes: open until somebody has published it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from temporalio import workflow
from temporalio.common import RawValue

from domain.action_table import Action, ActionTable, parse
from domain.decisions.guarded import always, guarded
from domain.messages import Message
from domain.refusals import Refused
from workflows import names
from workflows.screen import Columns
from workflows.staff_desk import staff_input
from workflows.starts import read_start, start_of
from workflows.supervision import despite_cancel

PUBLISH_NOTICE = "publish_notice"
"""What waits for staff, in the lists of the Web UI."""

PUBLISHED = Action(
    "notice_published",
    Message,
    guarded(always)(lambda *_: ()),
    "Say that the revised policy is published, with a notice of its material changes.",
    {"decided_by": "s.lee"},
)

TAKES_SIGNALS = "a signal publishes the notice as well"
"""Patch: before it, a signal of that name had no handler."""

_ACTIONS = ActionTable(PUBLISHED)

_BY_HAND = "This task is opened by `privacy policy diff OLDER NEWER`; run that instead."


class NoticeTask(BaseModel):
    """What is to be told, of which revision, and until when: an instant, and its day here."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    before: str
    after: str
    due: AwareDatetime
    due_on: date | None = None
    changes: tuple[str, ...]

    @property
    def by(self) -> date:
        """The last day; of a task that an earlier release opened, as UTC has it."""
        return self.due_on or self.due.date()


def task_id(version: str) -> str:
    """Return the id of the task for a revision: one for each, however often it is asked for."""
    return f"policy-notice.{version}"


@workflow.defn(name=names.POLICY_NOTICE)
class PolicyNotice:
    """One task for the privacy team."""

    @workflow.init
    def __init__(self, *payloads: Any) -> None:
        self._published_by = ""
        self._not_taken = ""
        self._task = read_start(NoticeTask, payloads)

    @workflow.run
    async def run(self, *payloads: Any) -> str:
        """Stand in the list of what waits for staff until the notice is out."""
        task = start_of(NoticeTask, payloads, _BY_HAND)
        await despite_cancel(self._stand(task.due), lambda: None)
        return f"published, says {self._published_by}"

    async def _stand(self, due: datetime) -> None:
        columns = Columns()
        self._show()
        columns.show(names.NEEDS_ACTION.value_set(PUBLISH_NOTICE), names.RESPOND_BY.value_set(due))
        await workflow.wait_condition(lambda: bool(self._published_by))
        columns.show(names.NEEDS_ACTION.value_set(names.NOTHING))
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update(name=PUBLISHED.name, description=PUBLISHED.description)
    async def notice_published(self, *payloads: Any) -> str:
        """Close the task."""
        self._published_by = parse(PUBLISHED, payloads).decided_by
        return f"{PUBLISHED.name}: recorded."

    @notice_published.validator
    def refuse_unreadable(self, *payloads: Any) -> None:
        """Say what to send."""
        try:
            parse(PUBLISHED, payloads)
        except Refused as refused:
            raise staff_input(refused.sentence) from None

    @workflow.signal(name=PUBLISHED.name, description=PUBLISHED.description)
    def notice_published_as_told(self, *payloads: Any) -> None:
        """Close the task, or show why not: nobody hears what becomes of a signal."""
        try:
            published_by = parse(PUBLISHED, payloads).decided_by
        except Refused as refused:
            self._refuse(refused.sentence)
        else:
            if workflow.patched(TAKES_SIGNALS):
                self._published_by = published_by

    @workflow.signal(dynamic=True)
    def unknown_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """Show that a signal which no handler has went nowhere."""
        self._refuse(_ACTIONS.unknown)

    def _refuse(self, sentence: str) -> None:
        self._not_taken = f"\n\n**A signal was not taken.** {sentence}"
        self._show()

    def _show(self) -> None:
        if self._task is not None:
            workflow.set_current_details(_details(self._task) + self._not_taken)


def _details(task: NoticeTask) -> str:
    lines = [
        f"**Publish a notice: what {task.after} changes.**",
        "",
        f"People were told otherwise by {task.before}. Publish the revised policy, with a notice "
        f"of these changes, by {task.by}:",
        "",
        *(f"- {change}" for change in task.changes),
        "",
        "Then choose *More Actions*, *Send an Update*, and with your own staff id:",
        "",
        f"`{PUBLISHED.name}`",
        f"```json\n{PUBLISHED.example_json.replace('s.lee', 'your.id')}\n```",
    ]
    return "\n".join(lines)
