"""The card in Markdown, written from what the card says as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

LEAST_SHOWN = 20
"""Rows below which a slice is left out of the words; the JSON has every one."""
FIRST = ("slice", "group", "n", "n_paid", "n_events", "events", "customers")
"""Columns that begin a table: JSON keeps no order."""
MOST_NAMED = 12
"""Features named of each kind of difference; the JSON has every one."""

CardJson = Mapping[str, Any]


def card_markdown(card: CardJson, *, plot: str = "") -> str:
    """The card as Markdown.

    card: `ModelCard.to_json()`. plot: name of the calibration's picture, where one lies beside it.
    A card of an earlier version, which says less, is shown with what it has.
    """
    parts = [
        [f"# {card['name']}, as of {card['as_of']}", "", card["purpose"], ""],
        [f"**Recipe.** {card['recipe']}", ""],
        [f"**Verdict.** {card['verdict']['sentence']}", ""],
        _keeping(card),
        _data(card),
        _section("Judged on", [_entry(*item) for item in card["window"].items()]),
        _section("What ships", [_entry(*item) for item in card.get("shipped", {}).items()]),
        _metrics(card),
        _section("Gates", [_gate(check) for check in card["verdict"].get("checks", ())]),
        _slices(card),
        _calibration(card, plot),
        _features(card),
        _section("Parameters", [_entry(*item) for item in card["parameters"].items()]),
        _section("Limits", [f"- {limit}" for limit in card["limits"]]),
    ]
    return "\n".join(line for part in parts for line in part)


def _keeping(card: CardJson) -> list[str]:
    lines = []
    if card.get("owner"):
        lines.append(f"**Owner.** {card['owner']}")
    if card.get("expires_on"):
        lines.append(
            f"**Expires.** {card['expires_on']}: from then on train it anew or say why not."
        )
    if card.get("champion"):
        lines.append(f"**Judged beside.** Version {card['champion']['version']}, which answered.")
    return [part for line in lines for part in (line, "")]


def _data(card: CardJson) -> list[str]:
    lines = [_entry(*item) for item in card["population"].items()]
    lines.append(f"- ledger: {card['ledger_sha'] or 'not stored'}")
    lines += [
        f"- {name}: has no date history; allowed to be read as if known since ever"
        for name in card["allowed_undated"]
    ]
    return _section("Data", lines)


def _metrics(card: CardJson) -> list[str]:
    metrics = card["metrics"]
    spans = card.get("intervals") or {}
    columns = _ordered(name for values in metrics.values() for name in values)
    rows = [
        [model, *(_spanned(metrics[model].get(c), spans.get(model, {}).get(c)) for c in columns)]
        for model in sorted(metrics, key=lambda model: model != card["name"])
    ]
    if not rows:
        return []
    note = ["In brackets: 95 % intervals, customers and weeks drawn anew.", ""] if spans else []
    return _section("Metrics", [*note, *_markdown(["model", *columns], rows)])


def _slices(card: CardJson) -> list[str]:
    shown = [row for row in card.get("slices") or () if row["n"] >= LEAST_SHOWN]
    if not shown:
        return []
    columns = _ordered(shown[0])
    rows = [[_cell(row.get(column)) for column in columns] for row in shown]
    return _section("Slices", _markdown(columns, rows))


def _calibration(card: CardJson, plot: str) -> list[str]:
    told = card.get("calibration") or {}
    own = [row for row in told.get("bins", ()) if row["model"] == card["name"]]
    if not own:
        return []
    picture = [f"![The chance said against the share that came]({plot})", ""] if plot else []
    words = f"The chance of {told['of']}, as said and as it came."
    rows = [[str(row["n"]), _cell(row["said"]), _cell(row["came"])] for row in own]
    return _section("Calibration", [words, "", *picture, *_markdown(["n", "said", "came"], rows)])


def _features(card: CardJson) -> list[str]:
    names, diff = card.get("features") or {}, card.get("feature_diff") or {}
    if not names:
        return []
    lines = [f"- inputs: {len(names)}"]
    if diff:
        same = not any(diff[kind] for kind in ("added", "removed", "changed"))
        lines.append(f"- against {diff['against']}: {'the same' if same else 'not the same'}")
        for kind in ("added", "removed", "changed"):
            if diff[kind]:
                named = diff[kind][:MOST_NAMED]
                more = len(diff[kind]) - len(named)
                lines.append(
                    f"- {kind}: {', '.join(f'`{name}`' for name in named)}"
                    + (f" and {more} more" if more else "")
                )
    else:
        lines.append("- no champion to compare with")
    return _section("Features", lines)


def _gate(check: CardJson) -> str:
    return f"- {check['outcome']}: {check['gate']}, found {_number(check['value'])}"


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *lines, ""] if lines else []


def _ordered(names: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(names))
    return [name for name in FIRST if name in found] + [n for n in found if n not in FIRST]


def _entry(key: str, value: Any) -> str:
    told = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
    return f"- {key.replace('_', ' ')}: {told}"


def _spanned(value: float | None, span: Sequence[float | None] | None) -> str:
    if value is None or span is None or None in span:
        return _number(value)
    return f"{_number(value)} ({_number(span[0])} to {_number(span[1])})"


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4g}"


def _cell(value: Any) -> str:
    return _number(value) if value is None or isinstance(value, float) else str(value)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return [lines[0], "|" + "---|" * len(head), *lines[1:]]
