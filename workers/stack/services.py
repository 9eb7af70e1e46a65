"""Our own programs in the stack: worker, gateway and the sample service providers."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx
from temporalio.client import Client
from temporalio.service import RPCError

from mail_intake.running import READY
from workers.polling import is_polled
from workers.settings import PROJECT, Settings
from workers.stack.folder import StackFolder
from workers.stack.part import Program
from workers.stack.process import ChildProcess

Probe = Callable[[ChildProcess, Settings, Mapping[str, str]], bool]


def polls(process: ChildProcess, settings: Settings, variables: Mapping[str, str]) -> bool:
    """Tell whether this very process polls the task queue for workflows."""
    return asyncio.run(_polls(process.pid, settings))


async def _polls(pid: int, settings: Settings) -> bool:
    try:
        client = await Client.connect(
            settings.temporal_address, namespace=settings.temporal_namespace
        )
        return await is_polled(
            client, settings.task_queue, lambda identity: identity.startswith(f"{pid}@")
        )
    except (RPCError, RuntimeError):
        return False


def gateway_ready(process: ChildProcess, settings: Settings, variables: Mapping[str, str]) -> bool:
    """Tell whether the gateway accepts requests."""
    return _answers(f"{settings.public_url}/health/ready")


def mail_intake_ready(
    process: ChildProcess, settings: Settings, variables: Mapping[str, str]
) -> bool:
    """Tell whether mail to the company is taken."""
    return process.said(READY)


def webhook_ready(process: ChildProcess, settings: Settings, variables: Mapping[str, str]) -> bool:
    """Tell whether the sample provider with an engineer answers."""
    return _answers(f"http://127.0.0.1:{variables['SAMPLE_WEBHOOK_PORT']}/health")


def mailbox_ready(process: ChildProcess, settings: Settings, variables: Mapping[str, str]) -> bool:
    """Tell whether the sample provider with a mailbox, which has no port, has begun to read."""
    return process.said("watching the mailbox")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False


@dataclass(frozen=True)
class Service:
    """A module to run, the secrets it may see, and how to tell that it works."""

    name: str
    module: str
    probe: Probe
    secrets: tuple[str, ...] = ()
    sample: bool = False


BUSINESS_SYSTEMS = ("system_shop", "system_backoffice")
"""Addresses of the business's databases, by the names that the sample's map gives them."""

SERVICES = (
    Service(
        "worker",
        "workers.worker",
        polls,
        (
            "worker_dsn",
            *BUSINESS_SYSTEMS,
            "canary_api_key",
            "codec_keys",
            "vault_keys",
            "suppression_keys",
            "intake_private_key",
            "fingerprint_key",
            "evidence_signing_key",
        ),
    ),
    Service(
        "gateway",
        "workers.gateway",
        gateway_ready,
        ("gateway_dsn", "codec_keys", "vault_keys", "suppression_keys", "fingerprint_key"),
    ),
    Service(
        "mail_intake",
        "workers.mail_intake",
        mail_intake_ready,
        ("gateway_dsn", "codec_keys", "vault_keys", "suppression_keys", "fingerprint_key"),
    ),
    Service("sample_webhook", "samples.providers.webhook", webhook_ready, sample=True),
    Service("sample_mailbox", "samples.providers.mailbox", mailbox_ready, sample=True),
)


def program(
    service: Service, folder: StackFolder, environment: Mapping[str, str], settings: Settings
) -> Program:
    """Return a service as a part of the stack."""
    return Program(
        service.name,
        [sys.executable, "-m", service.module],
        log=folder.log(service.name),
        environment=environment,
        folder=PROJECT,
        is_ready=lambda process: service.probe(process, settings, environment),
    )
