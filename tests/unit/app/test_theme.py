"""Every colour of both looks can be seen on every ground that it is painted on."""

from dataclasses import fields
from itertools import product

import pytest

from app.contrast import GRAPHIC, TEXT, contrast, mixed, readable
from app.controls import CHOSEN, DOWN, HOVERED
from app.theme import DARK, LIGHT, Colours
from app.transcript.code import token_colours

GROUNDS = ("surface", "sidebar", "raised", "bubble", "field", "accent_wash", "warn_wash", "bad_wash", "code")
TEXTS = ("text", "quiet", "accent", "good", "warn", "bad")
PLAIN = ("surface", "sidebar", "raised", "field", "code")
"""The grounds that fields, lamps and buttons stand on."""

looks = pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])


def too_weak(pairs: list[tuple[str, str, str, str]], least: float) -> list[str]:
    """Of pairs of named colours those that can't be told apart."""
    found = [(one, other, contrast(a, b)) for one, other, a, b in pairs]
    return [f"{one} on {other}: {value:.2f}" for one, other, value in found if value < least]


def pairs(look: Colours, over: tuple[str, ...], under: tuple[str, ...]) -> list[tuple[str, str, str, str]]:
    return [(one, other, getattr(look, one), getattr(look, other)) for one, other in product(over, under)]


@looks
def test_every_text_can_be_read_on_every_ground(look: Colours) -> None:
    assert too_weak(pairs(look, TEXTS, GROUNDS), TEXT) == []


@looks
def test_what_was_not_heard_can_be_read_and_is_not_like_what_was(look: Colours) -> None:
    assert too_weak(pairs(look, ("unheard",), ("surface", "bubble")), TEXT) == []
    assert contrast(look.unheard, look.text) >= 2.5


@looks
def test_the_spoken_word_can_be_read_and_is_marked(look: Colours) -> None:
    assert too_weak(pairs(look, ("text", "accent"), ("spoken",)), TEXT) == []
    assert contrast(look.spoken, look.surface) >= 1.3


@looks
def test_words_on_a_filled_button_can_be_read(look: Colours) -> None:
    assert contrast(look.on_accent, look.accent) >= TEXT


@looks
def test_fields_and_what_is_faint_can_be_made_out(look: Colours) -> None:
    assert too_weak(pairs(look, ("edge", "faint"), PLAIN), GRAPHIC) == []


@looks
@pytest.mark.parametrize("share", [HOVERED, DOWN])
def test_words_stay_readable_under_the_pointer(look: Colours, share: float) -> None:
    plates = [(name, mixed(look.text, getattr(look, name), share)) for name in PLAIN]
    shown = [
        (text, f"{ground} below {share}", getattr(look, text), plate)
        for text, (ground, plate) in product(("text", "accent"), plates)
    ]
    assert too_weak(shown, TEXT) == []


@looks
def test_words_stay_readable_where_they_are_chosen(look: Colours) -> None:
    plates = [(name, mixed(look.accent, getattr(look, name), CHOSEN)) for name in PLAIN]
    shown = [
        (text, f"{ground}, chosen", getattr(look, text), plate)
        for text, (ground, plate) in product(("text", "quiet", "accent"), plates)
    ]
    assert too_weak(shown, TEXT) == []


@looks
def test_code_can_be_read_in_all_its_colours(look: Colours) -> None:
    shown = [(str(token), "code", colour, look.code) for token, colour in token_colours(look).items()]
    assert shown
    assert too_weak(shown, TEXT) == []


def test_no_colour_is_left_out() -> None:
    measured = {*GROUNDS, *TEXTS, "unheard", "spoken", "on_accent", "edge", "faint"}
    assert {field.name for field in fields(Colours)} - measured == {"dark", "line"}  # hair lines decorate


def test_contrast_is_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffffff", "#777777") == contrast("#777777", "#ffffff")
    assert mixed("#ffffff", "#000000", 0.5) == "#808080"


@pytest.mark.parametrize(("colour", "ground"), [("#cccccc", "#ffffff"), ("#333333", "#000000")])
def test_a_colour_that_can_not_be_read_is_moved_until_it_can(colour: str, ground: str) -> None:
    assert readable("#757575", "#ffffff") == "#757575"
    found = readable(colour, ground)
    assert TEXT <= contrast(found, ground) < TEXT + 1.2
