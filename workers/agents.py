"""The directory of agents whose software may call: the file that the settings name, kept fresh."""

from pathlib import Path

import structlog

from agents.directory import Directory
from providers.located import InvalidFile, parse
from workers.settings import Settings, SettingsError

log = structlog.get_logger("workers.agents")


class DirectoryFile:
    """Hands out the directory as the file has it now: a changed key counts without a restart.

    A file that became unreadable changes nothing; the log says so, `privacy agents check` where.
    """

    def __init__(self, path: Path) -> None:
        """Read the file. Raises what ``read_directory`` raises."""
        self._path = path
        self._seen = _mark(path)
        self._directory = read_directory(path)

    def __call__(self) -> Directory:
        """Return the directory."""
        mark = _mark(self._path)
        if mark != self._seen:
            self._seen = mark
            self._read_again()
        return self._directory

    def _read_again(self) -> None:
        try:
            self._directory = read_directory(self._path)
        except (InvalidFile, SettingsError) as problem:
            log.error("agents_not_read", reason=type(problem).__name__)
        else:
            log.info("agents_read", count=len(self._directory.agents))


def read_directory(path: Path) -> Directory:
    """Read a directory of agents, YAML or JSON, as a list or under ``agents:``.

    Raises:
        InvalidFile: every problem with file and line.
        SettingsError: the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise SettingsError(
            f"The directory of agents {path} cannot be read ({problem.strerror}). "
            "Correct PRIVACY_AGENTS; docs/agents.md shows such a file."
        ) from None
    return parse(Directory, text, str(path))


def agents_of(settings: Settings) -> DirectoryFile | type[Directory]:
    """Return what hands out the agents of this installation; none where no file is set."""
    return DirectoryFile(settings.agents) if settings.agents else Directory


def _mark(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
