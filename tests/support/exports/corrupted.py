"""Good exports whose form somebody shook: encodings, signs, quotes, grammars, headers, blocks."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

Row = tuple[str, str, dt.date, dt.date, int, str]
"""Number, customer, issued, due, cents, currency."""

HEADER = ("invoice_id", "customer_id", "issued_on", "due_on", "amount", "currency")
SYNONYMS = (
    ("Invoice Number", "Customer No", "Invoice Date", "Due Date", "Amount", "Currency"),
    ("Invoice No.", "Customer", "Issue Date", "Due", "Total", "Curr."),
    ("Rechnungsnummer", "Kundennummer", "Rechnungsdatum", "Fälligkeit", "Betrag", "Währung"),
    ("Numéro de facture", "Client", "Date de facture", "Échéance", "Montant", "Devise"),
    ("Número de factura", "Cliente", "Fecha de factura", "Vencimiento", "Importe", "Moneda"),
)


@dataclass(frozen=True)
class Export:
    """A file as bytes and the invoices that it truly tells, by number."""

    content: bytes
    rows: tuple[Row, ...]
    what: str


@dataclass(frozen=True)
class Form:
    """How a list of invoices is written down."""

    header: tuple[str, ...] = HEADER
    delimiter: str = ","
    newline: str = "\n"
    decimal: str = "."
    thousands: str = ""
    date: str = "%Y-%m-%d"
    quote_all: bool = False
    total: bool = False
    title: int = 0


def made_up(seed: int) -> tuple[Row, ...]:
    """Some invoices of a small company; amounts and days of every size."""
    g = random.Random(seed)
    rows = []
    for i in range(g.randint(25, 70)):
        issued = dt.date(2025, 1, 1) + dt.timedelta(days=g.randint(0, 500))
        due = issued + dt.timedelta(days=g.choice([0, 14, 30, 60]))
        cents = g.choice([g.randint(1, 99_999), g.randint(100_000, 99_999_999)])
        rows.append((f"{4_000_100 + i}", f"C{g.randint(1, 9)}", issued, due, cents, "EUR"))
    return tuple(rows)


def amount(cents: int, form: Form) -> str:
    """Cents as people write them."""
    whole, rest = divmod(cents, 100)
    digits = f"{whole:,}".replace(",", form.thousands) if form.thousands else str(whole)
    return f"{digits}{form.decimal}{rest:02d}"


def cells(row: Row, form: Form) -> list[str]:
    """A row as cells."""
    number, customer, issued, due, cents, currency = row
    days = [issued.strftime(form.date), due.strftime(form.date)]
    return [number, customer, *days, amount(cents, form), currency]


def lines(rows: tuple[Row, ...], form: Form) -> list[str]:
    """The file's lines, header first."""
    table = [list(form.header), *(cells(row, form) for row in rows)]
    if form.total:
        table.append(["Total", "", "", "", amount(sum(r[4] for r in rows), form), "EUR"])
    return [f"Report line {i}" for i in range(form.title)] + [
        form.delimiter.join(_quoted(cell, form) for cell in line) for line in table
    ]


def _quoted(cell: str, form: Form) -> str:
    if form.quote_all or form.delimiter in cell or '"' in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def text(rows: tuple[Row, ...], form: Form) -> str:
    """The whole file."""
    return form.newline.join(lines(rows, form)) + form.newline


def corrupted(seed: int) -> Export:
    """One export with one to three corruptions of its form."""
    g = random.Random(seed)
    rows = made_up(seed)
    form, names = Form(total=g.random() < 0.3), []
    for change in g.sample(FORMS, g.randint(0, 2)):
        form = change(form, g)
        names.append(change.__name__)
    written = lines(rows, form)
    told = rows
    if g.random() < 0.75:
        harm = g.choice(HARMS)
        written, told = harm(written, rows, form, g)
        names.append(harm.__name__)
    encoding = g.choice(
        ["utf-8"] * 5 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
    )
    whole = (form.newline.join(written) + form.newline).encode(encoding, errors="replace")
    return Export(whole, told, f"seed {seed}: {', '.join(names) or 'good'} in {encoding}")


# -- the form of all of it ----------------------------------------------------------------------


def _semicolons(form: Form, g: random.Random) -> Form:
    return replace(form, delimiter=g.choice([";", "\t", "|"]))


def _continental(form: Form, g: random.Random) -> Form:
    thousands = g.choice(["", ".", " ", "\u00a0"])
    return replace(form, decimal=",", thousands=thousands, delimiter=";")


def _grouped(form: Form, g: random.Random) -> Form:
    return replace(form, thousands=g.choice([",", "'", "\u00a0"]))


def _days(form: Form, g: random.Random) -> Form:
    return replace(form, date=g.choice(["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%d-%m-%y"]))


def _line_ends(form: Form, g: random.Random) -> Form:
    return replace(form, newline=g.choice(["\r\n", "\r"]))


def _all_quoted(form: Form, g: random.Random) -> Form:
    return replace(form, quote_all=True)


def _renamed(form: Form, g: random.Random) -> Form:
    return replace(form, header=g.choice(SYNONYMS))


def _titled(form: Form, g: random.Random) -> Form:
    return replace(form, title=g.randint(1, 4))


FORMS: list[Callable[[Form, random.Random], Form]] = [
    _semicolons, _continental, _grouped, _days, _line_ends, _all_quoted, _renamed, _titled,
]  # fmt: skip


# -- harm to some of it -------------------------------------------------------------------------

Harmed = tuple[list[str], tuple[Row, ...]]


def _place(written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random) -> int:
    return g.randrange(form.title + 1, form.title + 1 + len(rows))


def _stray_quote(
    written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random
) -> Harmed:
    at = _place(written, rows, form, g)
    spot = g.choice([0, len(written[at]) // 2, written[at].find(form.delimiter) + 1])
    return [*written[:at], written[at][:spot] + '"' + written[at][spot:], *written[at + 1 :]], rows


def _truncated(written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random) -> Harmed:
    at = _place(written, rows, form, g)
    cut = g.randrange(1, len(written[at]))
    return [*written[:at], written[at][:cut]], rows


def _lost_block(written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random) -> Harmed:
    first = _place(written, rows, form, g)
    n = min(g.randint(1, 10), form.title + 1 + len(rows) - first)
    kept = [r for i, r in enumerate(rows) if not first <= i + form.title + 1 < first + n]
    told = rows if form.total else tuple(kept)  # without a total nothing tells of what is lost
    return written[:first] + written[first + n :], told


def _doubled_block(
    written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random
) -> Harmed:
    first = _place(written, rows, form, g)
    again = written[first : first + g.randint(1, 10)]
    return written[:first] + again + written[first:], rows


def _lost_cell(written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random) -> Harmed:
    at = _place(written, rows, form, g)
    parts = written[at].split(form.delimiter)
    del parts[g.randrange(len(parts))]
    return [*written[:at], form.delimiter.join(parts), *written[at + 1 :]], rows


def _extra_cell(written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random) -> Harmed:
    at = _place(written, rows, form, g)
    parts = written[at].split(form.delimiter)
    parts.insert(g.randrange(len(parts)), g.choice(["", "x", "7"]))
    return [*written[:at], form.delimiter.join(parts), *written[at + 1 :]], rows


def _empty_cells(
    written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random
) -> Harmed:
    column = g.randrange(len(HEADER))
    out = list(written)
    for _ in range(g.randint(1, 5)):
        at = _place(written, rows, form, g)
        parts = out[at].split(form.delimiter)
        if column < len(parts):
            parts[column] = g.choice(["", "#N/A", "NULL", "-", "?"])
        out[at] = form.delimiter.join(parts)
    return out, rows


def _other_grammar(
    written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random
) -> Harmed:
    """Some amounts and days written in another grammar than the rest of their column."""
    decimal, thousands = (",", ".") if form.decimal == "." else (".", ",")
    date = g.choice(["%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y-%m-%d"])
    odd = replace(form, decimal=decimal, thousands=thousands, date=date)
    out = list(written)
    for _ in range(g.randint(1, 6)):
        at = _place(written, rows, form, g)
        line = cells(rows[at - form.title - 1], odd)
        out[at] = form.delimiter.join(_quoted(cell, form) for cell in line)
    return out, rows


def _spreadsheet_ids(
    written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random
) -> Harmed:
    out = list(written)
    for _ in range(g.randint(1, 4)):
        at = _place(written, rows, form, g)
        number = rows[at - form.title - 1][0]
        out[at] = out[at].replace(number, g.choice(["4.0001E+06", "", "4E+06"]), 1)
    return out, rows


def _header_again(
    written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random
) -> Harmed:
    at = _place(written, rows, form, g)
    return [*written[:at], written[form.title], *written[at:]], rows


def _no_header(written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random) -> Harmed:
    return written[: form.title] + written[form.title + 1 :], rows


def _blank_lines(
    written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random
) -> Harmed:
    at = _place(written, rows, form, g)
    blank = form.delimiter * g.choice([0, len(HEADER) - 1])
    return [*written[:at], *[blank] * g.randint(1, 5), *written[at:]], rows


def _swapped_columns(
    written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random
) -> Harmed:
    """Some rows have two of their cells changed about."""
    out = list(written)
    left, right = g.sample([0, 1, 4, 5], 2)
    for _ in range(g.randint(1, 4)):
        at = _place(written, rows, form, g)
        parts = cells(rows[at - form.title - 1], form)
        parts[left], parts[right] = parts[right], parts[left]
        out[at] = form.delimiter.join(_quoted(cell, form) for cell in parts)
    return out, rows


def _odd_signs(written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random) -> Harmed:
    at = _place(written, rows, form, g)
    sign = g.choice(["\x00", "\u200b", "\ufeff", "\x1a", "\u00a0"])
    spot = g.randrange(len(written[at]) + 1)
    return [
        *written[:at],
        written[at][:spot] + sign + written[at][spot:],
        *written[at + 1 :],
    ], rows


def _subtotals(written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random) -> Harmed:
    at = _place(written, rows, form, g)
    first = form.title + 1
    cents = sum(row[4] for row in rows[: at - first])
    line = ["Subtotal", "", "", "", amount(cents, form), "EUR"]
    text = form.delimiter.join(_quoted(cell, form) for cell in line)
    return [*written[:at], text, *written[at:]], rows


def _wrong_total(
    written: list[str], rows: tuple[Row, ...], form: Form, g: random.Random
) -> Harmed:
    cents = sum(row[4] for row in rows) + g.choice([1, 100, -2_500])
    line = ["Total", "", "", "", amount(cents, form), "EUR"]
    text = form.delimiter.join(_quoted(cell, form) for cell in line)
    return [*written[: form.title + 1 + len(rows)], text], ()


HARMS: list[Callable[[list[str], tuple[Row, ...], Form, random.Random], Harmed]] = [
    _stray_quote, _truncated, _lost_block, _doubled_block, _lost_cell, _extra_cell, _empty_cells,
    _other_grammar, _spreadsheet_ids, _header_again, _no_header, _blank_lines, _swapped_columns,
    _odd_signs, _subtotals, _wrong_total,
]  # fmt: skip
