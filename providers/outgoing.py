"""The only way out: HTTP to addresses that outsiders chose, without reaching what is inside.

Each host is resolved once, every address it has is judged, and the connection goes to exactly the
address that was judged (Host header and TLS name kept), so a second look-up cannot lead elsewhere.
Redirects are never followed, the environment's proxies never used, answers never read past a bound.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

LOOPBACK: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)
"""What development and tests allow beside the public Internet."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PROTOCOL_ASSIGNMENTS = ipaddress.ip_network("192.0.0.0/24")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class OutgoingError(Exception):
    """A call without an answer. ``code`` is for the ledger; the text names no path or query."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


class OutgoingRefused(OutgoingError):
    """We do not make this call, today or tomorrow: the address itself is not acceptable."""


class OutgoingFailed(OutgoingError):
    """The other side could not be reached or did not answer properly; worth another try."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one call: seconds to connect, seconds in all, bytes of the answer's body."""

    connect_seconds: float = 5.0
    total_seconds: float = 20.0
    max_bytes: int = 1_000_000


@dataclass(frozen=True)
class Reply:
    """What the other side answered."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    peer: str
    certificate: bytes | None = field(default=None, repr=False)
    """The server's certificate (DER); None without TLS."""

    @property
    def successful(self) -> bool:
        """Whether the status is one of 2xx."""
        return 200 <= self.status < 300


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Return every address that the system knows for ``host``."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def is_public(address: Address) -> bool:
    """Tell whether an address belongs to the public Internet, looking through IPv6 wrappings."""
    inner = _wrapped(address)
    if inner:
        return all(is_public(one) for one in inner)
    reserved = address.is_multicast or address.is_reserved or _is_old_local(address)
    return address.is_global and not reserved


class Outgoing:
    """A guarded HTTP client; close it when the process ends.

    ``allowed`` are networks that may be reached although they are not public; plain ``http`` is
    accepted towards these alone.
    """

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        resolver: Resolver = system_resolver,
    ) -> None:
        self._allowed = tuple(allowed)
        self._limits = limits or Limits()
        self._resolve = resolver
        self._client = httpx.AsyncClient(
            verify=tls or public_trust(),
            follow_redirects=False,
            trust_env=False,
            # A kept connection is found again by its address: TLS agreed for one host name would
            # serve another host at that address.
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=httpx.Timeout(self._limits.total_seconds, connect=self._limits.connect_seconds),
        )

    async def aclose(self) -> None:
        """Close open connections."""
        await self._client.aclose()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        max_bytes: int | None = None,
        total_seconds: float | None = None,
        plain_http: bool = False,
        status_only: bool = False,
    ) -> Reply:
        """Make one call. ``plain_http`` is for what carries a signature of its own (a CRL).

        With ``status_only`` the answer's body is left unread: however it goes on, or does not, the
        other side has said what it says.

        Raises:
            OutgoingRefused: the URL or where it leads is not acceptable; final.
            OutgoingFailed: no connection, no answer in time, or too long an answer; try again.
        """
        try:
            async with asyncio.timeout(total_seconds or self._limits.total_seconds):
                addresses = await self._judged(url, plain_http)
                most = 0 if status_only else max_bytes or self._limits.max_bytes
                return await self._first_reachable(
                    addresses, method, url, headers or {}, content, most
                )
        except TimeoutError:
            raise OutgoingFailed("timeout", "The other side did not answer in time.") from None

    async def _judged(self, url: str, plain_http: bool) -> tuple[Address, ...]:
        scheme, host, port = _parts(url)
        addresses = await self._addresses(host, port)
        if not all(self._acceptable(address) for address in addresses):
            raise OutgoingRefused(
                "private_address",
                f"{host} leads to an address that is not public; allow its network in the settings "
                "if it is meant to be reached.",
            )
        if scheme == "http" and not plain_http and not all(map(self._listed, addresses)):
            raise OutgoingRefused("not_https", f"{host} must be addressed by https.")
        return addresses

    async def _addresses(self, host: str, port: int) -> tuple[Address, ...]:
        try:
            return (ipaddress.ip_address(host),)
        except ValueError:
            pass
        try:
            found = await self._resolve(host, port)
        except OSError:
            found = ()
        if not found:
            raise OutgoingFailed("unknown_host", f"{host} has no address just now.")
        return tuple(ipaddress.ip_address(text) for text in dict.fromkeys(found))

    def _acceptable(self, address: Address) -> bool:
        return self._listed(address) or is_public(address)

    def _listed(self, address: Address) -> bool:
        return any(address in network for network in self._allowed)

    async def _first_reachable(
        self,
        addresses: Sequence[Address],
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        max_bytes: int,
    ) -> Reply:
        for address in addresses:
            request = self._pinned(address, method, url, headers, content)
            try:
                return await self._exchange(request, str(address), max_bytes)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
            except httpx.HTTPError as error:
                raise OutgoingFailed(
                    "broken", f"The call broke ({type(error).__name__})."
                ) from None
        raise OutgoingFailed("unreachable", "No connection could be made, or TLS did not agree.")

    def _pinned(
        self,
        address: Address,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> httpx.Request:
        original = httpx.URL(url)
        fixed = {"host": original.netloc.decode("ascii"), "accept-encoding": "identity"}
        return self._client.build_request(
            method,
            original.copy_with(host=str(address)),
            headers={"user-agent": "privacy-request-engine", **headers, **fixed},
            content=content,
            extensions={"sni_hostname": original.host},
        )

    async def _exchange(self, request: httpx.Request, peer: str, max_bytes: int) -> Reply:
        response = await self._client.send(request, stream=True)
        certificate = _certificate(response)
        try:
            body = await _bounded(response, max_bytes) if max_bytes else b""
        finally:
            await response.aclose()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, body, peer, certificate)


def public_trust() -> ssl.SSLContext:
    """Return a context that trusts the public authorities shipped with the HTTP client."""
    return httpx.create_ssl_context(trust_env=False)


def _certificate(response: httpx.Response) -> bytes | None:
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream else None
    return tls.getpeercert(binary_form=True) if tls else None


async def _bounded(response: httpx.Response, max_bytes: int) -> bytes:
    """Read raw bytes: an encoding that we did not ask for could unfold into any size."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > max_bytes:
            raise OutgoingFailed(
                "answer_too_large", f"The answer is longer than {max_bytes} bytes."
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _parts(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise OutgoingRefused("bad_url", "The address cannot be read.") from None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise OutgoingRefused("bad_url", "Only full http or https addresses are called.")
    if parts.username is not None or parts.password is not None:
        raise OutgoingRefused("bad_url", "An address must not carry a user or a password.")
    return parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme]


def _is_old_local(address: Address) -> bool:
    """Tell whether an address is of the ranges that networks used inside before others came."""
    if isinstance(address, ipaddress.IPv6Address):
        return address.is_site_local
    return address in _PROTOCOL_ASSIGNMENTS


def _wrapped(address: Address) -> list[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    inner: list[Address] = [one for one in (address.ipv4_mapped, address.sixtofour) if one]
    if address.teredo:
        inner.extend(address.teredo)
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return inner
