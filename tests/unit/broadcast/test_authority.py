"""The private authority signs for this network only, for little more than a year, and keeps its key."""

import ipaddress
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from engine.broadcast.authority import Certificate, ensure_certificate
from engine.errors import AloudError

NAMES = ("aloud-kitchen.local", "localhost")
EMAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION
ADDRESSES = ("192.168.1.20", "127.0.0.1", "::1")


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_the_leaf_is_one_that_browsers_take(tmp_path: Path) -> None:
    made = ensure_certificate(tmp_path, NAMES, ADDRESSES)
    leaf, authority = read(made.leaf), read(made.authority)
    leaf.verify_directly_issued_by(authority)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=398)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == set(NAMES)
    addresses = names.get_values_for_type(x509.IPAddress)
    assert set(addresses) == {ipaddress.ip_address(text) for text in ADDRESSES}
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_the_authority_is_good_for_this_network_only(tmp_path: Path) -> None:
    authority = read(ensure_certificate(tmp_path, NAMES, ADDRESSES).authority)
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = constraints.value.permitted_subtrees or []
    assert {name.value for name in permitted if isinstance(name, x509.DNSName)} == {"local", "localhost"}
    networks = [name.value for name in permitted if isinstance(name, x509.IPAddress)]
    assert all(network.is_private or network.is_link_local for network in networks)
    basic = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)
    usage = authority.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_an_authority_that_could_sign_more_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broader:
        broader.setattr("engine.broadcast.authority.ExtendedKeyUsageOID.SERVER_AUTH", EMAIL)
        before = contents(ensure_certificate(tmp_path, NAMES, ADDRESSES))
    made = ensure_certificate(tmp_path, NAMES, ADDRESSES)
    assert contents(made)[1] != before[1]
    read(made.leaf).verify_directly_issued_by(read(made.authority))


@pytest.mark.parametrize("name", ["example.org", "local", "evil.local.example.org", "*.com"])
def test_it_signs_no_public_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(AloudError, match="does not sign"):
        ensure_certificate(tmp_path, [name], [])


def test_it_leaves_public_addresses_out(tmp_path: Path) -> None:
    leaf = read(ensure_certificate(tmp_path, [], ["8.8.8.8", "10.0.0.7", "192.0.2.2"]).leaf)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", "::1", "10.0.0.7"}


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, NAMES, ADDRESSES)
    keys = list(tmp_path.glob("*-key.pem"))
    assert len(keys) == 2
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


def contents(made: Certificate) -> tuple[bytes, bytes]:
    return made.leaf.read_bytes(), made.authority.read_bytes()


def test_what_is_good_stays(tmp_path: Path) -> None:
    before = contents(ensure_certificate(tmp_path, NAMES, ADDRESSES))
    assert contents(ensure_certificate(tmp_path, NAMES[:1], ADDRESSES)) == before


def test_the_leaf_is_renewed_in_time_and_for_new_names_under_the_same_authority(tmp_path: Path) -> None:
    leaf, authority = contents(ensure_certificate(tmp_path, NAMES, ADDRESSES))
    later = contents(ensure_certificate(tmp_path, (*NAMES, "aloud-attic.local"), ADDRESSES))
    assert later[0] != leaf
    assert later[1] == authority
    next_year = datetime.now(UTC) + timedelta(days=380)
    renewed = contents(ensure_certificate(tmp_path, NAMES, ADDRESSES, next_year))
    assert renewed[0] != later[0]
    assert renewed[1] == authority


@pytest.mark.parametrize("damage", ["authority.pem", "authority-key.pem", "room.pem", "room-key.pem"])
def test_what_is_damaged_is_made_anew(tmp_path: Path, damage: str) -> None:
    ensure_certificate(tmp_path, NAMES, ADDRESSES)
    (tmp_path / damage).write_text("damaged")
    made = ensure_certificate(tmp_path, NAMES, ADDRESSES)
    read(made.leaf).verify_directly_issued_by(read(made.authority))
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(made.leaf, made.key)
