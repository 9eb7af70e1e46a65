"""Kill switches beside the registry's own: what an operator stopped just now, without a restart."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from providers.channels import ProtocolKind
from providers.located import InvalidFile, parse
from providers.registry import Provider

SWITCH_FILE = "provider-switches.yaml"
"""Name of the operators' file in the folder of local state."""


class Switches(BaseModel):
    """Providers and protocols to which nothing is sent. Callbacks are taken, clocks run on."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    providers: frozenset[str] = frozenset()
    protocols: frozenset[ProtocolKind] = frozenset()
    everything: bool = False

    def pause(self, provider: Provider) -> str | None:
        """Return a sentence for staff when sending to this provider is stopped."""
        if self.everything:
            return "Sending to every provider was stopped by an operator."
        if provider.id in self.providers:
            return f"Sending to {provider.id} was stopped by an operator."
        if provider.protocol in self.protocols:
            return f"Sending by {provider.protocol} was stopped by an operator."
        return None


class SwitchFile:
    """Switches in a small YAML file that is read at each sending; no file, nothing stopped."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> Switches:
        """Return the switches as they stand; a file that cannot be read stops everything."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Switches()
        except (OSError, UnicodeDecodeError):
            return Switches(everything=True)
        try:
            return parse(Switches, text, str(self._path)) if text.strip() else Switches()
        except InvalidFile:
            return Switches(everything=True)

    def write(self, switches: Switches) -> None:
        """Replace the file's content at once, never half."""
        lines = [
            f"providers: [{', '.join(sorted(switches.providers))}]",
            f"protocols: [{', '.join(sorted(switches.protocols))}]",
        ]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
        fresh.replace(self._path)
