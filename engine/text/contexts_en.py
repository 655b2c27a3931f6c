"""English neighbours."""

from typing import Final

from engine.text.contexts import Contexts, numbered_from_one, said_as_first, words
from engine.text.language import table

CONTEXTS: Final = Contexts(
    number_signs=table("""
no. = number
nos. = numbers
p. = page
pp. = pages
ch. = chapter
chap. = chapter
sec. = section
fig. = figure
figs. = figures
eq. = equation
vol. = volume
art. = article
"""),
    months=numbered_from_one("""
january jan
february feb
march mar
april apr
may
june jun
july jul
august aug
september sept sep
october oct
november nov
december dec
"""),
    weekdays=said_as_first("""
Monday Mon
Tuesday Tue Tues
Wednesday Wed
Thursday Thu Thur Thurs
Friday Fri
Saturday Sat
Sunday Sun
"""),
    range_ends=words("present now today noon midday midnight"),
    numbered=words(
        "chapter part act scene volume vol book war phase type stage section appendix table class level "
        "grade mark bowl title article group category tier unit schedule episode"
    ),
    regnal=words(
        "Louis Henry Elizabeth Charles George Edward Richard James William Paul Pius Benedict Leo Gregory "
        "Innocent Napoleon Philip Frederick Catherine Nicholas Alexander Peter Francis Clement Urban Julius "
        "Alfonso Ferdinand Wilhelm Ramses Ramesses Ptolemy Otto Boniface Xerxes Darius Mehmed Murad Leopold "
        "Albert Gustav Christian Haakon Olaf Harald Margrethe Carl Felipe Juan Pedro Umberto Victor Emmanuel"
    ),
    dialled=words("call calls called calling dial dials dialled dialed ring phone text telephone"),
    lists=words(
        "is are was were be equals equal list lists array arrays vector vectors tuple set sequence range "
        "interval values numbers output outputs input returns return returned prints print gives give gets "
        "get becomes like between sort sorted contains"
    ),
    decades=words("the early mid late his her their my your our its"),
    cited=words("to in by see from with and or source sources reference references ref refs cf study"),
    titles=words("mr. mrs. ms. dr. prof. st. jr. sr. inc. ltd."),
)
