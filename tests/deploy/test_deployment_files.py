"""Compose file and Dockerfile: what can be held against our own code without running them."""

import os
import re
import subprocess
import tomllib
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from records.sealing import public_key_of
from workers.installing import fresh_variables
from workers.settings import PREFIX, PROJECT, Settings, settings_from, variable

COMPOSE = PROJECT / "docker-compose.yml"
CA = "/var/lib/privacy-certificates/ca.pem"
EXAMPLE = PROJECT / ".env.example"
ONE_SHOTS = {"certificates", "temporal-schema", "temporal-namespace", "migrations"}
STAYING = {"gateway", "mail-intake", "worker"}
OURS = STAYING | {"certificates", "migrations", "operator", "temporal-namespace"}
CONFIG = "/etc/privacy/config"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Read the services of the compose file."""
    read: dict[str, Any] = YAML(typ="safe").load(COMPOSE)["services"]
    return read


def test_every_port_is_bound_to_loopback(services: dict[str, Any]) -> None:
    """Nothing listens beyond this host unless somebody puts a proxy there."""
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_images_are_pinned(services: dict[str, Any]) -> None:
    """Every image has an exact version, in the compose file and in the Dockerfile."""
    dockerfile = (PROJECT / "deploy" / "Dockerfile").read_text()
    base = re.findall(r"^ARG PYTHON_IMAGE=(.+)$", dockerfile, re.MULTILINE)
    images = [service["image"] for service in services.values()]
    assert all(re.search(r":\d+\.\d+(\.\d+)?(-\w+)*$", image) for image in [*images, *base])


def test_everything_speaks_tls_to_postgres(services: dict[str, Any]) -> None:
    """Each of its clients has the authority, and each address of ours insists on it."""
    clients = ONE_SHOTS - {"temporal-namespace"} | {"temporal", "worker", "gateway", "mail-intake"}
    for name in clients | {"postgres"}:
        mounted = [volume.split(":")[1] for volume in services[name]["volumes"]]
        assert str(Path(CA).parent) in mounted, name
    addresses = re.findall(r"^PRIVACY_[A-Z_]*DSN=.+@postgres:.+$", _fresh(), re.MULTILINE)
    assert len(addresses) == 4
    assert all(f"?sslmode=verify-full&sslrootcert={CA}" in address for address in addresses)
    assert services["temporal-schema"]["environment"]["SQL_TLS_CA_FILE"] == CA
    assert services["temporal"]["environment"]["SQL_CA"] == CA


def _fresh() -> str:
    return fresh_variables(EXAMPLE.read_text())


def test_what_stays_is_restarted_and_watched(services: dict[str, Any]) -> None:
    """Every service but one-shots and operator has a restart policy and a health check."""
    staying = {name: services[name] for name in services.keys() - ONE_SHOTS - {"operator"}}
    assert all(one["restart"] == "unless-stopped" for one in staying.values())
    assert all("healthcheck" in one for one in staying.values())


def test_our_containers_hold_no_privileges(services: dict[str, Any]) -> None:
    """Read-only, without capabilities, and as a user that is not root."""
    for name in OURS:
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    dockerfile = (PROJECT / "deploy" / "Dockerfile").read_text()
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["10001:10001"]


def test_our_variables_are_settings(services: dict[str, Any]) -> None:
    """Each PRIVACY variable that a container of ours gets is a setting."""
    known = {variable(name) for name in Settings.model_fields}
    given = {name for service in OURS for name in services[service].get("environment", {})}
    assert {name for name in given if name.startswith(PREFIX)} <= known


def test_postgres_takes_nobody_from_the_network_without_tls(tmp_path: Path) -> None:
    """The line that the image writes for the network asks for TLS; without it nothing starts."""
    script = (PROJECT / "deploy" / "postgres" / "create-databases.sh").read_text()
    rules, _, _ = script.partition("psql ")
    shell, told = ["sh", "-c", rules], os.environ | {"PGDATA": str(tmp_path)}
    file = tmp_path / "pg_hba.conf"
    file.write_text("local all all trust\nhost all all 127.0.0.1/32 trust\n")
    assert subprocess.run(shell, env=told, check=False).returncode != 0
    file.write_text(file.read_text() + "host all all all scram-sha-256\n")
    subprocess.run(shell, env=told, check=True)
    assert file.read_text().splitlines()[-1] == "hostssl all all all scram-sha-256"


def test_processes_are_told_alike_who_we_are(services: dict[str, Any]) -> None:
    """Links lead to the gateway from wherever they are made; staff are of one domain everywhere."""
    for name, processes in {
        "PRIVACY_PUBLIC_URL": STAYING,
        "PRIVACY_MAIL_FROM": {"worker", "mail-intake"},
        "PRIVACY_STAFF_MAIL": {"worker", "mail-intake"},
        "PRIVACY_SIGN_IN_DOMAIN": {"worker", "gateway"},
    }.items():
        [_] = {services[process]["environment"][name] for process in processes}


def test_the_operator_has_whatever_a_process_has(services: dict[str, Any]) -> None:
    """Every command runs in the operator's container, which `up` does not start."""
    operator = services["operator"]
    processes = [services[name] for name in (*STAYING, "migrations")]
    assert operator["profiles"]
    assert {name for one in processes for name in one["environment"]} <= set(
        operator["environment"]
    )
    assert {volume for one in processes for volume in one["volumes"]} <= set(operator["volumes"])


def test_what_an_operator_stopped_outlives_the_container(services: dict[str, Any]) -> None:
    """The folder of local state is a volume that the worker's account may write."""
    dockerfile = (PROJECT / "deploy" / "Dockerfile").read_text()
    [folder] = re.findall(r"PRIVACY_VAR_DIR=(\S+)", dockerfile)
    assert f"install --directory --owner 10001 --group 10001 --mode 0755 {folder} " in dockerfile
    assert f"worker-state:{folder}" in services["worker"]["volumes"]


def test_own_files_are_read_where_they_are_mounted(services: dict[str, Any]) -> None:
    """Data map, registry and authorities of one's own stand in deploy/config, out of git."""
    for name in STAYING:
        assert f"./deploy/config:{CONFIG}:ro" in services[name]["volumes"]
        own = services[name]["environment"]
        assert own["PRIVACY_DATA_MAP"].startswith(CONFIG)
        assert own["PRIVACY_PROVIDERS"].startswith(CONFIG)
        assert own["SSL_CERT_FILE"].startswith("${TRUSTED_AUTHORITIES:-")
    assert f"sslmode=verify-full&sslrootcert={CONFIG}/" in EXAMPLE.read_text()
    ignored = (PROJECT / ".gitignore").read_text().split()
    assert {".env", "deploy/config/", "deploy/providers.env"} <= set(ignored)


def test_the_image_can_write_a_new_env() -> None:
    """`privacy setup secrets` finds the example in the image, where there is no checkout."""
    dockerfile = (PROJECT / "deploy" / "Dockerfile").read_text()
    [place] = re.findall(r"PRIVACY_ENV_EXAMPLE=(\S+)", dockerfile)
    assert f"COPY .env.example {place}\n" in dockerfile
    let_in = (PROJECT / ".dockerignore").read_text().split()
    assert "!.env.example" in let_in
    assert "!.env" not in let_in


def test_the_guide_names_the_image_of_the_compose_file(services: dict[str, Any]) -> None:
    """What an operator builds is what `up` starts."""
    guide = (PROJECT / "docs" / "operations.md").read_text()
    assert f"IMAGE={services['worker']['image']} " in guide


def test_every_variable_is_explained() -> None:
    """What the compose file asks for stands in the example, under a comment."""
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE.read_text()))
    lines = EXAMPLE.read_text().splitlines()
    explained = {line.partition("=")[0] for line in lines if "=" in line and line[0] != "#"}
    assert asked == explained


def test_neither_file_holds_a_secret() -> None:
    """Secrets are empty in the example and references in the compose file."""
    secret = re.compile(r"(PASSWORD|KEYS?|(?<!BUSINESS_)DSN|CLIENTS)$")
    for line in EXAMPLE.read_text().splitlines():
        name, _, value = line.partition("=")
        if secret.search(name) and not line.startswith("#"):
            assert value in {"", "change-me"}, name
    given = re.findall(r"^\s+([A-Z_]+): (.+)$", COMPOSE.read_text(), re.MULTILINE)
    assert all(value.startswith("${") for name, value in given if secret.search(name))


def test_fresh_secrets_make_valid_settings() -> None:
    """`privacy setup secrets` fills every empty line, and the settings accept the result."""
    text = fresh_variables(EXAMPLE.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in lines)
    assert all(variables.values())
    settings = settings_from(variables)
    assert settings.secret("worker_dsn").startswith("postgresql://privacy_worker:")
    assert settings.key_set("vault_keys").current
    opener = b64decode(settings.secret("intake_private_key"))
    assert settings.intake_public_key == b64encode(public_key_of(opener)).decode()
    assert list(settings.intake_clients) == ["web-form"]


def test_the_image_gets_every_package() -> None:
    """What the distribution consists of is let into the image's build (.dockerignore)."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    chosen = project["tool"]["setuptools"]["packages"]["find"]["include"]
    packages = {name for name in chosen if not name.endswith(".*")}
    let_in = {line.removeprefix("!") for line in (PROJECT / ".dockerignore").read_text().split()}
    assert packages <= let_in


def test_the_files_that_are_mounted_exist(services: dict[str, Any]) -> None:
    """Scripts and configuration that we mount are in the repository, but for your own folder."""
    mounted = {
        volume.split(":")[0]
        for service in services.values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    }
    assert {path for path in mounted if not (PROJECT / path).exists()} <= {"./deploy/config"}
