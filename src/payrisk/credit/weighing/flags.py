"""Red flags of an application or an account: dated pure functions, one a flag."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from payrisk.calendar import iso
from payrisk.credit.applicant import identifiers
from payrisk.credit.applicant.application import CreditApplication, mail_domain
from payrisk.credit.rules.decision import RedFlag
from payrisk.credit.rules.rules import FlagRule, FlagRules


@dataclass(frozen=True)
class FlagFact:
    """What speaks against open credit: a sentence, where it comes from and when it was true."""

    text: str
    source: str = "application"
    dated_on: int | None = None


TEXTS = {
    "sanctions_hit": "A screening of {day} matched {name}.",
    "negative_press": "Negative news in {name} of {day}.",
    "registry_mismatch": "The register holds another name than the application.",
    "address_mismatch": "Goods or post go to another place than the registered address.",
    "bank_invalid": "The IBAN given cannot exist: its length or check digits are wrong.",
    "bank_elsewhere": "The bank account is in another country than the company.",
    "vat_invalid": "The VAT number given is none of {country}: form or check digits are wrong.",
    "vat_missing": "No VAT number is given.",
    "lei_invalid": "The LEI given cannot exist: its form or check digits are wrong.",
    "free_email": "The e-mail address is at a provider where anybody gets one.",
    "foreign_email": "The e-mail address does not belong to the website.",
    "website_missing": "No website is given.",
    "young_company": "The company was founded on {day}, less than {days} days ago.",
    "young_by_years": "The company has traded for {years:g} years, less than {days} days.",
    "unknown_age": "The day of founding is not stated.",
    "missing_report": "No credit report is given.",
    "undated_report": "The credit report has no date.",
    "stale_report": "The credit report is of {day}, more than {days} days old.",
    "undated_financials": "The financial figures have no date.",
    "stale_financials": "The financial figures are of {day}, more than {days} days old.",
    "negative_net_worth": "The stated net worth is negative.",
    "far_above_capacity": "The requested limit is more than {ratio:g} times the capacity.",
}
"""What a flag says, by its code or by what it is raised for."""
FIGURES = "financial statements"


def _sign(
    code: str, source: str = "application", dated_on: int | None = None, **words: object
) -> FlagFact:
    return FlagFact(TEXTS[code].format(**words), source, dated_on)


Check = Callable[[CreditApplication, int, FlagRule], FlagFact | None]


def sanctions_hit(application: CreditApplication, as_of: int, _rule: FlagRule) -> FlagFact | None:
    """A name on a sanctions list; only a person can say that it is another one."""
    hit = application.sanctions_hit_on
    if hit is None or hit >= as_of:
        return None
    of = application.sanctions_list or "a sanctions list"
    return _sign("sanctions_hit", "sanctions screening", hit, day=iso(hit), name=of)


def negative_press(application: CreditApplication, as_of: int, rule: FlagRule) -> FlagFact | None:
    """Negative press of the last `days`."""
    day = application.negative_press_on
    if day is None or day >= as_of or as_of - day > rule.days:
        return None
    where = application.negative_press_source or "the press"
    return _sign("negative_press", "press", day, day=iso(day), name=where)


def registry_mismatch(
    application: CreditApplication, as_of: int, _rule: FlagRule
) -> FlagFact | None:
    """The register knows another name under the number given."""
    registered, checked_on = application.registry_name, application.registry_checked_on
    if registered is None or (checked_on is not None and checked_on >= as_of):
        return None
    if _bare_name(registered) == _bare_name(application.name):
        return None
    return _sign("registry_mismatch", "registry", checked_on)


def address_mismatch(
    application: CreditApplication, _as_of: int, _rule: FlagRule
) -> FlagFact | None:
    """Goods go to another country or address than the registered one."""
    if not application.is_delivered_elsewhere:
        return None
    return _sign("address_mismatch")


def bank_invalid(application: CreditApplication, _as_of: int, _rule: FlagRule) -> FlagFact | None:
    """An IBAN with wrong length or check digits."""
    if application.iban is None or identifiers.is_iban(application.iban):
        return None
    return _sign("bank_invalid")


def bank_elsewhere(
    application: CreditApplication, _as_of: int, _rule: FlagRule
) -> FlagFact | None:
    """A bank in another country than the company's."""
    if not application.is_banked_elsewhere:
        return None
    return _sign("bank_elsewhere")


def vat_invalid(application: CreditApplication, _as_of: int, _rule: FlagRule) -> FlagFact | None:
    """A VAT number that its country cannot have issued."""
    number, country = application.vat_number, application.country
    if number is None or country is None:
        return None
    if identifiers.is_vat_number(number, country) is not False:
        return None
    return _sign("vat_invalid", country=country[:2])


def vat_missing(application: CreditApplication, _as_of: int, _rule: FlagRule) -> FlagFact | None:
    """No VAT number, in a country whose companies have one."""
    country = application.country
    if application.vat_number is not None or application.has_vat or country is None:
        return None
    return _sign("vat_missing") if identifiers.has_vat_numbers(country) else None


def lei_invalid(application: CreditApplication, _as_of: int, _rule: FlagRule) -> FlagFact | None:
    """A legal entity identifier with wrong form or check digits."""
    if application.lei is None or identifiers.is_lei(application.lei):
        return None
    return _sign("lei_invalid")


def free_email(application: CreditApplication, _as_of: int, _rule: FlagRule) -> FlagFact | None:
    """An e-mail address at a domain where anybody gets one."""
    if application.mail_kind != "free":
        return None
    return _sign("free_email")


def foreign_email(application: CreditApplication, _as_of: int, _rule: FlagRule) -> FlagFact | None:
    """The e-mail's domain is not the website's (a free provider is a flag of its own)."""
    domain = mail_domain(application.email)
    if domain is None or not application.website or application.mail_kind == "free":
        return None
    host = application.website.lower().partition("://")[2] or application.website.lower()
    host = host.partition("/")[0].partition(":")[0].strip(".").removeprefix("www.")
    if host == domain or host.endswith(f".{domain}") or domain.endswith(f".{host}"):
        return None
    return _sign("foreign_email")


def website_missing(
    application: CreditApplication, _as_of: int, _rule: FlagRule
) -> FlagFact | None:
    """No website."""
    if application.website or application.has_website:
        return None
    return _sign("website_missing")


def young_company(application: CreditApplication, as_of: int, rule: FlagRule) -> FlagFact | None:
    """Founded less than `days` ago; a day of founding in the future is the youngest of all."""
    founded, years = application.founded_on, application.years_trading
    if founded is not None and as_of - founded < rule.days:
        dated_on = min(founded, as_of - 1)
        return _sign("young_company", dated_on=dated_on, day=iso(founded), days=rule.days)
    if founded is None and years is not None and years * 365 < rule.days:
        return _sign("young_by_years", years=years, days=rule.days)
    return None


def unknown_age(application: CreditApplication, _as_of: int, _rule: FlagRule) -> FlagFact | None:
    """Neither a day of founding nor years of trading."""
    if application.founded_on is None and application.years_trading is None:
        return _sign("unknown_age")
    return None


def missing_report(
    application: CreditApplication, _as_of: int, _rule: FlagRule
) -> FlagFact | None:
    """No bureau score given, or one without its date."""
    if application.bureau_score is None:
        return _sign("missing_report")
    if application.bureau_scored_on is None:
        return _sign("undated_report")
    return None


def stale_report(application: CreditApplication, as_of: int, rule: FlagRule) -> FlagFact | None:
    """A bureau score older than `days`."""
    scored = application.bureau_scored_on
    if application.bureau_score is None or scored is None or as_of - scored <= rule.days:
        return None
    day = iso(scored)
    return _sign("stale_report", "credit bureau", scored, day=day, days=rule.days)


def stale_financials(
    application: CreditApplication, as_of: int, rule: FlagRule
) -> FlagFact | None:
    """Financial figures without a date or older than `days`."""
    if application.turnover is None and application.net_worth is None:
        return None
    stated = application.financials_on
    if stated is None:
        return _sign("undated_financials")
    if as_of - stated > rule.days:
        day = iso(stated)
        return _sign("stale_financials", FIGURES, stated, day=day, days=rule.days)
    return None


def negative_net_worth(
    application: CreditApplication, _as_of: int, _rule: FlagRule
) -> FlagFact | None:
    """Debts exceed assets."""
    worth = application.net_worth
    if worth is None or worth >= 0:
        return None
    stated = application.financials_on
    return _sign("negative_net_worth", FIGURES, stated)


CHECKS: dict[str, Check] = {
    "sanctions_hit": sanctions_hit,
    "registry_mismatch": registry_mismatch,
    "bank_invalid": bank_invalid,
    "bank_elsewhere": bank_elsewhere,
    "vat_invalid": vat_invalid,
    "lei_invalid": lei_invalid,
    "negative_press": negative_press,
    "address_mismatch": address_mismatch,
    "foreign_email": foreign_email,
    "free_email": free_email,
    "website_missing": website_missing,
    "vat_missing": vat_missing,
    "young_company": young_company,
    "unknown_age": unknown_age,
    "missing_report": missing_report,
    "stale_report": stale_report,
    "stale_financials": stale_financials,
    "negative_net_worth": negative_net_worth,
}

FAR_ABOVE_CAPACITY = "far_above_capacity"

FOR_A_PERSON = ("sanctions_hit",)
"""Flags that no policy may soften to a protective term: they refer or decline."""


def red_flags(
    application: CreditApplication, as_of: int, rules: FlagRules, only: Iterable[str] = CHECKS
) -> tuple[RedFlag, ...]:
    """Every flag that the policy names and the application raises, the gravest kinds first.

    A flag is dated by what it rests on, where that has a date, else by the evening before
    `as_of`, when the application was known. What is dated `as_of` or later is not known yet.
    """
    raised = []
    for code in only:
        rule = rules.get(code)
        sign = None if rule is None else CHECKS[code](application, as_of, rule)
        if rule is not None and sign is not None:
            dated_on = as_of - 1 if sign.dated_on is None else sign.dated_on
            raised.append(RedFlag(code, sign.text, rule.asks_for, sign.source, dated_on))
    return tuple(raised)


def far_above_capacity(
    requested: int | None, capacity: int | None, as_of: int, rules: FlagRules
) -> RedFlag | None:
    """A limit asked for that is many times what the company can carry."""
    rule = rules.get(FAR_ABOVE_CAPACITY)
    if rule is None or requested is None or capacity is None or requested <= rule.ratio * capacity:
        return None
    text = TEXTS[FAR_ABOVE_CAPACITY].format(ratio=rule.ratio)
    return RedFlag(FAR_ABOVE_CAPACITY, text, rule.asks_for, "policy", as_of - 1)


def _bare_name(name: str) -> str:
    """A company's name without case, signs and its legal form's dots."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())
