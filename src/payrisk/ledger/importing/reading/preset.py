"""Preset: how the columns of somebody's export become facts, read from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from payrisk.errors import InputError
from payrisk.ledger.facts.tables import TABLES, Column
from payrisk.ledger.importing.reading.cells import NumberGrammar, exponent, is_time_zone
from payrisk.ledger.importing.reading.containers.grid import Layout
from payrisk.ledger.importing.reading.shares import NO_DOUBTS, REFUSED_ABOVE, DoubtShares

FURTHER: dict[str, tuple[Column, ...]] = {
    "invoices": (
        Column("paid_on", "day"),
        Column("paid_recorded_on", "day"),
        Column("paid_amount", "cents"),
        Column("balance", "cents"),
        Column("closing", "text", default="payment"),
        Column("closing_reason", "text"),
        Column("document", "text", default="invoice"),
        Column("clearing_id", "text"),
        Column("entry_id", "text"),
        Column("applies_to", "text"),
        Column("customer_name", "text"),
        Column("customer_country", "text"),
        Column("customer_sector", "text"),
        Column("customer_parent_id", "text"),
        Column("customer_is_natural_person", "flag", default=True),
        Column("entity_country", "text"),
        Column("entity_currency", "text"),
    ),
    "credits": (
        Column("invoice_id", "text"),
        Column("instalment", "count", default=1),
        Column("allocated_amount", "cents"),
        Column("allocated_on", "day"),
    ),
    "allocations": (Column("currency", "text"), Column("credit_currency", "text")),
    "events": (
        Column("invoice_id", "text"),
        Column("credit_id", "text"),
        Column("customer_id", "text"),
        Column("currency", "text"),
    ),
}
"""What a row may say beyond its table: the facts it stands for besides its own."""


@dataclass(frozen=True)
class FieldSource:
    """One way to fill a field: a column, several joined or tried in turn, or a constant.

    It serves a file that has its columns and those of `needs`. `values` maps what the cell says;
    what it does not name becomes `otherwise`, or stays. `unless` is {column: {cell: value}}: a
    cell of another column that overrules, "*" for any that is filled, the value "" for nothing;
    columns that a file lacks overrule nothing. `divide_by` and `negative_when` are {column:
    {cell: rate}} and {column: [cells]}: amounts turned back, and turned round. `minus` is the
    column of a second amount that is taken off: of debit and credit columns the first less the
    second. `plus_days` are columns of days that are added to a day: the first that is above 0, as
    in SAP's ZBD3T, ZBD2T and ZBD1T.
    """

    columns: tuple[str, ...] = ()
    how: str = "column"
    separator: str = "-"
    constant: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    first_characters: int = 0
    whole: bool = False
    negate: bool = False
    needs: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    grammar: NumberGrammar | None = None
    divide_by: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    negative_when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unless: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    minus: str = ""
    plus_days: tuple[str, ...] = ()


@dataclass(frozen=True)
class DroppedColumn:
    """A column whose facts cannot be kept (no date, say); the rows that hold one are counted."""

    column: str
    when: tuple[str, ...]
    because: str


@dataclass(frozen=True)
class Section:
    """How one file feeds one table: name patterns, a field's sources in order, attributes.

    several: a folder may have more than one such file. numbered: rows without a number get one of
    their place; numbered_by: of what these columns say, which a later export says again. signed:
    what is owed is above zero and what is paid below, so that a payment above zero is owed.
    """

    table: str
    files: tuple[str, ...]
    fields: Mapping[str, tuple[FieldSource, ...]]
    attributes: Mapping[str, str]
    dropped: tuple[DroppedColumn, ...] = ()
    beside: bool = False
    numbered: bool = False
    numbered_by: tuple[str, ...] = ()
    signed: bool = False
    several: bool = False


@dataclass(frozen=True)
class Preset:
    """A whole mapping: what all its files share, and one section a table.

    doubts: up to which shares an import in doubt counts as clean. refuse: above which it changes
    nothing. ids: 'restore' where a spreadsheet took leading zeros from ids, 'as written' where it
    did not; '' puts them right by the ledger and says that this is in doubt. kind: 'documents', or
    'open items' for a list of what was unpaid one evening. variants: presets that are tried in the
    place of this one, the first whose columns a file has most of. layout: how its files are laid
    out; fields take a caption from the column "(caption)". find_header: the header is the line
    that has most of the columns, whatever stands above.
    """

    name: str
    about: str
    sections: Mapping[str, Section]
    dates: tuple[str, ...] = ()
    decimal: str = ""
    thousands: str = ""
    timezone: str = ""
    synonyms: bool = False
    is_shipped: bool = False
    layout: Layout = field(default_factory=Layout)
    find_header: bool = False
    variants: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    currency: str = ""
    ids: str = ""
    kind: str = "documents"
    doubts: DoubtShares = NO_DOUBTS
    refuse: DoubtShares = REFUSED_ABOVE

    def __post_init__(self) -> None:
        """Refuse signs, zones and currencies that nothing can be read by; raises InputError."""
        try:
            NumberGrammar(self.decimal, self.thousands)
        except InputError as error:
            raise InputError(f"In the mapping {self.name}, {error}") from None
        if self.timezone and not is_time_zone(self.timezone):
            raise InputError(
                f"'{self.timezone}' in the mapping {self.name} is no time zone; give a name such"
                " as Europe/Berlin."
            )
        if self.kind not in ("documents", "open items"):
            raise InputError(
                f"The mapping {self.name} says kind = '{self.kind}'; it is 'documents' for lists"
                " of all that was billed, or 'open items' for what was unpaid on one evening."
            )
        if self.ids not in ("", "restore", "as written"):
            raise InputError(
                f"The mapping {self.name} says ids = '{self.ids}'; it is 'restore' where a"
                " spreadsheet took leading zeros from ids, or 'as written' where it did not."
            )
        if self.currency and exponent(self.currency.upper()) is None:
            raise InputError(
                f"'{self.currency}' is no currency; give an ISO 4217 code such as EUR."
            )
        if self.layout.fault():
            raise InputError(f"The mapping {self.name} says {self.layout.fault()}.")

    def mapping_to_write(self) -> str:
        """Where a setting is to be said: the mapping, or one that changes a shipped preset."""
        return f'a mapping with preset = "{self.name}"' if self.is_shipped else "the mapping"

    @property
    def grammar(self) -> NumberGrammar:
        """What the mapping says of numbers."""
        return NumberGrammar(self.decimal, self.thousands)


def fields_of(table: str) -> dict[str, Column]:
    """Every field a section of this table may fill, in order."""
    columns = TABLES[table].columns + FURTHER.get(table, ())
    return {column.name: column for column in columns}
