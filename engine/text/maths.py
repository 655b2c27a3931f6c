"""Formulas said in words: enough for what a conversation holds, not for a paper."""

import re
from typing import Final

from engine.text.language import Language

_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ROOT = re.compile(r"\\sqrt\s*\{([^{}]*)\}")
_TEXT = re.compile(
    r"\\(?:text|mathrm|mathbf|mathit|operatorname|begin|end|left|right)\b\*?\s*(?:\{([^{}]*)\})?"
)
_POWER = re.compile(r"\^\s*(?:\{([^{}]*)\}|(\w))")
_INDEX = re.compile(r"_\s*(?:\{([^{}]*)\}|(\w))")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_WRITTEN_OUT: Final = (("!=", "≠"), ("<=", "≤"), (">=", "≥"), ("\\,", " "))
_NEGATIVE = re.compile(r"(?:^|(?<=[\s({\[=,<>≤≥≠+*/^]))\s*-\s*(?=[A-Za-z\d\\(])")
_FACTOR = re.compile(r"(?<=[A-Za-z\d])\s*([=+*/<>×÷±≈≠≤≥·-])\s*(?=[A-Za-z\d\\({-])")
_DEEPEST: Final = 5
"""Fractions within fractions that are told apart; deeper ones are read in a row."""


def math_text(formula: str, language: Language) -> str:
    """``formula`` (LaTeX, without its delimiters) in words and numbers."""
    text = formula
    for written, sign in _WRITTEN_OUT:
        text = text.replace(written, sign)
    for _ in range(_DEEPEST):
        text = _POWER.sub(lambda found: f" {_power(found[1] or found[2] or '', language)} ", text)
        text = _INDEX.sub(lambda found: f" {found[1] or found[2] or ''} ", text)
        text = _FRACTION.sub(rf" \1 {language.maths['frac']} \2 ", text)
        text = _ROOT.sub(rf" {language.maths['sqrt']} \1 ", text)
    text = _TEXT.sub(lambda found: f" {found[1] or ''} ", text)
    text = _COMMAND.sub(lambda found: f" {language.maths.get(found[1], _letters(found[1]))} ", text)
    text = _NEGATIVE.sub(f" {language.symbols['−']} ", text)
    text = _FACTOR.sub(lambda found: f" {language.symbols.get(_minus(found[1]), '')} ", text)
    return " ".join(re.sub(r"[(){}\\$&]", " ", text).split())


def _power(exponent: str, language: Language) -> str:
    named = language.powers.get(exponent.strip())
    return named if named is not None else f"{language.symbols['^']} {exponent}"


def _letters(command: str) -> str:
    """A command's own name where it is a word to say (alpha, sin, log), nothing for spacing."""
    return "" if len(command) == 1 or command in ("quad", "qquad", "displaystyle") else command


def _minus(mark: str) -> str:
    return {"-": "−", "*": "×", "·": "×"}.get(mark, mark)
