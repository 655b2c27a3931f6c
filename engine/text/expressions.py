"""Formulas in plain text ("3x - 5", "y=mx-b"), told from words with hyphens and slashes. Pure functions."""

import re
from typing import Final

_VARIABLE: Final = "[xyzntkmijuvrpq]"
"""Letters that are variables where they stand beside a number; the others name models and vitamins."""

_NUMBER: Final = r"\d+(?:[.,]\d+)*"
_POWER: Final = r"\^(?:\([^()]*\)|[-−+]?\w+)"
_OPERAND = re.compile(
    rf"[-−+]?√?\(*(?:{_NUMBER}(?:[a-z]{{1,2}})?|[a-z])(?:{_POWER})?\)*|[a-z]{{1,3}}{_POWER}|\w{{1,4}}\([^()]*\)"
)
_PURE_NUMBER = re.compile(rf"[-−+]?\(*{_NUMBER}\)*")
_TERM: Final = rf"(?:\(+[-−]?)?(?:{_NUMBER}[a-z]{{0,2}}|[a-z]{{1,2}})(?:{_POWER})?\)*"
_FORMULA = re.compile(rf"[-−+]?{_TERM}(?:(?>[-−+*/^=<>≤≥≠×·]{{1,3}}){_TERM})+")
_DIFFERENCE = re.compile(
    rf"(?:{_NUMBER})?{_VARIABLE}[-−]{_NUMBER}|{_NUMBER}[-−]{_VARIABLE}|{_NUMBER}{_VARIABLE}[-−]\w{{1,3}}"
)
_QUOTIENT = re.compile(rf"(?!y/n$)(?:\d+|\d*{_VARIABLE})/(?:\d*{_VARIABLE}|\d+)")
_NEGATIVE = re.compile(rf"[-−](?:{_VARIABLE}(?![^\W\d_])|\()")
_GRADE = re.compile(r"(?:[A-FO]|AB)[-−]")
_SIGNS: Final = "=+*/^(<>≤≥≠×·≈→,"


def is_operand(token: str) -> bool:
    """Whether ``token`` may be a side of an operation: a number, "3x", "x^2", "f(x)", a small letter."""
    return _OPERAND.fullmatch(token) is not None


def is_variable(token: str) -> bool:
    """Whether ``token`` is an operand with a letter."""
    return is_operand(token) and _PURE_NUMBER.fullmatch(token) is None


def is_formula(token: str) -> bool:
    """Whether a hyphen in ``token`` takes away."""
    if _DIFFERENCE.fullmatch(token):
        return True
    return _FORMULA.fullmatch(token) is not None and any(sign in token for sign in "=+^*<>≤≥≠×")


def is_quotient(token: str) -> bool:
    """Whether a slash in ``token`` divides ("n/2", "1/x"), as it does not in "and/or"."""
    return _QUOTIENT.fullmatch(token) is not None


def is_negative(token: str, opened: str, previous: str) -> bool:
    """Whether ``token`` is a small letter with its sign, in an equation: "x = -b", "(-b + c)".

    ``opened``: what opens it; ``previous``: the token before it.
    """
    in_equation = "(" in opened or previous[-1:] in tuple(_SIGNS)
    return in_equation and re.match(r"[-−][a-z](?![^\W\d_])", token) is not None


def is_minus(token: str, before: str, after: str) -> bool:
    """Whether a hyphen in ``token`` is a minus. ``before`` and ``after``: the runs beside it, or nothing."""
    if not after:
        return _GRADE.fullmatch(token) is not None
    if not before:
        return after[0].isdigit() or _NEGATIVE.match(token) is not None
    if before[-1] in _SIGNS or before[-1] == ")":
        return after[0].isdigit() or after[0] in "(√π" or re.fullmatch("[a-z]{1,2}", after) is not None
    if before in ("UTC", "GMT"):
        return after[0].isdigit()
    return is_formula(token)
