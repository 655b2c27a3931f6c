"""Signs, dashes and brackets change what a sentence says: none is dropped, none turned round."""

import pytest

from engine.text import speakable_text

POWERS_AND_COMPARISONS = [
    ("10^-3", "ten to the power of minus three."),
    ("10⁻³", "ten to the power of minus three."),
    ("10<sup>-3</sup>", "ten to the power of minus three."),
    ("x<sup>2</sup> on the 1<sup>st</sup> day", "x squared on the first day."),
    ("e^(-x) and 2^(n-1)", "e to the power of minus x and two to the power of n minus one."),
    ("2**8 = 256", "two to the power of eight equals two hundred fifty-six."),
    ("1.5e-3", "one point five times ten to the power of minus three."),
    (
        "6.02×10²³ and 3×10^8 m/s",
        "six point zero two times ten to the power of twenty-three and "
        "three times ten to the power of eight meters per second.",
    ),
    ("x != y", "x is not y."),
    ("x <= 5 and y >= 6", "x is at most five and y is at least six."),
    ("x<=y", "x is at most y."),
    ("if a<b and c>d", "if a is less than b and c is greater than d."),
    ("a && b || c", "a and b or c."),
    ("~5 km, ~ 5 km, ~$5", "about five kilometers, about five kilometers, about five dollars."),
    ("±5, 5 ± 2, +/- 3", "plus or minus five, five plus or minus two, plus or minus three."),
    (
        "Settings > Privacy > Camera, but cost > 5",
        "Settings, Privacy, Camera, but cost is greater than five.",
    ),
]

ARITHMETIC = [
    ("10 / 2 = 5", "ten divided by two equals five."),
    ("3x - 5", "three x minus five."),
    ("-5x + 3 = 0, so x = -b", "minus five x plus three equals zero, so x equals minus b."),
    ("x - y and (x + y) - z", "x minus y and, x plus y, minus z."),
    ("n-1, 2x-5, y=mx-b", "n minus one, two x minus five, y equals mx minus b."),
    ("f(x) - g(x)", "f x minus g x."),
    ("2 - 5 = -3 but pages 2 - 5", "two minus five equals minus three but pages two to five."),
    ("7 - 4, 7 − 9", "seven minus four, seven minus nine."),
    ("a * b, n/2, y/n, and/or", "a times b, n over two, y n, and or."),
    ("7 x 8 = 56, 5 × 3, 4x4", "seven times eight equals fifty-six, five times three, four by four."),
    ("(-b ± √(b² - 4ac)) / 2a", "minus b plus or minus the square root of b squared minus four ac, "
     "divided by two a."),
    ("$-x$, $x_1 - x_2$, $a != b$, $(-1)^{n-1}$",
     "minus x, x one minus x two, a is not b, minus one to the power of n minus one."),
    ("`x = -5`, `!valid`, `a !== b`, `10**-3`",
     "x equals minus five, not valid, a is not b, ten to the power of minus three."),
    ("UTC-5, GMT+2, a B-", "UTC minus five, GMT plus two, a B minus."),
    ("α ≈ 0.5, 3 μm", "alpha about zero point five, three micrometers."),
]  # fmt: skip

RANGES = [
    ("$5-$10", "five to ten dollars."),
    ("$5–10, $5 - $10, $10 - $3",
     "five to ten dollars, five dollars to ten dollars, ten dollars minus three dollars."),
    ("$1.50-$2", "one dollar and fifty cents to two dollars."),
    ("$1-2 million, $500k–$1M",
     "one to two million dollars, five hundred thousand dollars to one million dollars."),
    ("€5–€10, 5€-10€, 10-20 €", "five to ten euros, five to ten euros, ten to twenty euros."),
    ("$1,200-$1,500/month", "one thousand two hundred to one thousand five hundred dollars per month."),
    ("9am-5pm", "nine A M to five P M."),
    ("9 am - 5 pm, 6am–noon", "nine A M to five P M, six A M to noon."),
    ("2:30-4:00 p.m.", "two thirty to four P M."),
    ("10:30–11:45am, 9-5", "ten thirty to eleven forty-five A M, nine to five."),
    ("Mon–Fri, March-May", "Monday to Friday, March to May."),
    ("2019—2023, 2019 - 2023, 2019-present",
     "twenty nineteen to twenty twenty-three, twenty nineteen to twenty twenty-three, "
     "twenty nineteen to present."),
    ("Jan 5-10, May 5–7, 2024", "January fifth to tenth, May fifth to seventh, twenty twenty-four."),
    ("2024-01-15–2024-01-20",
     "January fifteenth, twenty twenty-four to January twentieth, twenty twenty-four."),
    ("1st–3rd, 20th-21st century", "first to third, twentieth to twenty-first century."),
    ("5%-10%, 10% - 20%", "five to ten percent, ten percent to twenty percent."),
    ("5°C–10°C, -5–-3, 100km-200km",
     "five to ten degrees Celsius, minus five to minus three, one hundred to two hundred kilometers."),
    ("a 15-20 minute walk, 5-10-minute", "a fifteen to twenty minute walk, five to ten minute."),
    ("He said—and meant—it.", "He said, and meant, it."),
]  # fmt: skip

BRACKETS = [
    ("The list is [3, 1, 2].", "The list is three, one, two."),
    ("The list [1, 2] and [0, 1]", "The list one, two and zero, one."),
    ("[1,2,3]", "one, two, three."),
    ("arr[0] = 5, data[-1], x[i]", "arr zero equals five, data minus one, x i."),
    ("m[1][2] = 3", "m one two equals three."),
    ("Paris[1][2]. It is big [3], [4, 5].", "Paris. It is big."),
    ("According to [1], see [2, 3].", "According to source one, see sources two, three."),
    ("function[s] and [s]he", "functions and she."),
    ("Facts [1](https://a.org/b), [the map](https://a.org/c)", "Facts, the map."),
    ("(3,4) and 1,2,3 but 1,234",
     "three, four, and one, two, three but one thousand two hundred thirty-four."),
    ("&lt;div&gt; and `<div class=\"x\">`", "div and div."),
    ("5&nbsp;km &mdash; it&#39;s 3 &lt; 4 &ne; 5",
     "five kilometers, it's three is less than four is not five."),
]  # fmt: skip

NUMBERS_THAT_NAME = [
    ("+44 20 7946 0958", "plus four four, two zero, seven nine four six, zero nine five eight."),
    ("(555) 123-4567 or 555-1234",
     "five five five, one two three, four five six seven or five five five, one two three four."),
    ("+1 (415) 555-2671.", "plus one, four one five, five five five, two six seven one."),
    ("call 911, but call 300 people", "call nine one one, but call three hundred people."),
    ("9/11, 24/7, 50/50", "nine eleven, twenty-four seven, fifty-fifty."),
    ("ISBN 978-3-16-148410-0", "ISBN nine seven eight, three, one six, one four eight four one zero, zero."),
    ("ISBN 9783161484100", "ISBN nine seven eight three one six one four eight four one zero zero."),
    ("192.168.1.1:8080",
     "one hundred ninety-two dot one hundred sixty-eight dot one dot one port eight thousand eighty."),
    ("94103-1234, CVE-2026-25253",
     "nine four one zero three, one two three four, "
     "CVE twenty twenty-six twenty-five thousand two hundred fifty-three."),
    ("15-01-2024, 2024-01", "January fifteenth, twenty twenty-four, January twenty twenty-four."),
    ("p. 5, pp. 5-10, Fig. 3, No. 4", "page five, pages five to ten, figure three, number four."),
    ("1,000th, 21st-century, mid-1990s", "one thousandth, twenty-first century, mid nineteen nineties."),
    ("30s timeout, in his 30s", "thirty seconds timeout, in his thirties."),
    ("5'10\" tall", "five foot ten tall."),
    ("a 7B model, 10M users", "a seven B model, ten million users."),
    ("USD 5, 20 EUR, US$5", "five U S dollars, twenty euros, five dollars."),
    ("Louis XIV, Henry VIII's, World War II, Chapter IV",
     "Louis the fourteenth, Henry the eighth's, World War two, Chapter four."),
    ("Malcolm X, an IV drip, the part I like", "Malcolm X, an IV drip, the part I like."),
]  # fmt: skip

AMOUNTS = [
    ("1 1/2 tsp, 2 ½ cups, 1-1/2", "one and one half teaspoons, two and one half cups, one and one half."),
    ("2 5/8 mi", "two and five eighths miles."),
    (
        "9.8 m/s², 100 mg/dL",
        "nine point eight meters per second squared, one hundred milligrams per deciliter.",
    ),
    ("4:00 p.m. Then at 5 a.m. we left", "four P M. Then at five A M we left."),
    ("$-5 and (−5)", "minus five dollars and, minus five."),
    ("5-year-old, 3-in-1, 1/4-inch", "five year-old, three in one, one quarter inch."),
]

WORDS = [
    ("VS Code vs. Vim, cats vs dogs", "VS Code versus Vim, cats versus dogs."),
    ("a Ph.D. in maths", "a P H D in maths."),
    ("Yes, I am. She ate a fig. He left.", "Yes, I am. She ate a fig. He left."),
    ("It took 10 ms. It was 5 m. Then", "It took ten milliseconds. It was five meters. Then."),
    ("Paris¹ and word<sup>2</sup>", "Paris and word."),
]

CODE = [
    (
        "Use this:\n\n    x = 1\n    y = 2\n\n    z != 3\n\nThen run it.",
        "Use this. Code omitted. Then run it.",
    ),
    ("\tx = 1\n", "Code omitted."),
    ("# T\n    x = 1\nafter", "T. Code omitted. after."),
    ("a\n    goes on", "a goes on."),
    ("- a\n\n    more of a\n\n      x = 1\n\n- b", "a. more of a. Code omitted. b."),
    ("1. one\n\n   more\n\n       code()\n\n2. two", "one. one. more. Code omitted. two. two."),
    ("- a\n\n    - b\n\n        - c\n", "a. b. c."),
    ("> text\n>\n>     x = 1\n>\n> end", "text. Code omitted. end."),
]

FRENCH = [
    ("10⁻³ et 2 x 3 = 6", "dix puissance moins trois et deux fois trois égale six."),
    ("x != y, x <= 5", "x est différent de y, x est au plus cinq."),
    ("3x - 5 et 10 / 2 = 5", "trois x moins cinq et dix divisé par deux égale cinq."),
    ("5-10 €, 5 €–10 €, 15-20 €/mois", "cinq à dix euros, cinq à dix euros, quinze à vingt euros par mois."),
    ("3 M€, 50 k€", "trois millions d'euros, cinquante mille euros."),
    ("9h-17h, de 14 h 30 à 16 h", "neuf heures à dix-sept heures, de quatorze heures trente à seize heures."),
    ("lun-ven, 2019–2023", "lundi à vendredi, deux mille dix-neuf à deux mille vingt-trois."),
    ("20–25 °C, -5 °C, ± 5 %",
     "vingt à vingt-cinq degrés Celsius, moins cinq degrés Celsius, plus ou moins cinq pour cent."),
    ("10 000 personnes, 1 234 567,89 €",
     "dix mille personnes, un million deux cent trente-quatre mille cinq cent soixante-sept euros "
     "quatre-vingt-neuf."),
    ("06 12 34 56 78", "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit."),
    ("+33 1 23 45 67 89",
     "plus trente-trois, un, vingt-trois, quarante-cinq, soixante-sept, quatre-vingt-neuf."),
    ("le XIXe siècle, Louis XIV, François Ier", "le dix-neuvième siècle, Louis quatorze, François premier."),
    ("Il y en a sept. Le 12 sept. 2024", "Il y en a sept. Le douze septembre deux mille vingt-quatre."),
    ("15.01.2024, 12/05/2024",
     "quinze janvier deux mille vingt-quatre, douze mai deux mille vingt-quatre."),
    ("en 44 av. J.-C. puis", "en quarante-quatre avant Jésus-Christ puis."),
    ("1 heure, 21 minutes, 1 h, 1 min", "une heure, vingt-et-une minutes, une heure, une minute."),
    ("p. 12, n° 5, fig. 3", "page douze, numéro cinq, figure trois."),
    ("Il mesure 10 m. M. Dupont aussi.", "Il mesure dix mètres. Monsieur Dupont aussi."),
    ("1 1/2, 1,5–2 kg, 0,5 km",
     "un et un demi, un virgule cinq à deux kilogrammes, zéro virgule cinq kilomètre."),
    ("la liste [3, 1, 2], selon [1]", "la liste trois, un, deux, selon source un."),
    ("Texte :\n\n    x = 1\n", "Texte. Code omis."),
]  # fmt: skip

ENGLISH = (
    *POWERS_AND_COMPARISONS,
    *ARITHMETIC,
    *RANGES,
    *BRACKETS,
    *NUMBERS_THAT_NAME,
    *AMOUNTS,
    *WORDS,
    *CODE,
)


@pytest.mark.parametrize(("written", "said"), ENGLISH)
def test_english(written: str, said: str) -> None:
    assert speakable_text(written) == said


@pytest.mark.parametrize(("written", "said"), FRENCH)
def test_french(written: str, said: str) -> None:
    assert speakable_text(written, "fr") == said
