"""One self-contained HTML page of sections, tables and charts: no script, no network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from payrisk_pipelines.papers.charts import COLOURS

STYLE = """
:root { color-scheme: light dark; --line: #d6dbe1; --soft: #f4f6f8; --link: #0b5cad }
@media (prefers-color-scheme: dark) {
  :root { --line: #3a424c; --soft: #1c2128; --link: #6db3ff }
}
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { line-height: 1.2 } h2 { margin-top: 2.5rem } a { color: var(--link) }
figure { margin: 1rem 0 }
figcaption, caption { text-align: left; font-weight: 600; margin-bottom: .4rem }
caption { white-space: nowrap }
.scroll { overflow-x: auto; margin-bottom: 1rem } .scroll:focus { outline: 2px solid var(--link) }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--line); text-align: left }
th { background: var(--soft) } .n { text-align: right }
details { margin: .5rem 0 } summary { cursor: pointer }
"""


def page(title: str, lead: str, sections: Sequence[tuple[str, Sequence[str]]]) -> str:
    """The whole file: a lead, a list of contents and the sections, each of pieces of HTML."""
    keys = [f"s{number}" for number in range(len(sections))]
    contents = "".join(
        f'<li><a href="#{key}">{escape(name)}</a></li>'
        for key, (name, _) in zip(keys, sections, strict=True)
    )
    body = "".join(
        f'<section aria-labelledby="{key}"><h2 id="{key}">{escape(name)}</h2>'
        f"{''.join(pieces)}</section>\n"
        for key, (name, pieces) in zip(keys, sections, strict=True)
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}{COLOURS}</style></head>\n"
        f"<body><main><h1>{escape(title)}</h1>{paragraph(lead)}"
        f'<nav aria-label="Contents"><ul>{contents}</ul></nav>\n{body}</main></body></html>\n'
    )


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def figure(caption: str, svg: str, beside: pd.DataFrame) -> str:
    """A chart and, folded below it, the table of what it shows."""
    return (
        f"<figure><figcaption>{escape(caption)}</figcaption>{svg}"
        f"<details><summary>The numbers of this chart</summary>{table(caption, beside)}"
        "</details></figure>"
    )


def table(caption: str, frame: pd.DataFrame) -> str:
    """A table that scrolls by itself where it is wide; the first column names the row."""
    is_number = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    marks = [' class="n"' if numeric else "" for numeric in is_number]
    head = "".join(
        f'<th scope="col"{mark}>{escape(str(name).replace("_", " "))}</th>'
        for name, mark in zip(frame.columns, marks, strict=True)
    )
    rows = "".join(f"<tr>{_cells(row, marks)}</tr>" for row in frame.itertuples(index=False))
    return (
        f'<div class="scroll" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _cells(row: Sequence[Any], marks: Sequence[str]) -> str:
    first = f'<th scope="row"{marks[0]}>{_said(row[0])}</th>'
    rest = zip(row[1:], marks[1:], strict=True)
    return first + "".join(f"<td{mark}>{_said(value)}</td>" for value, mark in rest)


def _said(value: Any) -> str:
    if value is None or value != value:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return escape(f"{value:,}" if isinstance(value, int) else str(value))
