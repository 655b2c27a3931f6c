"""What is said for what is written: one line a case."""

import emoji
import pytest

from engine.text import speakable_text

MARKDOWN = [
    ("Hello **world**, this is *fine* and ~~not~~ `so`.", "Hello world, this is fine and not so."),
    ("# A title\n\nText.", "A title. Text."),
    ("## C# ##\ntext", "C sharp. text."),
    ("one\ntwo\n\nthree", "one two. three."),
    ("- first\n- **second**\n  - third\n", "first. second. third."),
    ("* a\n+ b\n• c", "a. b. c."),
    ("1. one\n2) two", "one. one. two. two."),
    ("- [ ] buy milk\n- [x] sleep", "buy milk. sleep."),
    ("> quoted\n> further\n\nafter", "quoted further. after."),
    ("a\n\n---\n\nb\n***\nc", "a. b. c."),
    ("Title\n=====\ntext", "Title. text."),
    ("before\n```python\nx = 1\n```\nafter", "before. Code omitted. after."),
    ("~~~\nnever closed\n", "Code omitted."),
    ("```inline``` code", "inline code."),
    ("| a | b |\n|---|:-:|\n| 1 | two |\n", "a, b. one, two."),
    ("See [the *map*](https://a.org/b_(c)?d=1).", "See the map."),
    ("[text][ref] and ![a cat](cat.png)\n\n[ref]: http://x.y", "text and a cat."),
    ("Facts[^1] and more [2], [3, 4].\n\n[^1]: A note.", "Facts and more. A note."),
    ("https://www.example.com/a?b=c and http://x.io.", "example dot com and x dot io."),
    ("<https://example.org/x> or me@example.org", "example dot org or me at example dot org."),
    ("a <b>bold</b> <!-- not this --> word<br>here", "a bold word here."),
    ("R&amp;D &lt;3 &copy; &#233;t&eacute;", "R and D is less than three été."),
    ("Great 😀👍🏽 🇫🇷 job 1️⃣", "Great job one."),
    (r"\*not bold\* and 5 \* 3", "not bold and five times three."),
    ("wait—what – no - yes", "wait, what, no, yes."),
    ("This (and that) is", "This, and that, is."),
    ('She said "yes" and ‘no’ — it’s “fine”.', "She said yes and no, it's fine."),
    ("Hello...world… and so on...", "Hello... world... and so on..."),
    ("$E=mc^2$ and \\(\\frac{1}{2}\\)", "E equals mc squared and one over two."),
    ("$$\n\\sqrt{x} \\leq \\alpha\n$$\nso", "the square root of x is at most alpha. so."),
    ("Call `get_user(name)` or `x->y`.", "Call get user name or x to y."),
    ("`camelCase` `a.b` `--help`", "camel Case a dot b dash dash help."),
    ("snake_case and path/to/file", "snake case and path to file."),
    ("C++, C#, .NET and #tag for @ada", "C plus plus, C sharp, dot net and hashtag tag for at ada."),
    ("x -> y, a => b, c → d", "x to y, a to b, c to d."),
    ("a\u200bb \u00adc", "ab c."),
]

NUMBERS = [
    (
        "0, 7, 21, 100 and 1,234,567",
        "zero, seven, twenty-one, one hundred and "
        "one million two hundred thirty-four thousand five hundred sixty-seven.",
    ),
    ("3.14 -5 .5", "three point one four minus five zero point five."),
    (
        "in 1984 and 2005, the 1990s, the '80s",
        "in nineteen eighty-four and two thousand five, the nineteen nineties, the eighties.",
    ),
    ("1st 22nd 3rd 100th", "first twenty-second third one hundredth."),
    ("50% or 2.5 %", "fifty percent or two point five percent."),
    (
        "$5, $1, $3.50, $0.99, €20, 20 €, £1.01",
        "five dollars, one dollar, three dollars and fifty cents, ninety-nine cents, twenty euros, "
        "twenty euros, one pound and one penny.",
    ),
    (
        "$3 million, $1.5bn, $10k",
        "three million dollars, one point five billion dollars, ten thousand dollars.",
    ),
    ("$20/month", "twenty dollars per month."),
    ("20°C, -4 °F, 90°", "twenty degrees Celsius, minus four degrees Fahrenheit, ninety degrees."),
    (
        "5km, 1 km, 20 km/h, 16GB, 5 m²",
        "five kilometers, one kilometer, twenty kilometers per hour, sixteen gigabytes, five square meters.",
    ),
    (
        "at 3:30, 3:05pm, 9am, 12:00 and 14:00:05",
        "at three thirty, three oh five P M, nine A M, twelve o'clock and fourteen zero five.",
    ),
    ("16:9", "sixteen to nine."),
    (
        "2024-01-15 and 3/4/2024",
        "January fifteenth, twenty twenty-four and March fourth, twenty twenty-four.",
    ),
    ("January 5, 2024", "January fifth, twenty twenty-four."),
    (
        "10-20, 5–10%, 2019–2023, 5 – 10",
        "ten to twenty, five to ten percent, twenty nineteen to twenty twenty-three, five to ten.",
    ),
    ("5 - 3 = 2 * 1 + 0", "five minus three equals two times one plus zero."),
    ("555-123-4567", "five five five, one two three, four five six seven."),
    ("v2.0.1 Python 3.11.2", "version two point zero point one Python three point eleven point two."),
    ("1/2, 3/4, 5/8, ½, 1½", "one half, three quarters, five over eight, one half, one and one half."),
    ("x^2 m³ 10⁶", "x squared m cubed ten to the power of six."),
    (
        "Python ≥3.8, ≈ 28.3 cm², 10-100×",
        "Python at least three point eight, about twenty-eight point three "
        "square centimeters, ten to one hundred times.",
    ),
    ("#1 and No. 5", "number one and number five."),
    ("GPT-4o, COVID-19, mp3, 3D", "GPT four o, COVID nineteen, mp three, three D."),
    (
        "123456789012345678",
        "one two three four five six seven eight nine zero one two three four five six seven eight.",
    ),
    ("007", "zero zero seven."),
    ("1920x1080", "nineteen twenty by one thousand eighty."),
    ("٣ and １２", "three and twelve."),
    ("e.g. Dr. Smith, i.e. him, etc. The end", "for example Doctor Smith, that is him, et cetera. The end."),
    (
        "Mr. Jones vs. St. Mark at 5 Main St. today",
        "Mister Jones versus Saint Mark at five Main Street today.",
    ),
    ("J. K. lives in the U.S. now", "J K lives in the U S now."),
    ("A & B + C = D @ E", "A and B plus C equals D at E."),
]

FRENCH = [
    ("Bonjour ! Ça va ?", "Bonjour! Ça va?"),
    ("Il fait 20,5 °C à 15h30.", "Il fait vingt virgule cinq degrés Celsius à quinze heures trente."),
    ("1 234 € et 3,14", "mille deux cent trente-quatre euros et trois virgule quatorze."),
    ("le 1er mai 2024", "le premier mai deux mille vingt-quatre."),
    ("2e, 50 % & 5 km/h", "deuxième, cinquante pour cent et cinq kilomètres par heure."),
    ("```\nx\n```", "Code omis."),
    ("M. Dupont, Mme Durand", "Monsieur Dupont, Madame Durand."),
]


@pytest.mark.parametrize(("written", "said"), MARKDOWN + NUMBERS)
def test_english(written: str, said: str) -> None:
    assert speakable_text(written) == said


@pytest.mark.parametrize(("written", "said"), FRENCH)
def test_french(written: str, said: str) -> None:
    assert speakable_text(written.replace("1 234", "1\u202f234"), "fr") == said


@pytest.mark.parametrize(
    "nothing", ["", " \n\n", "***", "# ", "😀", "[^1]", "<!-- x -->", "|---|", "[a]: http://b.c\n"]
)
def test_what_says_nothing(nothing: str) -> None:
    assert speakable_text(nothing) == ""


def test_an_unknown_language_is_read_as_english() -> None:
    assert speakable_text("5 & 6", "tlh") == "five and six."
    assert speakable_text("5 & 6", "fr-CA") == "cinq et six."


def test_no_emoji_is_spoken() -> None:
    keycaps = set("0123456789#*")
    sequences = [sequence for sequence in emoji.EMOJI_DATA if not keycaps & set(sequence)]
    assert len(sequences) > 3_000
    spoken = {
        sequence: said for sequence in sequences if (said := speakable_text(f"a {sequence} b")) != "a b."
    }
    assert set(spoken.values()) <= {"a! b.", "a? b.", "a and b."}, spoken  # ‼ ⁉ ↔ stand for marks
