"""Fetching the copy that a provider returned, from where it may lie and nowhere else."""

from typing import Any
from urllib.parse import urlsplit

from domain.strict_json import read_json
from providers.channels import OpenDsrChannel, WebhookChannel
from providers.credentials import Credentials, SecretMissing
from providers.outgoing import Outgoing, Reply
from providers.protocol import Copy, SendingFailed
from providers.registry import Provider
from providers.sending import accepted, attempted

MAX_COPY_BYTES = 50_000_000
_SECONDS = 120.0


async def fetch_copy(
    outgoing: Outgoing, credentials: Credentials, provider: Provider, raw_callback: bytes
) -> Copy:
    """Return the copy that a *verified* callback, kept in the vault, points to.

    Raises:
        SendingFailed: no copy is named, it lies at a host that was not agreed upon, is gone (410)
            or cannot be had just now.
    """
    url = _place(raw_callback)
    if urlsplit(url).hostname not in _hosts(provider):
        text = f"The copy does not lie at a host agreed upon with {provider.id} (results_hosts)."
        raise SendingFailed("foreign_results_host", text, retryable=False)
    reply = await attempted(
        outgoing.request(
            "GET",
            url,
            headers=_authorization(provider, url, credentials),
            max_bytes=MAX_COPY_BYTES,
            total_seconds=_SECONDS,
        )
    )
    return _copy(reply)


def _copy(reply: Reply) -> Copy:
    if reply.status == 410:
        raise SendingFailed("copy_gone", "The copy is no longer kept for us.", retryable=False)
    accepted(reply)
    content_type = reply.headers.get("content-type", "application/octet-stream")
    return Copy(content_type=content_type, body=reply.body)


def _place(raw_callback: bytes) -> str:
    try:
        message: Any = read_json(raw_callback)
    except ValueError:
        message = None
    for part in (message, message.get("data") if isinstance(message, dict) else None):
        if isinstance(part, dict) and isinstance(part.get("results_url"), str):
            return str(part["results_url"])
    raise SendingFailed("no_copy", "The callback names no copy to fetch.", retryable=False)


def _hosts(provider: Provider) -> set[str | None]:
    channel = provider.channel
    if isinstance(channel, WebhookChannel):
        return {urlsplit(channel.endpoint).hostname, *channel.results_hosts}
    if isinstance(channel, OpenDsrChannel):
        api = urlsplit(channel.base_url).hostname
        return {api, channel.processor_domain, *channel.results_hosts}
    return set()


def _authorization(provider: Provider, url: str, credentials: Credentials) -> dict[str, str]:
    """Our credentials go to the API's own origin alone, never to a host for downloads."""
    channel = provider.channel
    if not isinstance(channel, OpenDsrChannel) or channel.authorization is None:
        return {}
    if _origin(url) != _origin(channel.base_url):
        return {}
    try:
        return {"authorization": credentials.read(channel.authorization)}
    except SecretMissing as error:
        raise SendingFailed("secret_missing", str(error), retryable=True) from None


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
