"""What a stack tells its programs: ports, variables and secrets, the same at every start."""

import os
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from records.sealing import public_key_of
from workers.keys import new_key, parse_key
from workers.settings import Settings, settings_from, variable
from workers.stack.agents import AGENT_KEY, write_directory
from workers.stack.folder import StackFolder
from workers.stack.ports import PortBook
from workers.stack.postgres import (
    BACKOFFICE_DATABASE,
    BUSINESS_DATABASE,
    BUSINESS_OWNER,
    OWNER,
    PRIVACY_DATABASE,
    EmbeddedPostgres,
)
from workers.stack.process import own_environment
from workers.stack.secret_files import SecretFiles
from workers.stack.services import BUSINESS_SYSTEMS, Service
from workers.stack.variables import (
    API_KEYS,
    GENERATED,
    Addresses,
    addresses,
    generate_keys,
    open_variables,
    sample_variables,
    secret_variables,
)

DEFAULT_PORTS: dict[str, int] = {
    "postgres": 54320,
    "smtp": 1025,
    "inbox": 8025,
    "mail_in": 2525,
    "temporal": 7233,
    "web_ui": 8233,
    "gateway": 8080,
    "sample_webhook": 9101,
}
DSNS = ("dsn", "worker_dsn", "gateway_dsn", "auditor_dsn", "business_dsn", *BUSINESS_SYSTEMS)


_AGENT_KEY_FILE = "sample_agent_key"


class Configuration:
    """The configuration of the stack in one folder; making it chooses ports and makes keys."""

    def __init__(
        self,
        folder: StackFolder,
        wanted_ports: Mapping[str, int],
        overrides: Mapping[str, str],
    ) -> None:
        self._folder = folder
        self._overrides = overrides
        self.secrets = SecretFiles(folder.secrets)
        self.ports = _chosen(PortBook(folder.ports), wanted_ports)
        generate_keys(self.secrets)
        write_directory(folder.agents, self.secrets.text(_AGENT_KEY_FILE, new_key))

    @property
    def addresses(self) -> Addresses:
        """Where the parts are reached."""
        return addresses(self.ports)

    @property
    def intake_key_file(self) -> Path:
        """File with the API key of the intake client."""
        return self.secrets.folder / "intake_api_key"

    @property
    def _api_keys(self) -> dict[str, str]:
        return {client: self.secrets.text(name) for client, name in API_KEYS.items()}

    @property
    def _open(self) -> dict[str, str]:
        plain = open_variables(self.ports, self._folder, self._api_keys)
        private = parse_key(self.secrets.text("intake_private_key"))
        public = b64encode(public_key_of(private)).decode()
        return plain | {variable("intake_public_key"): public}

    @property
    def _samples(self) -> dict[str, str]:
        return sample_variables(self.ports, self.secrets, self.addresses)

    @property
    def variables(self) -> dict[str, str]:
        """The variables by which a command reaches this stack, secrets by file."""
        secret_ones = secret_variables(self.secrets, (*DSNS, *GENERATED, *API_KEYS.values()))
        sample_agent = {f"{AGENT_KEY}_FILE": str(self.secrets.folder / _AGENT_KEY_FILE)}
        return self._open | secret_ones | self._samples | sample_agent | dict(self._overrides)

    def settings(self) -> Settings:
        """Return the settings of this stack, with every secret."""
        return settings_from(self.variables)

    def environment_of(self, service: Service) -> dict[str, str]:
        """Return the environment of a service: of the secrets only those that it may see."""
        base = own_environment() | {"PRIVACY_ENV_FILE": os.devnull, "PYTHONUNBUFFERED": "1"}
        own = self._samples
        if not service.sample:
            own |= self._open | secret_variables(self.secrets, service.secrets)
        return base | own | dict(self._overrides)

    def write_dsns(self, postgres: EmbeddedPostgres) -> None:
        """Store the addresses of the databases, which follow from ports and passwords."""
        self.secrets.write("dsn", postgres.dsn(PRIVACY_DATABASE, OWNER))
        for role in ("worker", "gateway", "auditor"):
            dsn = postgres.dsn(PRIVACY_DATABASE, f"privacy_{role}")
            self.secrets.write(f"{role}_dsn", dsn)
        shop = postgres.dsn(BUSINESS_DATABASE, BUSINESS_OWNER)
        self.secrets.write("business_dsn", shop)
        self.secrets.write("system_shop", shop)
        backoffice = postgres.dsn(BACKOFFICE_DATABASE, BUSINESS_OWNER)
        self.secrets.write("system_backoffice", backoffice)

    def write_variables(self) -> None:
        """Store the variables for commands on this machine."""
        lines = [f"{name}='{value}'\n" for name, value in sorted(self.variables.items())]
        SecretFiles(self._folder.root).write(self._folder.variables.name, "".join(lines))


def _chosen(book: PortBook, wanted: Mapping[str, int]) -> dict[str, int]:
    return {
        name: book.choose(name, wanted.get(name), insist=wanted.get(name) != default)
        for name, default in DEFAULT_PORTS.items()
    }
