"""Whom webhooks may reach: public hosts by https, and hosts that the operator names; nothing inside our nets.

The address that was looked at is the one that is called: a name cannot point elsewhere in between.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import httpx

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses behind a name and port; OSError when there are none."""

SECONDS = 10
_LONGEST = 300
_SPECIAL = tuple(
    map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "2001::/23"))
)
"""Nets that Python 3.11 takes for public and are for protocols (RFC 6890), or, the third, Azure's own."""
_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IANA has given to the public so far."""
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 by way of a translator (RFC 6052): the last 32 bits say where it goes."""


class UnreachableError(Exception):
    """An address that webhooks may not go to, or that leads nowhere."""


@dataclass(frozen=True, slots=True)
class Way:
    """How to call an address: by which IP address, and under which name."""

    url: httpx.URL
    host: str
    name: str


def resolved(name: str, port: int) -> Sequence[str]:
    """Return the addresses of a name as the machine's own resolver finds them."""
    return [str(found[4][0]) for found in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom webhooks may reach. `named` are hosts, or `host:port`, that may be inside and without https."""

    named: frozenset[str] = frozenset()
    resolve: Resolve = resolved

    @classmethod
    def of(cls, hosts: Iterable[str]) -> Reach:
        """Return the reach of an installation by the hosts that its operator names."""
        return cls(frozenset(host.lower() for host in hosts))

    def way_to(self, address: str) -> Way:
        """Return how to call an address; UnreachableError with the reason when it must not be called."""
        url = _parsed(address)
        name, port = url.raw_host.decode().lower(), url.port or {"http": 80}.get(url.scheme, 443)
        is_named = not self.named.isdisjoint({name, f"{name}:{port}"})
        if url.scheme != "https" and not is_named:
            raise UnreachableError("only https addresses are called")
        try:
            found = [ipaddress.ip_address(text) for text in self.resolve(name, port)]
        except (OSError, ValueError) as error:
            raise UnreachableError(f"nobody knows {name}") from error
        if not found:
            raise UnreachableError(f"nobody knows {name}")
        if not is_named and not all(map(is_public, found)):
            raise UnreachableError(f"{name} is not a public address")
        return Way(url.copy_with(host=str(found[0])), url.netloc.decode(), name)

    def check(self, address: str) -> None:
        """Refuse an address that a webhook could not go to now, with UnreachableError."""
        self.way_to(address)

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> int:
        """POST a body and return the status of the answer; follows no redirect and reads no answer's body.

        Raises UnreachableError when nobody may be called there, or nobody answers.
        """
        way = self.way_to(address)
        sent = {**headers, "Host": way.host}
        tls = {"sni_hostname": way.name}
        try:
            with (
                httpx.Client(timeout=SECONDS, trust_env=False, follow_redirects=False) as client,
                client.stream("POST", way.url, content=body, headers=sent, extensions=tls) as answer,
            ):
                return answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnreachableError(str(error)) from error


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is anybody's on the open net: not ours, not this machine, not everybody's."""
    inner = _inner(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    is_special = any(address in net for net in _SPECIAL)
    return address.is_global and not address.is_multicast and not is_special


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address carries in itself; None when it carries none."""
    if isinstance(address, IPv4Address):
        return None
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


def _parsed(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise UnreachableError("this is no address") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise UnreachableError("not an http address")
    if url.userinfo or len(address) > _LONGEST or not 0 < (url.port or 443) < 1 << 16:
        raise UnreachableError("this address holds more than a webhook needs")
    return url
