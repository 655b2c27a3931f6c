"""Invitations are good once and for a while; sessions hold their role until it is changed or taken."""

import stat
from pathlib import Path

import pytest

from engine.broadcast.tokens import INVITATION_S, MAX_INVITATIONS, MAX_SESSIONS, SESSION_S, Doorkeeper


class Clock:
    now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_token_has_enough_bits_and_is_good_once() -> None:
    doorkeeper = Doorkeeper(None, Clock())
    tokens = {doorkeeper.invite("listener") for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) * 6 >= 128 for token in tokens)
    token = tokens.pop()
    admission = doorkeeper.admit(token, "", "Phone")
    assert admission is not None
    assert (admission.role, admission.name) == ("listener", "Phone")
    assert admission.session != token
    assert doorkeeper.admit(token, "", "") is None
    assert doorkeeper.admit("", "", "") is None


def test_a_session_comes_back_and_keeps_its_name() -> None:
    doorkeeper = Doorkeeper(None, Clock())
    first = doorkeeper.admit(doorkeeper.invite("talker"), "", "Phone")
    assert first is not None
    again = doorkeeper.admit("", first.session, "")
    assert again == first
    renamed = doorkeeper.admit("", first.session, "Tablet")
    assert renamed is not None and renamed.name == "Tablet"


def test_a_known_session_leaves_the_token_alone() -> None:
    doorkeeper = Doorkeeper(None, Clock())
    first = doorkeeper.admit(doorkeeper.invite("talker"), "", "")
    assert first is not None
    token = doorkeeper.invite("owner")
    again = doorkeeper.admit(token, first.session, "")
    assert again is not None and again.role == "talker"
    other = doorkeeper.admit(token, "unknown", "")
    assert other is not None and other.role == "owner"


def test_both_expire() -> None:
    clock = Clock()
    doorkeeper = Doorkeeper(None, clock)
    late = doorkeeper.invite("listener")
    first = doorkeeper.admit(doorkeeper.invite("listener"), "", "")
    assert first is not None
    clock.now_s += INVITATION_S
    assert doorkeeper.admit(late, "", "") is None
    clock.now_s += SESSION_S - INVITATION_S - 1
    assert doorkeeper.admit("", first.session, "") is not None  # and begins its time anew
    clock.now_s += SESSION_S - 1
    assert doorkeeper.admit("", first.session, "") is not None
    clock.now_s += SESSION_S
    assert doorkeeper.admit("", first.session, "") is None


def test_a_role_is_changed_and_a_session_revoked() -> None:
    doorkeeper = Doorkeeper(None, Clock())
    first = doorkeeper.admit(doorkeeper.invite("listener"), "", "")
    assert first is not None
    assert doorkeeper.promote(first.listener, "owner")
    again = doorkeeper.admit("", first.session, "")
    assert again is not None and again.role == "owner"
    assert doorkeeper.revoke(first.listener)
    assert doorkeeper.admit("", first.session, "") is None
    assert not doorkeeper.revoke(first.listener)
    assert not doorkeeper.promote(first.listener, "owner")


def test_sessions_outlive_the_process_without_their_secrets(tmp_path: Path) -> None:
    file = tmp_path / "state" / "sessions.json"
    before = Doorkeeper(file, Clock())
    first = before.admit(before.invite("listener"), "", "Phone")
    assert first is not None
    before.promote(first.listener, "typist")
    text = file.read_text()
    assert first.session not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    after = Doorkeeper(file, Clock()).admit("", first.session, "")
    assert after is not None
    assert (after.listener, after.role, after.name) == (first.listener, "typist", "Phone")


def test_a_session_that_is_used_lives_on_over_restarts(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "sessions.json"
    doorkeeper = Doorkeeper(file, clock)
    first = doorkeeper.admit(doorkeeper.invite("listener"), "", "")
    assert first is not None
    for _ in range(5):
        clock.now_s += SESSION_S * 0.9
        assert Doorkeeper(file, clock).admit("", first.session, "") is not None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'[{"digest":1}]', b'{"a":1}'])
def test_a_damaged_file_invites_everybody_anew(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "sessions.json"
    file.write_bytes(content)
    doorkeeper = Doorkeeper(file, Clock())
    assert doorkeeper.admit(doorkeeper.invite("listener"), "", "") is not None


def test_there_is_an_end_to_both() -> None:
    doorkeeper = Doorkeeper(None, Clock())
    oldest = doorkeeper.invite("listener")
    for _ in range(MAX_INVITATIONS):
        doorkeeper.invite("listener")
    assert doorkeeper.admit(oldest, "", "") is None
    first = doorkeeper.admit(doorkeeper.invite("listener"), "", "")
    assert first is not None
    for _ in range(MAX_SESSIONS):
        assert doorkeeper.admit(doorkeeper.invite("listener"), "", "") is not None
    assert doorkeeper.admit("", first.session, "") is None


def test_it_tells_which_invitation_was_used_and_only_once() -> None:
    used: list[str] = []
    doorkeeper = Doorkeeper(None, Clock(), used.append)
    token = doorkeeper.invite("listener")
    admission = doorkeeper.admit(token, "", "")
    assert admission is not None
    doorkeeper.admit(token, "", "")
    doorkeeper.admit("", admission.session, "")
    assert used == [token]


def test_a_file_that_can_not_be_read_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    file.write_text("damaged")
    doorkeeper = Doorkeeper(file, Clock())
    doorkeeper.admit(doorkeeper.invite("listener"), "", "Phone")
    assert file.with_suffix(".damaged").read_text() == "damaged"
    assert "Phone" in file.read_text()


def test_a_hushed_session_stays_so_over_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    doorkeeper = Doorkeeper(file, Clock())
    admission = doorkeeper.admit(doorkeeper.invite("talker"), "", "Phone")
    assert admission is not None and not admission.hushed
    assert doorkeeper.hush(admission.listener, hushed=True)
    assert not doorkeeper.hush("nobody", hushed=True)
    again = Doorkeeper(file, Clock()).admit("", admission.session, "")
    assert again is not None
    assert (again.hushed, again.role) == (True, "talker")
