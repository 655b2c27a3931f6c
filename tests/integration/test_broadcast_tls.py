"""The room over TLS with the private authority, and announced on a network."""

import asyncio
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from websockets.asyncio.client import connect
from zeroconf import AddressResolver, Zeroconf

from engine.broadcast import messages as m
from engine.broadcast.authority import Certificate, ensure_certificate
from engine.broadcast.discovery import announce
from engine.broadcast.options import RoomOptions
from engine.broadcast.server import RoomServer
from engine.errors import AloudError
from engine.events import ReplyDelta
from engine.units import TurnId
from tests.fakes.room import Listening, served


async def test_a_client_that_trusts_the_authority_joins_over_tls(tmp_path: Path) -> None:
    made = ensure_certificate(tmp_path, ["localhost"], ["127.0.0.1"])
    options = RoomOptions(port=0, certificate=made.leaf, key=made.key, authority=made.authority)
    context = ssl.create_default_context(cafile=made.authority)
    async with served(options) as server:
        assert server.url.startswith("https://")
        socket = await connect(
            f"wss://localhost:{server.port}/socket",
            ssl=context,
            origin=f"https://localhost:{server.port}",  # type: ignore[arg-type]  # a NewType of str
            subprotocols=[m.SUBPROTOCOL],  # type: ignore[list-item]  # a NewType of str
        )
        await socket.send(m.encode(m.Hello(token=server.invite("listener").token)), text=True)
        welcome = m.decode_server(await socket.recv())
        assert isinstance(welcome, m.Welcome)
        server.publish(ReplyDelta(TurnId(1), 1.0, "encrypted"))
        assert (await Listening(socket, welcome).until(m.Delta)).text == "encrypted"
        await socket.close()
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect(f"wss://localhost:{server.port}/", ssl=ssl.create_default_context())


def test_openssl_agrees_with_the_chain_and_its_constraints(tmp_path: Path) -> None:
    made = ensure_certificate(tmp_path, ["aloud-kitchen.local"], ["192.168.1.20"])
    checked = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", made.authority, made.leaf],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


def forged(folder: Path, made: Certificate, name: x509.GeneralName, *usages: x509.ObjectIdentifier) -> Path:
    """What a thief of the authority's key would sign."""
    key = serialization.load_pem_private_key((folder / "authority-key.pem").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    authority = x509.load_pem_x509_certificate(made.authority.read_bytes())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([name]), critical=True)
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    file = folder / "forged.pem"
    file.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return file


def verified(made: Certificate, file: Path, *options: str) -> tuple[bool, str]:
    """Whether openssl takes ``file``, and what it says."""
    checked = subprocess.run(
        ["openssl", "verify", *options, "-CAfile", made.authority, file],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return checked.returncode == 0, checked.stdout + checked.stderr


def test_openssl_refuses_what_a_stolen_key_would_sign_beyond_the_constraints(tmp_path: Path) -> None:
    made = ensure_certificate(tmp_path, ["aloud-kitchen.local"], [])
    accepted, said = verified(made, forged(tmp_path, made, x509.DNSName("bank.example")))
    assert not accepted
    assert "permitted subtree" in said


@pytest.mark.parametrize(
    ("purpose", "usage"),
    [("smimesign", ExtendedKeyUsageOID.EMAIL_PROTECTION), ("sslclient", ExtendedKeyUsageOID.CLIENT_AUTH)],
)
def test_openssl_refuses_mail_and_clients_of_a_stolen_key(
    tmp_path: Path, purpose: str, usage: x509.ObjectIdentifier
) -> None:
    made = ensure_certificate(tmp_path, ["aloud-kitchen.local"], [])
    name = x509.RFC822Name("boss@example.com")
    accepted, said = verified(made, forged(tmp_path, made, name, usage), "-purpose", purpose)
    assert not accepted
    assert "purpose" in said


async def test_a_renewed_certificate_is_shown_to_who_comes_next(tmp_path: Path) -> None:
    made = ensure_certificate(tmp_path, ["localhost"], [])
    options = RoomOptions(port=0, certificate=made.leaf, key=made.key, authority=made.authority)
    context = ssl.create_default_context(cafile=made.authority)
    async with served(options) as server:

        async def names() -> set[str]:
            socket = await connect(
                f"wss://localhost:{server.port}/", ssl=context,
                origin=f"https://localhost:{server.port}", subprotocols=["aloud.2"],  # type: ignore[arg-type, list-item]  # strings are these
            )  # fmt: skip
            shown = socket.transport.get_extra_info("peercert")["subjectAltName"]
            await socket.close()
            return {name for kind, name in shown if kind == "DNS"}

        assert await names() == {"localhost"}
        ensure_certificate(tmp_path, ["localhost", "aloud-attic.local"], ["192.168.7.7"])
        await asyncio.to_thread(server.renew_certificate)
        assert await names() == {"localhost", "aloud-attic.local"}


def test_a_damaged_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "room.pem").write_text("damaged")
    options = RoomOptions(port=0, certificate=tmp_path / "room.pem", key=tmp_path / "room.pem")
    with pytest.raises(AloudError, match="certificate"):
        RoomServer(options).start()


def test_the_room_is_found_by_its_name() -> None:

    undo = announce("aloud-test-kitchen.local", 3999, "http", ["127.0.0.1"])
    assert undo is not None
    try:
        asker = Zeroconf(interfaces=["127.0.0.1"])
        try:
            info = asker.get_service_info("_http._tcp.local.", "aloud-test-kitchen._http._tcp.local.", 5_000)
            address = AddressResolver("aloud-test-kitchen.local.")
            assert address.request(asker, 5_000)
        finally:
            asker.close()
        assert address.parsed_addresses() == ["127.0.0.1"]
        assert info is not None
        assert (info.server, info.port) == ("aloud-test-kitchen.local.", 3_999)
        assert info.parsed_addresses() == ["127.0.0.1"]
    finally:
        undo()
