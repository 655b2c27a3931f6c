"""French."""

from typing import Final

from engine.text.contexts_fr import CONTEXTS
from engine.text.language import Language, forms, table
from engine.text.language_en import GREEK

FRENCH: Final = Language(
    code="fr",
    contexts=CONTEXTS,
    code_omitted="Code omis.",
    decimal_mark=",",
    ordinal_marks=("er", "re", "ère", "e", "ème", "nd", "nde"),
    months=(
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
        *("août", "septembre", "octobre", "novembre", "décembre"),
    ),
    words=table("""
source = source
sources = sources
port = port
foot = pieds
by = sur
separator = point
square = carrés
cubic = cubes
point = virgule
minus = moins
to = à
over = sur
and = et
at = arobase
dot = point
slash = barre oblique
version = version
number = numéro
hashtag = mot-dièse
oh = zéro
hundred = cent
oclock = heures
per = par
degree = degré
degrees = degrés
plus = plus
1/2 = un demi
1/3 = un tiers
2/3 = deux tiers
1/4 = un quart
3/4 = trois quarts
"""),
    symbols=table("""
& = et
+ = plus
= = égale
@ = arobase
% = pour cent
‰ = pour mille
< = est inférieur à
> = est supérieur à
≤ = au plus
≥ = au moins
≠ = est différent de
≈ = environ
~ = environ
× = fois
÷ = divisé par
± = plus ou moins
− = moins
^ = puissance
→ = vers
⇒ = donc
← = de
↔ = et
° = degrés
§ = paragraphe
№ = numéro
∞ = l'infini
√ = racine carrée de
∑ = somme de
∫ = intégrale de
∂ = dérivée partielle de
∈ = appartient à
∀ = pour tout
∃ = il existe
∧ = et
∨ = ou
¬ = non
€ = euros
$ = dollars
£ = livres
¥ = yens
₹ = roupies
¢ = centimes
/ = barre oblique
# = numéro
"""),
    operators=table(r"""
-> = vers
=> = vers
! = non
** = puissance
+= = plus égale
-= = moins égale
<=> = comparé à
== = égale
!= = est différent de
<= = est au plus
>= = est au moins
&& = et
|| = ou
- = tiret
+ = plus
* = étoile
/ = barre oblique
% = pour cent
= = égale
< = inférieur à
> = supérieur à
@ = arobase
# = dièse
$ = dollar
\ = barre inverse
| = barre
~ = tilde
^ = chapeau
& = et
. = point
"""),
    maths=table(
        GREEK
        + """
frac = sur
sqrt = racine carrée de
times = fois
cdot = fois
div = divisé par
pm = plus ou moins
leq = est au plus
le = est au plus
geq = est au moins
ge = est au moins
neq = est différent de
ne = est différent de
approx = vaut environ
equiv = équivaut à
infty = l'infini
sum = somme de
prod = produit de
int = intégrale de
partial = dérivée partielle de
to = vers
rightarrow = vers
Rightarrow = donc
implies = donc
in = appartient à
forall = pour tout
exists = il existe
circ = degrés
ldots = et ainsi de suite
dots = et ainsi de suite
cdots = et ainsi de suite
sin = sinus
cos = cosinus
tan = tangente
ln = logarithme
lim = limite de
"""
    ),
    powers=table("""
2 = au carré
3 = au cube
-1 = puissance moins un
n = puissance n
\\circ = degrés
T = transposée
"""),
    units=forms("""
mm = millimètre / millimètres
cm = centimètre / centimètres
m = mètre / mètres
km = kilomètre / kilomètres
mg = milligramme / milligrammes
g = gramme / grammes
kg = kilogramme / kilogrammes
ml = millilitre / millilitres
mL = millilitre / millilitres
cl = centilitre / centilitres
l = litre / litres
L = litre / litres
μs = microseconde / microsecondes
μm = micromètre / micromètres
μg = microgramme / microgrammes
nm = nanomètre / nanomètres
Ω = ohm / ohms
ms = milliseconde / millisecondes
s = seconde / secondes
min = minute / minutes
h = heure / heures
Hz = hertz
kHz = kilohertz
MHz = mégahertz
GHz = gigahertz
W = watt / watts
kW = kilowatt / kilowatts
kWh = kilowattheure / kilowattheures
V = volt / volts
A = ampère / ampères
J = joule / joules
kJ = kilojoule / kilojoules
kcal = kilocalorie / kilocalories
Pa = pascal / pascals
hPa = hectopascal / hectopascals
dB = décibel / décibels
o = octet / octets
Ko = kilooctet / kilooctets
Mo = mégaoctet / mégaoctets
Go = gigaoctet / gigaoctets
To = téraoctet / téraoctets
MB = mégaoctet / mégaoctets
GB = gigaoctet / gigaoctets
px = pixel / pixels
ha = hectare / hectares
°C = degré Celsius / degrés Celsius
°F = degré Fahrenheit / degrés Fahrenheit
℃ = degré Celsius / degrés Celsius
℉ = degré Fahrenheit / degrés Fahrenheit
° = degré / degrés
% = pour cent
‰ = pour mille
k = mille
× = fois
"""),
    currencies=forms("""
$ = dollar / dollars
€ = euro / euros
£ = livre / livres
¥ = yen / yens
₹ = roupie / roupies
₩ = won / wons
₽ = rouble / roubles
¢ = centime / centimes
USD = dollar américain / dollars américains
EUR = euro / euros
GBP = livre / livres
JPY = yen / yens
CHF = franc suisse / francs suisses
CAD = dollar canadien / dollars canadiens
AUD = dollar australien / dollars australiens
CNY = yuan / yuans
INR = roupie / roupies
"""),
    magnitudes=table("""
k = mille
M = millions de
Md = milliards de
mille = mille
million = million de
millions = millions de
milliard = milliard de
milliards = milliards de
"""),
    abbreviations=table("""
m. = Monsieur
mm. = Messieurs
mme = Madame
mlle = Mademoiselle
dr = Docteur
dr. = Docteur
pr. = Professeur
st = Saint
ste = Sainte
etc. = et cetera
p.ex. = par exemple
p. ex. = par exemple
par ex. = par exemple
c.-à-d. = c'est-à-dire
càd = c'est-à-dire
env. = environ
av. = avenue
av. j.-c. = avant Jésus-Christ
apr. j.-c. = après Jésus-Christ
bd = boulevard
n° = numéro
janv. = janvier
févr. = février
juil. = juillet
oct. = octobre
nov. = novembre
déc. = décembre
et/ou = et ou
c++ = C plus plus
c# = C dièse
24/7 = vingt-quatre heures sur vingt-quatre
"""),
    continues=frozenset(("m.", "mm.", "dr.", "pr.", "ex.", "env.", "av.", "p.ex.", "c.-à-d.", "j.-c.")),
)
