"""A private certificate authority for those who want to talk from a phone: browsers give the microphone
to encrypted pages only.

The authority can sign for servers only, under ``.local`` names and at private addresses: neither for a
name of the Internet nor for mail or programs, so that a phone that trusts it trusts it with no more.
"""

import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from engine.errors import AloudError

LEAF_DAYS: Final = 397
"""Apple's systems refuse certificates that last longer than 398 days; a day is left for clocks."""

RENEWED_DAYS_BEFORE: Final = 30
AUTHORITY_DAYS: Final = 3_650
CLOCK_SKEW: Final = timedelta(hours=1)

PRIVATE_NETWORKS: Final = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
    *("fc00::/7", "fe80::/10", "::1/128"),
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files: the leaf and its key for the server, the authority for people to trust."""

    leaf: Path
    key: Path
    authority: Path


def ensure_certificate(
    folder: Path, names: Iterable[str], addresses: Iterable[str], now: datetime | None = None
) -> Certificate:
    """A certificate for ``names`` (under ``.local``), for ``addresses`` and for this machine itself.

    An address that is not private is left out: the authority may not sign for it. Makes the authority
    where ``folder`` has none, or a damaged, expired or broader one, and the leaf where it is missing,
    is nearly over or is for others. Both keys have mode 0600. Takes milliseconds. Raises ``AloudError``
    for a name it can't sign for, and for a folder that can't be written.
    """
    now = now or datetime.now(UTC)
    wanted = _alternative_names(names, addresses)
    made = Certificate(folder / "room.pem", folder / "room-key.pem", folder / "authority.pem")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        authority = _read_pair(made.authority, folder / "authority-key.pem", now)
        if authority is None or not _for_servers_only(authority[0]):
            authority = _make_authority(now)
            _write_pair(made.authority, folder / "authority-key.pem", *authority)
        leaf = _read_pair(made.leaf, made.key, now + timedelta(days=RENEWED_DAYS_BEFORE))
        if leaf is None or not _is_for(leaf[0], wanted, authority[0]):
            _write_pair(made.leaf, made.key, *_make_leaf(authority, wanted, now))
    except OSError as error:
        raise AloudError(
            "The room's certificate can't be written: {reason}.",
            "Make room on the disk and see that the folder may be written.",
            reason=error.strerror or error,
        ) from None
    return made


def signs_for(address: str) -> bool:
    """Whether the authority may sign for ``address``: a loopback, link-local or private one."""
    parsed = ipaddress.ip_address(address)
    return any(parsed in ipaddress.ip_network(network) for network in PRIVATE_NETWORKS)


def _alternative_names(names: Iterable[str], addresses: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in dict.fromkeys(("localhost", *names)):
        if name != "localhost" and not name.endswith(".local"):
            raise AloudError(
                "The private authority does not sign for {name}.",
                "Use a name that ends in .local, or a proxy with a public certificate.",
                name=name,
            )
        found.append(x509.DNSName(name))
    for text in dict.fromkeys(("127.0.0.1", "::1", *addresses)):
        if signs_for(text):
            found.append(x509.IPAddress(ipaddress.ip_address(text)))
    return found


_Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _make_authority(now: datetime) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Aloud (this machine's room)")])
    permitted: list[x509.GeneralName] = [x509.DNSName("local"), x509.DNSName("localhost")]
    permitted += [x509.IPAddress(ipaddress.ip_network(network)) for network in PRIVATE_NETWORKS]
    builder = (
        _builder(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256()), key


def _make_leaf(authority: _Pair, names: list[x509.GeneralName], now: datetime) -> _Pair:
    issuer, issuer_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Aloud room")])
    builder = (
        _builder(subject, issuer.subject, key, now, LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    return builder.sign(issuer_key, hashes.SHA256()), key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _read_pair(certificate_file: Path, key_file: Path, valid_at: datetime) -> _Pair | None:
    """The pair in these files, or None where it is missing, damaged, or not valid at that time."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate.public_key() != key.public_key():
        return None
    return (certificate, key) if certificate.not_valid_after_utc > valid_at else None


def _for_servers_only(authority: x509.Certificate) -> bool:
    try:
        usage = authority.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


def _is_for(leaf: x509.Certificate, names: list[x509.GeneralName], authority: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(authority)
        signed = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # noqa: BLE001 - the library names no common error; a new leaf is always right
        return False
    return set(names) <= set(signed)


def _write_pair(
    certificate_file: Path, key_file: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> None:
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key_file.unlink(missing_ok=True)
    handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secret)
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
