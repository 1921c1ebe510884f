"""A statement as one page of HTML in the customer's language, ready to print or to keep as PDF."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

import pandas as pd

from payrisk.calendar import NEVER
from payrisk.languages import Wording
from payrisk.receivables.statement.statement import CustomerStatement


@lru_cache(maxsize=1)
def statement_words() -> dict[str, dict[str, str]]:
    """The words of a statement by language."""
    text = (files("payrisk.receivables.statement") / "words.toml").read_text("utf-8")
    return tomllib.loads(text)


def statement_page(statement: CustomerStatement, language: str) -> str:
    """The page; raises InputError for a language there is none of."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    wording = Wording(language)
    words = statement_words()[wording.language]
    environment = Environment(
        loader=PackageLoader("payrisk.receivables.statement", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    blocks = [
        _block(statement, row, words, wording) for row in statement.ageing.to_dict("records")
    ]
    return environment.get_template("template.html").render(
        statement=statement,
        language=wording.language,
        words=words,
        as_of=words["as_of"].format(day=wording.date(statement.close_of, "long")),
        blocks=[block for block in blocks if block["lines"]],
    )


def _block(
    statement: CustomerStatement, row: dict[str, Any], words: dict[str, str], wording: Wording
) -> dict[str, Any]:
    currency = str(row["currency"])
    items = statement.items[statement.items["currency"] == currency]
    heads = [(_band(name, words), row[name]) for name in statement.bands]
    heads += [(words["on_account"], -row["unapplied"]), (words["balance"], row["balance"])]
    return {
        "currency": currency,
        "lines": [_line(item, currency, words, wording) for item in items.to_dict("records")],
        "balance": wording.amount(row["balance"], currency),
        "ageing": [(head, wording.amount(cents, currency)) for head, cents in heads],
    }


def _line(
    item: dict[str, Any], currency: str, words: dict[str, str], wording: Wording
) -> dict[str, str]:
    is_credit = item["unapplied"] != 0
    due = item["due_on"]
    notes = []
    if item["disputed"]:
        notes.append(words["disputed"].format(amount=wording.money(item["disputed"], currency)))
    if item["promised_on"] < NEVER:
        notes.append(words["promised"].format(day=wording.date(int(item["promised_on"]))))
    if item["paid_in_part"]:
        notes.append(words["paid_in_part"])
    if is_credit:
        notes.append(words["on_account"])
    late = item["days_late"]
    part = f"/{item['instalment']}" if item["instalment"] != 1 else ""
    return {
        "document": f"{item['document']}{part}",
        "issued": wording.date(int(item["issued_on"])),
        "due": "" if is_credit or pd.isna(due) or due >= NEVER else wording.date(int(due)),
        "amount": wording.amount(-item["amount"] if is_credit else item["amount"], currency),
        "open": wording.amount(item["open"] - item["unapplied"], currency),
        "days_late": "" if is_credit or pd.isna(late) or late <= 0 else wording.number(int(late)),
        "note": "; ".join(notes),
    }


def _band(name: str, words: dict[str, str]) -> str:
    """A bucket's name in words: days_1_30 is 1–30, days_over_90 is over 90."""
    if name == "not_due":
        return words["not_due"]
    days = name.removeprefix("days_")
    if days.startswith("over_"):
        return words["over"].format(days=days.removeprefix("over_"))
    return days.replace("_", "–")
