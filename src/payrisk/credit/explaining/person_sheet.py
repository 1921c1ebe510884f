"""The sheet of a natural person: what was decided, why, on which data, and how to contest it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from payrisk.credit.explaining.adverse_action import PRINCIPAL, principal_reasons
from payrisk.credit.explaining.person_data import FIELDS, SOURCES, localised_value, used_data
from payrisk.credit.reasons.model_reasons import MODEL_REASONS, reason_of
from payrisk.errors import InputError
from payrisk.languages import Wording, marked

A_LITTLE, A_LOT = 1.2, 2.0
"""Times by which a cause moves the odds: below is a little, from the second on a lot."""
LEAST = 1.02
"""Causes that move the odds by less are not told."""

OUTCOMES = {
    "approve": marked("Your request was approved."),
    "approve_with_protection": marked("Your request was approved on conditions."),
    "refer": marked("Your request is being looked at by a person; nothing is decided yet."),
    "decline": marked("Your request was declined."),
}
STRENGTHS = (
    marked("raises the risk a lot"),
    marked("raises the risk"),
    marked("raises the risk a little"),
    marked("lowers the risk a little"),
    marked("lowers the risk"),
    marked("lowers the risk a lot"),
)
"""From the most adverse to the most favourable."""
PAYING_HELPS = frozenset({"in_default", "overdue_block", "returned_payment", "over_limit"})
SAYING_HELPS = frozenset({"need_unknown", "capacity_unknown", "missing_report", "unknown_age"})


@dataclass(frozen=True)
class SheetSection:
    """A part of the sheet: a heading, paragraphs, points, and a table of rows; some are empty."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class PersonSheet:
    """The sheet in one language."""

    language: str
    title: str
    sections: tuple[SheetSection, ...]
    notice: str

    def to_json(self) -> dict[str, Any]:
        """Plain values, and the whole as text."""
        return asdict(self) | {"text": self.text}

    @property
    def text(self) -> str:
        """The sheet as plain text."""
        lines = [self.title, "=" * len(self.title), ""]
        for section in self.sections:
            lines += [section.heading, "-" * len(section.heading), *section.paragraphs]
            lines += [f"- {point}" for point in section.points]
            lines += [" · ".join(row) for row in (section.head, *section.rows) if row]
            lines.append("")
        return "\n".join([*lines, self.notice])

    @property
    def html(self) -> str:
        """The sheet as one page without script or network."""
        body = "".join(_html(section) for section in self.sections)
        policy = "default-src 'none'; style-src 'unsafe-inline'"
        style = (
            "body{font:11pt/1.45 system-ui,sans-serif;max-width:46rem;margin:2rem auto;"
            "padding:0 1rem}table{border-collapse:collapse;width:100%}th,td{text-align:left;"
            "padding:.2rem .5rem;border-bottom:1px solid #d6dbe1}"
        )
        return (
            f'<!doctype html>\n<html lang="{self.language}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
            f"<title>{escape(self.title)}</title><style>{style}</style></head>"
            f"<body><main><h1>{escape(self.title)}</h1>{body}"
            f"<p><small>{escape(self.notice)}</small></p></main></body></html>\n"
        )


def person_sheet(
    decision: Mapping[str, Any],
    overrides: Sequence[Mapping[str, Any]],
    language: str,
    *,
    contact: str,
) -> PersonSheet:
    """The sheet of a stored decision about a natural person, as CJEU C-203/22 asks.

    From the stored decision alone: it names the data that were used, where they come from, what
    each did to the outcome, and what would have changed it. overrides: what persons decided
    instead, the last one counts. contact: whom to write to. Raises InputError for a decision
    about a company, an unknown language, and without a contact.
    """
    if not decision["inputs"]["account"].get("is_natural_person"):
        raise InputError(
            "This decision is about a company; the sheet is for natural persons"
            " (`payrisk decisions explain` says why, for whom you like)."
        )
    if not contact.strip():
        raise InputError("Say whom the person may write to: --contact 'Name, address'.")
    wording = Wording(language)
    sections = (
        _decided(decision, overrides, wording),
        _reasons(decision, wording),
        _data(decision, wording),
        _risk(decision, wording),
        _changes(decision, wording),
        _rights(decision, wording, contact),
    )
    return PersonSheet(
        language,
        wording("About the decision on your request"),
        tuple(section for section in sections if section is not None),
        wording("The wording of this sheet has not been reviewed by a lawyer."),
    )


def sheet_sentences() -> Iterator[str]:
    """Every sentence that sheets show beside those marked here and in `person_data`."""
    yield from PRINCIPAL.values()
    yield from (entry.sentence for entry in MODEL_REASONS if entry.sentence)


def _decided(
    decision: Mapping[str, Any], overrides: Sequence[Mapping[str, Any]], wording: Wording
) -> SheetSection:
    last = overrides[-1] if overrides else None
    outcome = decision["outcome"] if last is None else last["outcome"]
    currency = decision["limit"]["currency"]
    granted = decision["limit"]["granted"] if last is None else last["limit"]
    lines = [wording(OUTCOMES[outcome])]
    if granted is not None:
        lines.append(wording("Credit limit: %(amount)s.", amount=wording.money(granted, currency)))
    if last is None:
        lines.append(wording("The assessment was made by a program."))
        lines.append(wording("You may ask that a person decides; see the last part."))
    else:
        day = wording.date(last["made_at"][:10])
        lines.append(wording("%(actor)s decided on %(day)s.", actor=last["actor"], day=day))
    known = wording(
        "It rests on what was known on %(day)s.", day=wording.date(decision["as_of"], "long")
    )
    return SheetSection(wording("What was decided"), (*lines, known))


def _reasons(decision: Mapping[str, Any], wording: Wording) -> SheetSection | None:
    reasons = dict.fromkeys(principal_reasons(decision))
    if not reasons:
        return None
    return SheetSection(
        wording("The main reasons"), points=tuple(wording(each) for each in reasons)
    )


def _data(decision: Mapping[str, Any], wording: Wording) -> SheetSection:
    rows = tuple(
        (
            wording(FIELDS[each.field]),
            each.said(wording),
            wording(SOURCES[each.source]),
            wording.date(each.on),
        )
        for each in used_data(decision)
    )
    head = (wording("What"), wording("Value"), wording("Where from"), wording("As of"))
    unused = wording(
        "Data on origin, religion, political opinion, health, sex life, gender or family were"
        " not used."
    )
    return SheetSection(wording("Your data that were used"), (unused,), (), head, rows)


def _risk(decision: Mapping[str, Any], wording: Wording) -> SheetSection | None:
    risk = decision["risk"]
    if risk is None:
        return None
    lines = [
        wording(
            "From these data a program estimates how likely it is that invoices stay unpaid"
            " within %(days)s days: %(chance)s.",
            days=wording.number(risk["horizon_days"]),
            chance=wording.percent(risk["probability"]),
        )
    ]
    if risk["low"] is not None:
        lines.append(
            wording(
                "With 90 percent certainty it is between %(low)s and %(high)s.",
                low=wording.percent(risk["low"]),
                high=wording.percent(risk["high"]),
            )
        )
    compared = wording("It compares your data with those of past customers; each of these counts:")
    lines.append(compared)
    points = tuple(
        f"{wording(sentence)} – {wording(_strength(total))}" for sentence, total in _causes(risk)
    )
    return SheetSection(wording("How the risk was estimated"), tuple(lines), points)


def _causes(risk: Mapping[str, Any]) -> list[tuple[str, float]]:
    """The dictionary's sentence of each cause and its log-odds, the heaviest first."""
    totals: dict[str, float] = {}
    for part in risk["contributions"]:
        entry = reason_of(part["code"])
        if entry is not None and entry.sentence:
            totals[entry.sentence] = totals.get(entry.sentence, 0.0) + part["contribution"]
    told = [pair for pair in totals.items() if math.exp(abs(pair[1])) >= LEAST]
    return sorted(told, key=lambda pair: (-abs(pair[1]), pair[0]))


def _strength(log_odds: float) -> str:
    times = math.exp(abs(log_odds))
    grade = 0 if times >= A_LOT else 1 if times >= A_LITTLE else 2
    return STRENGTHS[grade if log_odds > 0 else len(STRENGTHS) - 1 - grade]


def _changes(decision: Mapping[str, Any], wording: Wording) -> SheetSection:
    """What would have changed it: changes that were decided anew, and what can be done."""
    currency = decision["limit"]["currency"]
    points = []
    for other in decision["counterfactuals"]:
        told = ", ".join(
            f"{wording(FIELDS[name])} {localised_value(name, value, currency, wording)}"
            for name, value in other["change"].items()
            if name in FIELDS
        )
        if told:
            came = OUTCOMES[other["outcome"]]
            outcome = wording(came)
            points.append(wording("With %(change)s: %(outcome)s", change=told, outcome=outcome))
    codes = {reason["code"] for reason in decision["reasons"]}
    codes |= {flag["code"] for flag in decision["flags"]}
    if codes & PAYING_HELPS:
        points.append(wording("Paying what is due to us would change it."))
    if codes & SAYING_HELPS:
        points.append(wording("Telling us what is missing in your request would change it."))
    lines = (
        wording("These changes were tried, each alone, everything else as it was.")
        if points
        else wording("None of the changes that were tried would have led to another outcome.")
    )
    return SheetSection(wording("What would have changed it"), (lines,), tuple(points))


def _rights(decision: Mapping[str, Any], wording: Wording, contact: str) -> SheetSection:
    number = decision.get("decision_id") or ""
    points = (
        wording("You may ask that a person looks at your request and decides anew."),
        wording("You may say what you think of it, and why it is wrong."),
        wording("You may have wrong data corrected and ask for a copy of all data on you."),
        wording("You may complain to the data protection authority of your country."),
    )
    lines = (
        wording("Write to %(contact)s.", contact=contact),
        *((wording("Name the decision %(number)s.", number=number),) if number else ()),
        wording("These rights follow from Articles 15, 16, 22 and 77 of the GDPR."),
    )
    return SheetSection(wording("How to contest it"), lines, points)


def _html(section: SheetSection) -> str:
    parts = [f"<h2>{escape(section.heading)}</h2>"]
    parts += [f"<p>{escape(line)}</p>" for line in section.paragraphs]
    if section.points:
        parts.append(f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in section.points)}</ul>")
    if section.rows:
        head = "".join(f'<th scope="col">{escape(each)}</th>' for each in section.head)
        rows = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
            for row in section.rows
        )
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
    return "".join(parts)
