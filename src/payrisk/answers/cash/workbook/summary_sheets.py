"""The first sheets of a treasurer's workbook: weeks as columns on one page, and a chart each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from payrisk.answers.cash.workbook.weekly_summary import LINES, MADE_OF, WeeklySummary
from payrisk.calendar import date_of
from payrisk.files import CustomSheet
from payrisk.files.workbooks import A4
from payrisk.money import decimal_of

HEAD_ROW = 3
"""Row of the first days of the weeks; their last days stand below, then whether cut short."""
FIRST_ROW = HEAD_ROW + 3
LABEL_WIDTH, WEEK_WIDTH = 30, 9.7
LEGEND = (
    "Grey: weeks that are over. P10 and P90 are of the week's sum, not sums of quantiles."
    " 'part' marks a week that the horizon cuts short."
)
CHART_WIDTH, CHART_HEIGHT = 620, 300
BLUE, SOFT, GREY, PALE = "#1F5FA8", "#9DB8D9", "#8A8F98", "#D5D8DC"


def summary_sheets(
    summary: WeeklySummary, title: str, sentences: Sequence[str]
) -> list[CustomSheet]:
    """The sheet `summary`, for one landscape page, and `charts`, a chart a currency.

    title, sentences: the first line, and what a reader must know, in words beneath the figures.
    """
    drawn = _DrawnSummary(summary, title, tuple(sentences))
    return [CustomSheet("summary", drawn.summary), CustomSheet("charts", drawn.charts)]


class _DrawnSummary:
    """Writes the summary, and remembers on which rows its lines stand for the charts."""

    def __init__(self, summary: WeeklySummary, title: str, sentences: tuple[str, ...]) -> None:
        self._summary, self._title, self._sentences = summary, title, sentences
        self._weeks = summary.weeks
        self._rows: dict[tuple[str, str], int] = {}

    def summary(self, book: Any, sheet: Any) -> None:
        """A block of lines a currency; weeks are columns, the total of coming weeks the last."""
        formats = _formats(book)
        last = len(self._weeks) + 1
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, LABEL_WIDTH)
        sheet.set_column(1, last, WEEK_WIDTH)
        sheet.merge_range(0, 0, 0, last, self._title, formats["title"])
        sheet.merge_range(1, 0, 1, last, LEGEND, formats["note"])
        self._head(sheet, formats, last)
        row = FIRST_ROW
        for currency in self._summary.currencies:
            row = self._block(sheet, formats, row, currency) + 1
        for sentence in self._sentences:
            sheet.merge_range(row, 0, row, last, sentence, formats["note"])
            sheet.set_row(row, 13 * (1 + len(sentence) // 230))
            row += 1
        sheet.freeze_panes(FIRST_ROW, 1)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
        sheet.fit_to_pages(1, 1)
        sheet.print_area(0, 0, row, last)
        sheet.set_footer("&L&F&R&D")

    def charts(self, book: Any, sheet: Any) -> None:
        """Bars of what is expected with its P10 and P90, from the cells of the summary."""
        sheet.hide_gridlines(2)
        first = int(self._weeks["is_past"].sum()) + 1
        last = len(self._weeks)
        drawn = [name for name, line in self._rows if line == "expected"]
        for place, currency in enumerate(drawn):
            bars = book.add_chart({"type": "column"})
            lines = book.add_chart({"type": "line"})
            across = ["summary", HEAD_ROW, first, HEAD_ROW, last]
            for line, chart, colour in (
                ("expected", bars, SOFT),
                ("p10", lines, GREY),
                ("p90", lines, BLUE),
            ):
                row = self._rows.get((currency, line))
                if row is not None:
                    style = (
                        {"fill": {"color": colour}}
                        if chart is bars
                        else {"line": {"color": colour, "width": 1.75}}
                    )
                    chart.add_series(
                        {
                            "name": ["summary", row, 0],
                            "categories": across,
                            "values": ["summary", row, first, row, last],
                            **style,
                        }
                    )
            bars.combine(lines)
            bars.set_title({"name": f"Receipts to come, {currency}", "name_font": {"size": 11}})
            bars.set_x_axis({"num_format": "d mmm", "text_axis": True})
            bars.set_y_axis(
                {
                    "num_format": "#,##0",
                    "major_gridlines": {"visible": True, "line": {"color": PALE, "width": 0.5}},
                }
            )
            bars.set_legend({"position": "bottom"})
            bars.set_size({"width": CHART_WIDTH, "height": CHART_HEIGHT})
            sheet.insert_chart(16 * (place // 2), 10 * (place % 2), bars)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 1)

    def _head(self, sheet: Any, formats: dict[str, Any], last: int) -> None:
        sheet.write_string(HEAD_ROW, 0, "Week from", formats["head_text"])
        sheet.write_string(HEAD_ROW + 1, 0, "to", formats["head_text"])
        sheet.write_blank(HEAD_ROW + 2, 0, None, formats["head_text"])
        for column, week in enumerate(self._weeks.itertuples(index=False), start=1):
            kind = "past_day" if week.is_past else "day"
            sheet.write_datetime(HEAD_ROW, column, date_of(int(week.starts_on)), formats[kind])
            sheet.write_datetime(HEAD_ROW + 1, column, date_of(int(week.ends_on)), formats[kind])
            sheet.write_string(
                HEAD_ROW + 2, column, "part" if week.is_partial else "", formats[kind]
            )
        for row, text in ((0, "Coming"), (1, "weeks"), (2, "")):
            sheet.write_string(HEAD_ROW + row, last, text, formats["head_right"])

    def _block(self, sheet: Any, formats: dict[str, Any], row: int, currency: str) -> int:
        """The lines of a currency from a row on; the row after them."""
        last = len(self._weeks) + 1
        sheet.write_string(row, 0, currency, formats["currency"])
        for column in range(1, last + 1):
            sheet.write_blank(row, column, None, formats["currency"])
        row += 1
        starts = self._weeks["starts_on"].tolist()
        coming = {int(day) for day in self._weeks.loc[~self._weeks["is_past"], "starts_on"]}
        for line, cents in self._summary.of(currency).items():
            style = "bold" if line in ("expected", "actual") else "usual"
            label = f"   {LINES[line]}" if line in MADE_OF else LINES[line]
            if line == "forecast_before" and self._summary.before:
                label = f"{LINES[line]} ({self._summary.before[:10]})"
            sheet.write_string(row, 0, label, formats[f"{style}_text"])
            for column, start in enumerate(starts, start=1):
                if int(start) in cents:
                    amount = decimal_of(cents[int(start)], currency)
                    is_past = int(start) not in coming
                    kind = "past" if is_past else style
                    sheet.write_number(row, column, amount, formats[kind])
            if line not in ("p10", "p90", "actual"):
                whole = sum(value for day, value in cents.items() if day in coming)
                if set(cents) & coming:
                    amount = decimal_of(whole, currency)
                    sheet.write_number(row, last, amount, formats[style])
            self._rows[currency, line] = row
            row += 1
        return row


def _formats(book: Any) -> dict[str, Any]:
    small = {"font_size": 9}
    formats = {
        "title": {"bold": True, "font_size": 13},
        "note": {"font_size": 8, "font_color": "#444444", "text_wrap": True, "valign": "top"},
        "head_text": {**small, "bold": True},
        "head_right": {**small, "bold": True, "align": "right"},
        "day": {**small, "bold": True, "num_format": "d mmm yy", "align": "right"},
        "past_day": {
            **small, "num_format": "d mmm yy", "align": "right", "font_color": GREY,
        },
        "currency": {"bold": True, "bottom": 1, "font_color": BLUE},
        "usual_text": small,
        "bold_text": {**small, "bold": True},
    }  # fmt: skip
    amount = {**small, "num_format": "#,##0"}
    formats |= {
        "usual": amount,
        "bold": {**amount, "bold": True},
        "past": {**amount, "font_color": GREY},
    }
    return {name: book.add_format(options) for name, options in formats.items()}
