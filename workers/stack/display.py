"""Says what the supervisor is doing: a live line in a terminal, plain lines elsewhere."""

from rich.console import Console

from workers.stack.runner import Step

TITLES = {
    "stack": "Stack",
    "postgres": "PostgreSQL",
    "databases": "Databases and sample business",
    "mail_sink": "Mail sink",
    "temporal": "Temporal",
    "worker": "Worker",
    "gateway": "Gateway",
    "mail_intake": "Mail intake",
    "sample_webhook": "Sample provider Acme Analytics",
    "sample_mailbox": "Sample provider Postbird",
}


class Display:
    """Shows steps on a console; pass `show` as the supervisor's `announce`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("") if console.is_terminal else None

    def show(self, step: Step) -> None:
        """Show one step."""
        title = TITLES.get(step.part, step.part)
        if step.what in {"starting", "stopping"}:
            self._pass(f"{title}: {step.what}")
        else:
            self._keep(title, step)

    def _pass(self, line: str) -> None:
        if self._status:
            self._status.update(line)
            self._status.start()

    def _keep(self, title: str, step: Step) -> None:
        if self._status:
            self._status.stop()
        took = f" ({step.seconds:.1f} s)" if step.seconds else ""
        self._console.print(f"{title}: {step.what}{took}", highlight=False, markup=False)
