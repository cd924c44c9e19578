"""Whom webhooks may reach: nobody inside our own nets, by whatever name, now or when it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from supplychain.kernel.outbox.delivery import DeliveryError, Envelope, SignedPort, WebhookPort
from supplychain.kernel.outbox.reach import Reach, UnreachableError
from supplychain.kernel.settings import Settings


@dataclass
class Names:
    """A resolver that knows what it is told, and remembers how often it was asked."""

    known: dict[str, list[list[str]]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, name: str, port: int) -> list[str]:
        self.asked.append(name)
        answers = self.known.get(name)
        if answers is None:
            raise OSError(-2, "Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]


def reach(address: str, *hosts: str) -> Reach:
    """Return a reach in whose world a.example has this address."""
    return Reach(frozenset(hosts), Names({"a.example": [[address]]}))


INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "::7f00:1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2001:0:5ef5:79fd:0:59d:80ff:fffe",
]


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_not_called(address: str) -> None:
    with pytest.raises(UnreachableError, match="not a public address"):
        reach(address).check("https://a.example/hook")


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_public_host_is_called_at_the_address_that_was_looked_at(address: str) -> None:
    way = reach(address).way_to("https://a.example:8443/hook?x=1")
    assert (way.url.host, way.url.port, way.host, way.name) == (
        address,
        8443,
        "a.example:8443",
        "a.example",
    )
    assert way.url.raw_path == b"/hook?x=1"


def test_one_address_inside_among_public_ones_is_enough_to_refuse() -> None:
    names = Names({"a.example": [["93.184.216.34", "10.0.0.1"]]})
    with pytest.raises(UnreachableError):
        Reach(resolve=names).check("https://a.example/")


@pytest.mark.parametrize(
    "address",
    [
        "http://93.184.216.34/",
        "ftp://a.example/",
        "file:///etc/passwd",
        "https:///hook",
        "https://user:secret@a.example/",
        "https://b.example/",
        "https://[::bad/",
        "https://a.example:99999/",
        "https://" + "长" * 80 + ".example/",
        "https://a.example/" + "x" * 300,
        "//a.example/",
        "",
    ],
)
def test_what_is_no_public_https_address_is_not_called(address: str) -> None:
    with pytest.raises(UnreachableError):
        reach("93.184.216.34").check(address)


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://[::1]/"]
)
def test_an_address_inside_is_refused_however_it_is_written(address: str) -> None:
    with pytest.raises(UnreachableError):
        Reach().check(address)


def test_the_operator_may_name_hosts_inside_with_or_without_their_port() -> None:
    assert reach("10.0.0.1", "a.example").way_to("http://a.example/").url.host == "10.0.0.1"
    assert reach("10.0.0.1", "a.example:8080").way_to("http://A.example:8080/").url.port == 8080
    with pytest.raises(UnreachableError):
        reach("10.0.0.1", "a.example:8080").check("http://a.example/")
    assert Settings.from_environment({"SUPPLYCHAIN_WEBHOOK_HOSTS": "a.example, b:1"}).webhook_hosts == (
        "a.example",
        "b:1",
    )


@dataclass
class Ear:
    """What somebody on loopback heard, and whether it leads elsewhere."""

    port: int = 0
    heard: list[str] = field(default_factory=list)


@pytest.fixture
def ear() -> Iterator[Ear]:
    """Somebody on loopback."""
    found = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            found.heard.append(self.headers["Host"])
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{found.port}/again")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's own name
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_name_that_changes_its_mind_after_it_was_allowed_reaches_nobody(ear: Ear) -> None:
    """DNS rebinding: public when subscribed, loopback when delivered."""
    names = Names({"a.example": [["93.184.216.34"], ["127.0.0.1"]]})
    mine = Reach(resolve=names)
    mine.check(f"https://a.example:{ear.port}/")
    for port in (WebhookPort("secret", mine), SignedPort("Signature", mine)):
        payload = {"token": "t", "document": {}}
        with pytest.raises(DeliveryError, match="not a public address"):
            port.send(Envelope("k", f"https://a.example:{ear.port}/", "s", payload))
    assert ear.heard == []


def test_the_name_is_asked_once_and_what_it_said_is_called_and_no_redirect_followed(ear: Ear) -> None:
    names = Names({"a.example": [["127.0.0.1"], ["203.0.113.9"]]})
    port = WebhookPort("secret", Reach(frozenset({"a.example"}), names))
    with pytest.raises(DeliveryError, match="302"):
        port.send(Envelope("k", f"http://a.example:{ear.port}/", "s", {}))
    assert (names.asked, ear.heard) == (["a.example"], [f"a.example:{ear.port}"])
