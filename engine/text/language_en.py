"""English."""

from typing import Final

from engine.text.contexts_en import CONTEXTS
from engine.text.language import Language, forms, table

GREEK: Final = """
alpha = alpha
beta = beta
gamma = gamma
delta = delta
epsilon = epsilon
theta = theta
lambda = lambda
mu = mu
pi = pi
rho = rho
sigma = sigma
tau = tau
phi = phi
omega = omega
"""

ENGLISH: Final = Language(
    code="en",
    contexts=CONTEXTS,
    code_omitted="Code omitted.",
    decimal_mark=".",
    ordinal_marks=("st", "nd", "rd", "th"),
    months=(
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
    words=table("""
source = source
sources = sources
port = port
foot = foot
by = by
separator = point
square = square
cubic = cubic
point = point
minus = minus
to = to
over = over
and = and
at = at
dot = dot
slash = slash
version = version
number = number
hashtag = hashtag
oh = oh
hundred = hundred
oclock = o'clock
per = per
degree = degree
degrees = degrees
plus = plus
1/2 = one half
1/3 = one third
2/3 = two thirds
1/4 = one quarter
3/4 = three quarters
"""),
    symbols=table("""
& = and
+ = plus
= = equals
@ = at
% = percent
‰ = per mille
< = is less than
> = is greater than
≤ = at most
≥ = at least
≠ = is not
≈ = about
~ = about
× = times
÷ = divided by
± = plus or minus
− = minus
^ = to the power of
→ = to
⇒ = so
← = from
↔ = and
° = degrees
§ = section
№ = number
∞ = infinity
√ = the square root of
∑ = the sum of
∫ = the integral of
∂ = partial
∈ = in
∀ = for all
∃ = there is
∧ = and
∨ = or
¬ = not
€ = euros
$ = dollars
£ = pounds
¥ = yen
₹ = rupees
¢ = cents
/ = slash
# = number
"""),
    operators=table(r"""
-> = to
=> = to
! = not
** = to the power of
+= = plus equals
-= = minus equals
<=> = compared to
== = equals
!= = is not
<= = is at most
>= = is at least
&& = and
|| = or
- = dash
+ = plus
* = star
/ = slash
% = percent
= = equals
< = less than
> = greater than
@ = at
# = hash
$ = dollar
\ = backslash
| = pipe
~ = tilde
^ = caret
& = and
. = dot
"""),
    maths=table(
        GREEK
        + """
frac = over
sqrt = the square root of
times = times
cdot = times
div = divided by
pm = plus or minus
leq = is at most
le = is at most
geq = is at least
ge = is at least
neq = is not
ne = is not
approx = is about
equiv = is equivalent to
infty = infinity
sum = the sum of
prod = the product of
int = the integral of
partial = partial
to = to
rightarrow = to
Rightarrow = so
implies = so
in = in
forall = for all
exists = there is
circ = degrees
ldots = and so on
dots = and so on
cdots = and so on
sin = sine
cos = cosine
tan = tangent
ln = natural log
lim = the limit of
"""
    ),
    powers=table("""
2 = squared
3 = cubed
-1 = to the minus one
n = to the n
\\circ = degrees
T = transposed
"""),
    units=forms("""
mm = millimeter / millimeters
cm = centimeter / centimeters
m = meter / meters
km = kilometer / kilometers
mi = mile / miles
ft = foot / feet
yd = yard / yards
mg = milligram / milligrams
g = gram / grams
kg = kilogram / kilograms
lb = pound / pounds
lbs = pound / pounds
oz = ounce / ounces
ml = milliliter / milliliters
mL = milliliter / milliliters
dL = deciliter / deciliters
dl = deciliter / deciliters
cl = centiliter / centiliters
l = liter / liters
L = liter / liters
tsp = teaspoon / teaspoons
tbsp = tablespoon / tablespoons
μs = microsecond / microseconds
μm = micrometer / micrometers
μg = microgram / micrograms
nm = nanometer / nanometers
Ω = ohm / ohms
ms = millisecond / milliseconds
s = second / seconds
sec = second / seconds
secs = second / seconds
min = minute / minutes
mins = minute / minutes
h = hour / hours
hr = hour / hours
hrs = hour / hours
Hz = hertz
kHz = kilohertz
MHz = megahertz
GHz = gigahertz
W = watt / watts
kW = kilowatt / kilowatts
kWh = kilowatt-hour / kilowatt-hours
V = volt / volts
A = amp / amps
mAh = milliamp-hour / milliamp-hours
J = joule / joules
kJ = kilojoule / kilojoules
cal = calorie / calories
kcal = kilocalorie / kilocalories
Pa = pascal / pascals
hPa = hectopascal / hectopascals
dB = decibel / decibels
KB = kilobyte / kilobytes
kB = kilobyte / kilobytes
MB = megabyte / megabytes
GB = gigabyte / gigabytes
TB = terabyte / terabytes
GiB = gibibyte / gibibytes
MiB = mebibyte / mebibytes
Mbps = megabit per second / megabits per second
Gbps = gigabit per second / gigabits per second
fps = frame per second / frames per second
mph = mile per hour / miles per hour
kph = kilometer per hour / kilometers per hour
rpm = revolution per minute / revolutions per minute
px = pixel / pixels
ha = hectare / hectares
°C = degree Celsius / degrees Celsius
°F = degree Fahrenheit / degrees Fahrenheit
℃ = degree Celsius / degrees Celsius
℉ = degree Fahrenheit / degrees Fahrenheit
° = degree / degrees
% = percent
‰ = per mille
k = thousand
M = million
× = times
mo = month / months
yr = year / years
wk = week / weeks
"""),
    currencies=forms("""
$ = dollar / dollars
€ = euro / euros
£ = pound / pounds
¥ = yen
₹ = rupee / rupees
₩ = won
₽ = ruble / rubles
¢ = cent / cents
USD = U S dollar / U S dollars
EUR = euro / euros
GBP = pound / pounds
JPY = yen
CHF = Swiss franc / Swiss francs
CAD = Canadian dollar / Canadian dollars
AUD = Australian dollar / Australian dollars
CNY = yuan
INR = rupee / rupees
"""),
    magnitudes=table("""
k = thousand
K = thousand
m = million
M = million
bn = billion
B = billion
T = trillion
thousand = thousand
million = million
billion = billion
trillion = trillion
"""),
    abbreviations=table("""
dr. = Doctor
mr. = Mister
mrs. = Missus
ms. = Miz
prof. = Professor
st. = Saint
jr. = Junior
sr. = Senior
e.g. = for example
i.e. = that is
etc. = et cetera
vs. = versus
vs = versus
approx. = approximately
ca. = about
cf. = compare
inc. = Incorporated
ltd. = Limited
dept. = department
est. = established
jan. = January
feb. = February
aug. = August
sept. = September
oct. = October
nov. = November
dec. = December
a.m. = A M
p.m. = P M
pm = P M
ph.d. = P H D
ph.d = P H D
m.sc. = M S C
b.sc. = B S C
u.s. = U S
u.k. = U K
w/ = with
w/o = without
b/c = because
n/a = not applicable
and/or = and or
24/7 = twenty-four seven
9/11 = nine eleven
50/50 = fifty-fifty
20/20 = twenty twenty
c++ = C plus plus
c# = C sharp
f# = F sharp
.net = dot net
wi-fi = Wi-Fi
"""),
    continues=frozenset(
        (
            *("dr.", "mr.", "mrs.", "ms.", "prof.", "st.", "e.g.", "i.e.", "vs.", "approx.", "ca."),
            *("cf.", "dept.", "est.", "jan.", "feb.", "aug.", "sept.", "oct.", "nov."),
            "dec.",
            "u.s.",
            "u.k.",
        )
    ),
)
