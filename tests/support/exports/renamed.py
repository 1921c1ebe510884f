"""Exports of the same kind of company under many systems' headers, and what they truly say.

The headers, and by hand what each column holds, are in headers/*.txt, two lines an export: its
name and how it is written, then `header=role` by semicolons. A role is a field of invoices
(`customer_id:name`: the customer's name is all there is), `debit` and `credit`, or `-` and what
fills a column of no meaning to us. development.txt was looked at while `--suggest` was written,
further.txt after first scores of 19 and 21 of 30 on its two halves; test.txt was scored when all
was written, and nothing was changed for it since.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from dataclasses import dataclass
from pathlib import Path

FIELDS = (
    "invoice_id",
    "customer_id",
    "customer_name",
    "issued_on",
    "due_on",
    "amount",
    "currency",
    "terms",
    "paid_on",
    "paid_amount",
    "balance",
    "document",
    "entity_id",
    "payment_method",
)
_DATES = {
    "ymd": "%Y-%m-%d",
    "mdy": "%m/%d/%Y",
    "mdy2": "%m/%d/%y",
    "dmy.": "%d.%m.%Y",
    "dmy/": "%d/%m/%Y",
    "dmy-": "%d-%m-%Y",
    "dMy": "%d-%b-%Y",
}
_KINDS = {
    "en": ("Invoice", "Credit Memo"),
    "lower": ("invoice", "credit_note"),
    "short": ("INV", "CM"),
    "sap": ("RV", "DG"),
}
_NAMES = (
    "Nordwind Logistics",
    "Alder & Sons Ltd",
    "Casa Verde",
    "Müller Werkzeuge GmbH",
    "Blue Harbour Foods",
    "Atelier Lefèvre",
    "Rossi e Figli",
    "Van Dijk Techniek",
)


@dataclass(frozen=True)
class Row:
    """One document, whole."""

    number: str
    customer: int
    issued: dt.date
    days: int
    cents: int
    open_cents: int
    paid: dt.date | None

    @property
    def due(self) -> dt.date:
        """When it is due."""
        return self.issued + dt.timedelta(days=self.days)


@dataclass(frozen=True)
class RenamedExport:
    """A file's bytes, and the mapping that is right for it.

    truth: {field: header}; debit and credit are the two sides of the amount. invoices: {number:
    (cents, issued, due)} of what is owed. kind: 'documents', 'open items', or '' where nothing in
    the file says which.
    """

    name: str
    content: bytes
    truth: dict[str, str]
    headers: tuple[str, ...]
    skip_rows: int
    header_rows: int
    kind: str
    has_currency: bool
    invoices: dict[str, tuple[int, dt.date, dt.date]]


def renamed_exports(name: str, seed: int) -> list[RenamedExport]:
    """The exports of headers/<name>.txt, their rows made up by the seed."""
    text = (Path(__file__).parent / "headers" / f"{name}.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.strip()]
    pairs = zip(lines[::2], lines[1::2], strict=True)
    return [_export(head, columns, seed + i) for i, (head, columns) in enumerate(pairs)]


def _rows(g: random.Random, *, is_open: bool, has_notes: bool) -> list[Row]:
    out = []
    for i in range(g.randint(30, 60)):
        issued = dt.date(2025, 3, 1) + dt.timedelta(days=g.randint(0, 250))
        cents = g.choice([g.randint(1_000, 99_999), g.randint(100_000, 4_999_999)])
        days = g.choice([14, 30, 60])
        is_note = has_notes and i % 9 == 4
        # What is old is paid, as it is anywhere.
        is_paid = not is_open and g.random() < (0.9 if issued < dt.date(2025, 8, 1) else 0.2)
        part = g.random() < 0.2 and not is_note
        left = 0 if is_paid else cents - (cents // 3 if part else 0)
        paid = issued + dt.timedelta(days=days + g.randint(-6, 30)) if is_paid else None
        sign = -1 if is_note else 1
        number = f"{g.choice(['', 'R-']) if not i else ''}{20_250_100 + 3 * i}"
        row = Row(number, g.randrange(8), issued, days, sign * cents, sign * left, paid)
        out.append(row)
    return out


def _export(head: str, columns: str, seed: int) -> RenamedExport:
    g = random.Random(seed)
    name, _, rest = head.partition("|")
    quoted = rest.replace('","', "COMMA").replace('";"', "SEMICOLON")
    settings = [word.strip() for word in quoted.split(",")]
    given = {word.partition("=")[0]: word.partition("=")[2] for word in settings}
    delimiter = {"COMMA": ",", "SEMICOLON": ";", "tab": "\t"}[settings[1]]
    pairs = [
        tuple(part.strip() for part in pair.rpartition("=")[::2]) for pair in columns.split("; ")
    ]
    is_open = "open" in given
    has_notes = any(role.startswith(("document", "credit")) for _, role in pairs)
    rows = _rows(g, is_open=is_open, has_notes=has_notes)
    written = [
        [_cell(role, row, i, settings[0], given, g) for _, role in pairs]
        for i, row in enumerate(rows)
    ]
    tops = [header.partition("|")[0] for header, _ in pairs] if "two" in given else []
    names = [header.rpartition("|")[2].strip() for header, _ in pairs]
    joined = [f"{a} {b}".strip() for a, b in zip(tops, names, strict=True)] if tops else names
    lines = _titles(int(given.get("title") or 0), is_open=is_open)
    if tops:
        lines.append([top if i == tops.index(top) else "" for i, top in enumerate(tops)])
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([*lines, names, *written])
    is_said = is_open or "documents" in given or any(r in ("paid_on", "balance") for _, r in pairs)
    roles = {
        role.partition(":")[0]: header for header, (_, role) in zip(joined, pairs, strict=True)
    }
    truth = {
        role: header for role, header in roles.items() if role in (*FIELDS, "debit", "credit")
    }
    return RenamedExport(
        name.strip(),
        text.getvalue().encode("utf-8"),
        truth,
        tuple(joined),
        int(given.get("title") or 0),
        2 if tops else 1,
        ("open items" if is_open else "documents") if is_said else "",
        "currency" in truth or given.get("sign") == "R$",
        {row.number: (row.cents, row.issued, row.due) for row in rows if row.cents > 0},
    )


def _titles(n: int, *, is_open: bool) -> list[list[str]]:
    """Lines above the header: who, what, and when it was printed."""
    what = "Aged receivables" if is_open else "Sales report"
    return [["Hansen Trading"], [what], ["Printed by M. Weber"]][:n]


def _cell(
    role: str, row: Row, place: int, dates: str, given: dict[str, str], g: random.Random
) -> str:
    kind, _, words = role.lstrip("-").partition(":")
    if role.startswith("-"):
        return _filler(kind, row, place, dates, given, g)
    days = {"issued_on": row.issued, "due_on": row.due, "paid_on": row.paid}
    if kind in days:
        return _date(days[kind], dates)
    if kind in ("amount", "balance", "paid_amount", "debit", "credit"):
        return _money_of(kind, row, given)
    texts = {
        "invoice_id": row.number,
        "customer_name": _NAMES[row.customer],
        "customer_id": _NAMES[row.customer] if words == "name" else f"{10_100 + row.customer}",
        "currency": "EUR",
        "terms": f"Net {row.days}",
        "document": _KINDS.get(words, ("", ""))[row.cents < 0],
        "entity_id": "1000",
        "payment_method": g.choice(["Transfer", "Direct debit"]),
    }
    return texts[kind]


def _money_of(kind: str, row: Row, given: dict[str, str]) -> str:
    if kind == "debit":
        return _money(row.cents, given) if row.cents > 0 else ""
    if kind == "credit":
        return _money(-row.cents, given) if row.cents < 0 else ""
    values = {
        "amount": row.cents,
        "balance": row.open_cents,
        "paid_amount": row.cents - row.open_cents,
    }
    return _money(values[kind], given)


def _date(day: dt.date | None, dates: str) -> str:
    return day.strftime(_DATES[dates]) if day else ""


def _money(cents: int, given: dict[str, str]) -> str:
    text = f"{abs(cents) / 100:,.2f}"
    if given.get("decimal") == "comma":
        text = text.replace(",", " ").replace(".", ",").replace(" ", ".")
    sign = given.get("sign", "")
    mark = f"{sign} " if len(sign) > 1 else sign
    return f"{'-' if cents < 0 else ''}{mark}{text}"


def _filler(
    kind: str, row: Row, place: int, dates: str, given: dict[str, str], g: random.Random
) -> str:
    """A cell of a column that no field is made of."""
    net = round(row.cents / 1.2)
    money = {"net": net, "tax": row.cents - net, "same": row.cents}
    money["paid"] = row.cents - row.open_cents
    if kind in money:
        return _money(money[kind], given)
    if kind == "posting":
        return _date(row.issued + dt.timedelta(days=g.randint(0, 3)), dates)
    texts = {
        "count": str(1_000 + place),
        "one": "1",
        "days": str(max((dt.date(2025, 12, 31) - row.due).days, 0)),
        "text": g.choice(["Goods", "Service March", "Spare parts", ""]),
        "flag": g.choice(["Yes", "No"]),
        "order": f"PO{g.randint(10_000, 99_999)}",
        "user": g.choice(["Jansen", "Weber"]),
        "status": "Paid" if not row.open_cents else "Open",
        "guid": f"{g.getrandbits(40):010x}",
        "dept": g.choice(["North", "South"]),
        "phone": f"+49 30 {g.randint(100_000, 999_999)}",
        "email": f"ap{row.customer}@example.com",
        "vatid": f"{g.randint(10**9, 10**10 - 1)}",
        "rate": "20",
        "class": g.choice(["INV", "INV", "DEP"]),
    }
    return texts[kind]
