"""Workbooks: a sheet a table with typed cells, filters, pages and charts; drawn sheets first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from payrisk.errors import InputError

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters that make a spreadsheet read text as a formula."""

MAX_SHEET_ROWS = 1_048_575
A4 = 9
CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook tells no zone
SHARES = ("_share", "discount_rate", "take_up", "probability_below")
"""Ends of the names of columns that hold shares of 1."""

WatchedColumns = dict[str, list[Any]]


@dataclass(frozen=True)
class Chart:
    """Lines drawn from a sheet, beside its rows: one chart for each value of the column `each`.

    table: whose columns; across: the horizontal column; bars, lines: columns drawn so. Rows of
    one value of `each` must stand together.
    """

    table: str
    each: str
    across: str
    bars: tuple[str, ...]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class CustomSheet:
    """A sheet that is drawn by hand: its name, and what writes it into (book, sheet)."""

    name: str
    write: Callable[[Any, Any], None]


def write_workbook(
    path: Path,
    tables: dict[str, WatchedColumns],
    chart: Chart | None = None,
    front: Sequence[CustomSheet] = (),
) -> None:
    """Write the sheets of `front`, then one a table, each set up to be filtered and printed.

    Raises InputError for more rows than a sheet holds.
    """
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": CREATED})  # the same figures are the same bytes
        for drawn in front:
            drawn.write(book, book.add_worksheet(drawn.name[:31]))
        cells = _Cells(book)
        for name, columns in tables.items():
            n_rows = max(map(len, columns.values()), default=0)
            if n_rows > MAX_SHEET_ROWS:
                raise InputError(
                    f"A sheet holds {MAX_SHEET_ROWS:,} rows, not {n_rows:,};"
                    " write .csv or .parquet instead."
                )
            sheet = book.add_worksheet(name[:31])
            sheet.freeze_panes(1, 0)
            for column, (title, values) in enumerate(columns.items()):
                sheet.write_string(0, column, title, cells.head_of(values))
                texts = [str(value) for value in values[:100] if value is not None]
                sheet.set_column(column, column, min(40, max([len(title), *map(len, texts)]) + 2))
                is_share = title.endswith(SHARES)
                for row, value in enumerate(values, start=1):
                    cells.write(sheet, row, column, value, is_share=is_share)
            _set_up(sheet, n_rows, len(columns))
            if chart is not None and chart.table == name:
                _draw(book, sheet, name[:31], columns, chart)


def _set_up(sheet: Any, n_rows: int, n_columns: int) -> None:
    """Filters on the head, and pages that are landscape, one wide, with the head on each."""
    if n_columns:
        sheet.autofilter(0, 0, n_rows, n_columns - 1)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&RPage &P of &N")


def _draw(book: Any, sheet: Any, name: str, columns: WatchedColumns, chart: Chart) -> None:
    place, values = {title: column for column, title in enumerate(columns)}, columns[chart.each]
    for turn, value in enumerate(dict.fromkeys(values)):
        first = values.index(value) + 1
        last = first + values.count(value) - 1

        def cells(title: str, first: int = first, last: int = last) -> list[Any]:
            return [name, first, place[title], last, place[title]]

        drawn = book.add_chart({"type": "column"})
        lines = book.add_chart({"type": "line"})
        for titles, onto in ((chart.bars, drawn), (chart.lines, lines)):
            for title in titles:
                head = [name, 0, place[title]]
                onto.add_series(
                    {"name": head, "categories": cells(chart.across), "values": cells(title)}
                )
        if chart.lines:
            drawn.combine(lines)
        drawn.set_title({"name": str(value), "name_font": {"size": 12}})
        drawn.set_x_axis({"num_format": "yyyy-mm-dd", "text_axis": True})
        drawn.set_size({"width": 760, "height": 320})
        sheet.insert_chart(1 + 17 * turn, len(columns) + 1, drawn)


class _Cells:
    """Writes each value as a cell of its own type; text never becomes a formula or a link."""

    def __init__(self, book: Any) -> None:
        self.head = book.add_format({"bold": True, "bottom": 1, "indent": 1})
        self.number_head = book.add_format({"bold": True, "bottom": 1, "align": "right"})
        # a text does not touch the number before it
        self.text = book.add_format({"indent": 1})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.share = book.add_format({"num_format": "0.0%"})
        self.inert = book.add_format(
            {"quote_prefix": True, "indent": 1}
        )  # stays text when edited, too
        patterns = ("#,##0", "#,##0.0", "#,##0.00", "#,##0.000", "#,##0.0000")
        self.amounts = [book.add_format({"num_format": pattern}) for pattern in patterns]

    def head_of(self, values: Sequence[Any]) -> Any:
        """The format of a column's title, which stands above its values as they do."""
        first = next((value for value in values if value is not None), None)
        is_number = isinstance(first, int | float | Decimal) and not isinstance(first, bool)
        return self.number_head if is_number or isinstance(first, dt.date) else self.head

    def write(
        self, sheet: Any, row: int, column: int, value: Any, *, is_share: bool = False
    ) -> None:
        """Write a value; is_share: a number is a share of 1, shown in percent."""
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, column, value, self.day)
        elif isinstance(value, Decimal):
            places = -int(value.as_tuple().exponent)
            sheet.write_number(row, column, value, self.amounts[places])
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value, self.share if is_share else None)
        elif value is not None:
            text = str(value)
            sheet.write_string(
                row, column, text, self.inert if text.startswith(RISKY) else self.text
            )
