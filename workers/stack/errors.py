"""What the embedded stack says when a part of it cannot run."""

from pathlib import Path

LOG_LINES_SHOWN = 15


class StackError(Exception):
    """A part of the embedded stack failed; the message shows its log and says what to do."""

    def __init__(self, part: str, problem: str, advice: str, log: Path | None = None) -> None:
        self.part = part
        self.problem = problem
        self.advice = advice
        super().__init__(_message(part, problem, advice, log))


def _message(part: str, problem: str, advice: str, log: Path | None) -> str:
    lines = [f"{part}: {problem}"]
    tail = last_lines(log) if log else []
    if tail:
        lines += [f"Last lines of {log}:", *(f"    {line}" for line in tail)]
    return "\n".join([*lines, f"What to do: {advice}"])


def last_lines(log: Path, count: int = LOG_LINES_SHOWN) -> list[str]:
    """Return the last `count` lines of a log file, or none when it does not exist."""
    if not log.is_file():
        return []
    return log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
