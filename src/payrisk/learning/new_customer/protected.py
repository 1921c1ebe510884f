"""Columns that no model of applicants may read: protected attributes and their close proxies."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

AGE, NAME = "a person's age", "a name"
FAMILY, ORIGIN = "marital or family status", "nationality"
AREA = "the neighbourhood, a close proxy of race and origin"

WORDS: dict[str, tuple[str, ...]] = {
    NAME: (
        *("name", "names", "surname", "forename", "firstname", "lastname", "fullname"),
        *("ownername", "contactname", "companyname", "customername", "applicantname"),
    ),
    "gender": ("gender", "sex", "male", "female", "salutation", "sexo", "sexe", "geschlecht"),
    AGE: ("age", "ages", "idade", "edad"),
    "a date of birth": ("birth", "birthday", "birthdate", "birthyear", "dob", "born"),
    ORIGIN: ("nationality", "nationalities", "citizenship", "citizen", "immigrant", "immigration"),
    "race": ("race", "racial", "ethnic", "ethnicity", "skin"),
    "religion": ("religion", "religious", "church", "confession", "faith"),
    FAMILY: (
        *("marital", "married", "marriage", "divorced", "widowed", "spouse", "maiden"),
        *("pregnant", "pregnancy"),
    ),
    "disability": ("disability", "disabled", "handicap"),
    "sexual orientation": ("sexual", "orientation"),
    AREA: ("zip", "zipcode", "postcode", "postal", "postalcode", "plz", "street"),
}
"""What a column tells → the words of its name that show it, one is enough."""

TOGETHER: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset(("foreign", "worker")), ORIGIN),
    (frozenset(("foreign", "national")), ORIGIN),
    (frozenset(("country", "origin")), ORIGIN),
    (frozenset(("mother", "tongue")), ORIGIN),
    (frozenset(("native", "language")), ORIGIN),
    (frozenset(("post", "code")), AREA),
    (frozenset(("personal", "status")), FAMILY),
    (frozenset(("family", "status")), FAMILY),
    (frozenset(("natural", "person")), "whether it is a natural person"),
    (frozenset(("political", "party")), "political opinion"),
    (frozenset(("trade", "union")), "union membership"),
)
"""Words of a name that tell something only together."""

HARMLESS: dict[str, frozenset[str]] = {
    AGE: frozenset(
        (
            *("company", "firm", "business", "enterprise", "entity", "corporate", "account"),
            *("invoice", "receivable", "receivables", "loan", "credit", "debt", "facility"),
            *("asset", "vehicle", "equipment", "stock", "inventory"),
        )
    ),
    NAME: frozenset(
        (
            *("bank", "branch", "product", "sector", "industry", "agency", "scheme"),
            *("programme", "program"),
        )
    ),
}
"""Beside one of these words an age is a company's or a thing's, and a name that of a thing."""


def words_of(name: str) -> frozenset[str]:
    """The words of a column's name in lower case, however they are joined.

    >>> sorted(words_of("ownerBirth_date-2")), sorted(words_of("ZIPCode"))
    (['2', 'birth', 'date', 'owner'], ['code', 'zip'])
    """
    return frozenset(word.lower() for word in _WORD.findall(name))


def protected_trait(name: str) -> str:
    """What a column of this name tells that no decision may rest on; '' where nothing.

    Towns, regions and countries of companies are allowed, postcodes and streets are not.

    >>> [protected_trait(name) for name in ("AGE_IN_YEARS", "company_age", "bank_name")]
    ["a person's age", '', '']
    """
    words = words_of(name)
    for together, told in TOGETHER:
        if together <= words:
            return told
    for told, alone in WORDS.items():
        if words & set(alone) and not words & HARMLESS.get(told, frozenset()):
            return told
    return ""
