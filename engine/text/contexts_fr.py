"""French neighbours."""

from typing import Final

from engine.text.contexts import Contexts, numbered_from_one, said_as_first, words
from engine.text.language import table

CONTEXTS: Final = Contexts(
    number_signs=table("""
n° = numéro
no = numéro
n°s = numéros
p. = page
pp. = pages
chap. = chapitre
fig. = figure
art. = article
vol. = volume
"""),
    months=numbered_from_one("""
janvier janv
février févr fév
mars
avril avr
mai
juin
juillet juil
août
septembre sept
octobre oct
novembre nov
décembre déc
"""),
    weekdays=said_as_first("""
lundi lun
mardi
mercredi mer
jeudi jeu
vendredi ven
samedi sam
dimanche dim
"""),
    range_ends=words("aujourd'hui maintenant midi minuit"),
    numbered=words(
        "chapitre partie acte scène tome volume livre guerre phase type annexe tableau classe niveau titre "
        "article groupe catégorie épisode"
    ),
    regnal=words(
        "Louis Henri Charles François Philippe Napoléon Élisabeth Elizabeth George Georges Édouard Jacques "
        "Guillaume Paul Pie Benoît Léon Grégoire Innocent Frédéric Catherine Nicolas Alexandre Pierre Jules "
        "Clément Urbain Alphonse Ferdinand Ramsès Ptolémée Othon Boniface Léopold Albert Baudouin Richard"
    ),
    dialled=frozenset(),
    lists=words(
        "est sont était étaient égale liste listes tableau tableaux vecteur ensemble suite intervalle "
        "valeurs nombres renvoie retourne affiche donne devient comme entre trier triée contient"
    ),
    decades=frozenset(),
    cited=words("selon après voir par dans de et ou avec source sources référence références cf étude"),
    titles=words("m. mm. mme mlle dr dr. pr. st ste"),
    feminine=words(
        "heure minute seconde milliseconde livre calorie tonne once roupie fois année semaine journée "
        "personne page tasse cuillère pincée gousse tranche étoile pièce étape partie option solution "
        "question réponse ligne image femme fille voiture maison ville langue chose raison idée erreur"
    ),
    centuries=words("e è er ère re ème"),
)
