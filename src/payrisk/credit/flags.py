"""Red flags: dated pure functions, each naming the protective term it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from payrisk.calendar import iso
from payrisk.credit.application import CreditApplication
from payrisk.credit.decision import RedFlag
from payrisk.credit.rules import FlagRule, FlagRules

Check = Callable[[CreditApplication, int, FlagRule], str | None]


def young_company(application: CreditApplication, as_of: int, rule: FlagRule) -> str | None:
    """Founded less than `days` ago; a day of founding in the future is the youngest of all."""
    founded = application.founded_on
    if founded is None or as_of - founded >= rule.days:
        return None
    return f"The company was founded on {iso(founded)}, less than {rule.days} days ago."


def unknown_age(application: CreditApplication, _as_of: int, _rule: FlagRule) -> str | None:
    """No founding date given."""
    return "The day of founding is not stated." if application.founded_on is None else None


def missing_report(application: CreditApplication, _as_of: int, _rule: FlagRule) -> str | None:
    """No bureau score given, or one without its date."""
    if application.bureau_score is None:
        return "No credit report is given."
    if application.bureau_scored_on is None:
        return "The credit report has no date."
    return None


def stale_report(application: CreditApplication, as_of: int, rule: FlagRule) -> str | None:
    """A bureau score older than `days`."""
    scored = application.bureau_scored_on
    if application.bureau_score is None or scored is None or as_of - scored <= rule.days:
        return None
    return f"The credit report is of {iso(scored)}, more than {rule.days} days old."


def stale_financials(application: CreditApplication, as_of: int, rule: FlagRule) -> str | None:
    """Financial figures without a date or older than `days`."""
    if application.turnover is None and application.net_worth is None:
        return None
    stated = application.financials_on
    if stated is None:
        return "The financial figures have no date."
    if as_of - stated > rule.days:
        return f"The financial figures are of {iso(stated)}, more than {rule.days} days old."
    return None


def negative_net_worth(application: CreditApplication, _as_of: int, _rule: FlagRule) -> str | None:
    """Debts exceed assets."""
    worth = application.net_worth
    return "The stated net worth is negative." if worth is not None and worth < 0 else None


def foreign_email(application: CreditApplication, _as_of: int, _rule: FlagRule) -> str | None:
    """The e-mail's domain is not the website's."""
    if not application.email or not application.website:
        return None
    domain = application.email.rpartition("@")[2].strip(".").lower()
    host = application.website.lower().partition("://")[2] or application.website.lower()
    host = host.partition("/")[0].partition(":")[0].strip(".").removeprefix("www.")
    if domain and (host == domain or host.endswith(f".{domain}") or domain.endswith(f".{host}")):
        return None
    return "The e-mail address does not belong to the website."


CHECKS: dict[str, Check] = {
    "young_company": young_company,
    "unknown_age": unknown_age,
    "missing_report": missing_report,
    "stale_report": stale_report,
    "stale_financials": stale_financials,
    "negative_net_worth": negative_net_worth,
    "foreign_email": foreign_email,
}


def red_flags(
    application: CreditApplication, as_of: int, rules: FlagRules, only: Iterable[str] = CHECKS
) -> tuple[RedFlag, ...]:
    """Every flag that the policy names and the application raises, in the policy's order."""
    raised = []
    for code in only:
        rule = rules.get(code)
        text = None if rule is None else CHECKS[code](application, as_of, rule)
        if rule is not None and text is not None:
            raised.append(RedFlag(code, text, rule.asks_for, "application", as_of))
    return tuple(raised)


def far_above_capacity(
    requested: int | None, capacity: int | None, as_of: int, rules: FlagRules
) -> RedFlag | None:
    """A limit asked for that is many times what the company can carry."""
    rule = rules.get("far_above_capacity")
    if rule is None or requested is None or capacity is None or requested <= rule.ratio * capacity:
        return None
    text = f"The requested limit is more than {rule.ratio:g} times the capacity."
    return RedFlag("far_above_capacity", text, rule.asks_for, "policy", as_of)
