"""Where one embedded stack keeps what it must remember: everything below `var/<name>`."""

from pathlib import Path

from workers.settings import PROJECT

VAR = PROJECT / "var"


class StackFolder:
    """The files of one stack."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.logs = self.root / "logs"
        self.secrets = self.root / "secrets"
        self.mail = self.root / "mail"
        self.drop = self.root / "drop"
        self.temporal = self.root / "temporal"
        self.ports = self.root / "ports.json"
        self.pids = self.root / "pids.json"
        self.lock = self.root / "lock"
        self.variables = self.root / "stack.env"
        self.agents = self.root / "agents.json"

    def create(self) -> None:
        """Create the folder. Logs, mail and dropped files are for its owner alone."""
        self.root.mkdir(parents=True, exist_ok=True)
        for private in (self.logs, self.mail, self.temporal, self.drop):
            private.mkdir(mode=0o700, exist_ok=True)

    def log(self, part: str) -> Path:
        """Return the log file of a part."""
        return self.logs / f"{part}.log"


def stacks() -> list[StackFolder]:
    """Return the stacks that exist below `var`."""
    if not VAR.is_dir():
        return []
    return [StackFolder(path) for path in sorted(VAR.iterdir()) if path.is_dir()]
