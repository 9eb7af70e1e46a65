"""The directory of agents whose software may call: read from the file that the settings name."""

from pathlib import Path

from agents.directory import Directory
from providers.located import parse
from workers.settings import Settings, SettingsError


def read_directory(path: Path) -> Directory:
    """Read a directory of agents, YAML or JSON, as a list or under ``agents:``.

    Raises:
        InvalidFile: every problem with file and line.
        SettingsError: there is no such file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise SettingsError(
            f"The directory of agents {path} cannot be read ({problem.strerror}). "
            "Set PRIVACY_AGENTS to a file like samples/agents/agents.yaml."
        ) from None
    return parse(Directory, text, str(path))


def agents_of(settings: Settings) -> Directory:
    """Return the agents of this installation; none where no file is set."""
    return read_directory(settings.agents) if settings.agents else Directory()
