"""Reaching Temporal: address, namespace, TLS, API key, and Core's log in our own."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr
from temporalio.client import Client, Interceptor
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import TLSConfig

from workers.keys import KeySet
from workers.settings import SettingsError
from workers.temporal.converter import data_converter
from workers.waiting import tell_of_waiting

PATIENCE = timedelta(minutes=2)
"""How long a starting process waits for Temporal before it gives up and says so."""

_BETWEEN_TRIES = timedelta(seconds=1)


class TemporalSettings(Protocol):
    """Where Temporal is and how to speak to it."""

    @property
    def temporal_address(self) -> str:
        """``host:port`` of the frontend."""

    @property
    def temporal_namespace(self) -> str:
        """Namespace that holds the requests."""

    @property
    def temporal_tls(self) -> bool:
        """Whether to use TLS; an API key or a client certificate needs it."""

    @property
    def temporal_server_ca(self) -> Path | None:
        """Certificate authority of the server, when it is not a public one."""

    @property
    def temporal_client_cert(self) -> Path | None:
        """Our certificate, for mutual TLS."""

    @property
    def temporal_client_key(self) -> Path | None:
        """The private key of our certificate."""

    @property
    def temporal_api_key(self) -> SecretStr | None:
        """API key, for Temporal Cloud."""

    @property
    def codec_keys(self) -> SecretStr:
        """Keys of the payload codec: ``id:base64,id2:base64``, the current one first."""


class TemporalUnreachable(SettingsError):
    """Temporal did not answer; says where it was looked for and what to do."""


def core_runtime(metrics_address: str | None = None) -> Runtime:
    """Return a runtime whose Core logs into ours; make one per process, before the first client.

    ``metrics_address`` is ``host:port`` of a Prometheus endpoint.
    """
    forwarding = LogForwardingConfig(
        logger=logging.getLogger("temporalio.core"),
        append_target_to_name=False,
        prepend_target_on_message=False,
        append_log_fields_to_message=False,
    )
    levels = TelemetryFilter(core_level="WARN", other_level="ERROR")
    return Runtime(
        telemetry=TelemetryConfig(
            logging=LoggingConfig(filter=levels, forwarding=forwarding),
            metrics=PrometheusConfig(bind_address=metrics_address) if metrics_address else None,
        )
    )


def codec_keys(settings: TemporalSettings) -> KeySet:
    """Return the keys of the payload codec; raises ``SettingsError`` when none is set."""
    text = settings.codec_keys.get_secret_value()
    if not text:
        raise SettingsError(
            "PRIVACY_CODEC_KEYS is not set. Set it, or PRIVACY_CODEC_KEYS_FILE to a file that "
            "holds it: the keys of Temporal's payloads, the same in every process."
        )
    return KeySet.parse(text)


async def connect(
    settings: TemporalSettings,
    *,
    runtime: Runtime | None = None,
    lazy: bool = False,
    patience: timedelta = PATIENCE,
    interceptors: Sequence[Interceptor] = (),
) -> Client:
    """Return a client with our converter, waiting for Temporal up to ``patience``.

    A ``lazy`` client connects with its first call: for doors that work while Temporal is down.
    Workers need one that is not, and take its ``interceptors`` over where they are made for it.
    Raises ``TemporalUnreachable``; ``SettingsError`` without keys.
    """
    keys = codec_keys(settings)
    waited = timedelta()
    while True:
        try:
            return await _connect_once(settings, keys, runtime, lazy, interceptors)
        except RuntimeError as fault:
            if waited >= patience:
                raise TemporalUnreachable(_advice(settings, waited)) from None
            tell_of_waiting("Temporal", settings.temporal_address, waited, fault)
        await asyncio.sleep(_BETWEEN_TRIES.total_seconds())
        waited += _BETWEEN_TRIES


async def _connect_once(
    settings: TemporalSettings,
    keys: KeySet,
    runtime: Runtime | None,
    lazy: bool,
    interceptors: Sequence[Interceptor],
) -> Client:
    api_key = settings.temporal_api_key
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=data_converter(keys),
        tls=_tls(settings),
        api_key=api_key.get_secret_value() if api_key else None,
        runtime=runtime,
        lazy=lazy,
        interceptors=interceptors,
    )


def _tls(settings: TemporalSettings) -> bool | TLSConfig:
    files = (
        settings.temporal_server_ca,
        settings.temporal_client_cert,
        settings.temporal_client_key,
    )
    if not any(files):
        return settings.temporal_tls or settings.temporal_api_key is not None
    server_ca, certificate, private_key = (file.read_bytes() if file else None for file in files)
    return TLSConfig(
        server_root_ca_cert=server_ca, client_cert=certificate, client_private_key=private_key
    )


def _advice(settings: TemporalSettings, waited: timedelta) -> str:
    return (
        f"Temporal does not answer at {settings.temporal_address} (waited {waited.seconds} s). "
        f"Check that it runs there, that this host may reach it, and the settings for TLS and "
        f"API key; then start this process again."
    )
