"""Rows in one order, folds that keep groups whole, and encodings that never saw their own row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.arrays import Flags, Floats, Ints
from payrisk.learning.new_customer.applications import ApplicationTable
from payrisk.scoring.new_customer.encoding import Input, InputEncoder

FOLDS = 5


CODE_LENGTH = 4
"""From so many digits on, a code's first 2 and first 4 digits are taken as its parents."""


def in_order(table: ApplicationTable) -> ApplicationTable:
    """The same rows by their content, and the same inputs by name."""
    inputs = tuple(sorted(table.inputs, key=lambda entry: entry.name))
    frame = table.frame[list(InputEncoder(inputs, 0.5).columns)]
    table = replace(table, inputs=inputs, frame=frame)
    keys = _hashes(frame, table.bad, table.group, table.dated_on)
    return table.take(np.argsort(keys, kind="stable"))


def _hashes(frame: pd.DataFrame, *more: Any) -> npt.NDArray[np.uint64]:
    """(n,) a hash of each row's content; missing numbers are alike."""
    cells = frame.reset_index(drop=True).assign(
        **{f"__{place}": column for place, column in enumerate(more)}
    )
    return np.asarray(pd.util.hash_pandas_object(cells, index=False), dtype=np.uint64)


def folds_of(table: ApplicationTable, seed: int, n_folds: int = FOLDS) -> Ints:
    """(n,) the fold of each row of a table `in_order`: whole groups, bad ones spread evenly.

    By a hash of the group's name, or of the row's content, so that no order matters; equal rows
    without a group are spread.
    """
    has_group = table.group != ""
    single = _hashes(table.frame, table.bad, table.dated_on).astype(str).astype(object)
    # Rows alone get a key each: what they say, and which of the equal ones they are.
    again = pd.Series(single).groupby(single).cumcount().astype(str).to_numpy(dtype=object)
    keys = np.where(has_group, "group " + table.group, "row " + single + " " + again)
    codes, names = pd.factorize(keys)
    has_bad = np.bincount(codes, table.bad, minlength=len(names)) > 0
    salted = pd.Series(names, dtype=object).astype(str) + f" {seed}"
    rank = np.asarray(pd.util.hash_pandas_object(salted, index=False), dtype=np.uint64)
    order = np.lexsort((rank, has_bad))
    fold = np.empty(len(names), dtype=np.int64)
    fold[order] = np.arange(len(names)) % n_folds
    return np.asarray(fold[codes])


def fit_encoding(table: ApplicationTable, rows: Flags | None = None) -> InputEncoder:
    """The inputs with the ranges and counts of some rows (all where None), as weighed."""
    if rows is not None:
        table = table.take(np.flatnonzero(rows))
    frame, bad, weight = table.frame, table.bad, table.weight
    gone, n = (
        (float(bad.sum()), len(bad))
        if weight is None
        else (float(weight[bad].sum()), float(weight.sum()))
    )
    base = (gone + 1.0) / (n + 2.0)
    return InputEncoder(tuple(_fitted(entry, frame, bad, weight) for entry in table.inputs), base)


def _fitted(column: Input, frame: pd.DataFrame, bad: Flags, weight: Floats | None) -> Input:
    if column.kind == "number":
        values = frame[column.name].to_numpy(dtype=np.float64)
        present = values[~np.isnan(values)]
        if not len(present):
            return column
        return replace(column, low=float(present.min()), high=float(present.max()))
    texts = frame[column.name].astype(object).fillna("").to_numpy(dtype=object)
    codes, categories = pd.factorize(texts)
    n = np.bincount(codes, weight, minlength=len(categories))
    gone = np.bincount(codes, bad if weight is None else weight * bad, minlength=len(categories))
    number = int if weight is None else float
    whole = {
        str(text): (number(a), number(b))
        for text, a, b in sorted(
            zip(categories, n, gone, strict=True), key=lambda item: str(item[0])
        )
    }
    counts = {0: whole}
    cuts = _cuts(whole)
    for cut in cuts:
        parents: dict[str, tuple[float, float]] = {}
        for text, (a, b) in whole.items():
            before = parents.get(text[:cut], (0, 0))
            parents[text[:cut]] = (before[0] + a, before[1] + b)
        counts[cut] = parents
    return replace(column, cuts=cuts, counts=counts)


def _cuts(whole: Mapping[str, tuple[float, float]]) -> tuple[int, ...]:
    """The prefix lengths that are parents of a column's codes; none unless they are codes.

    Codes: nine in ten rows hold as many digits, CODE_LENGTH or more, such as those of industries.
    """
    counts = {text: n for text, (n, _) in whole.items() if text}
    lengths = pd.Series(
        {text: len(text) if text.isascii() and text.isdigit() else 0 for text in counts}, dtype=int
    )
    if lengths.empty:
        return ()
    rows = pd.Series(counts).groupby(lengths).sum()
    length = int(rows.idxmax())
    is_code = length >= CODE_LENGTH and rows.max() >= 0.9 * rows.sum() and len(counts) > 20
    return tuple(cut for cut in (2, 4) if is_code and cut < length)


def encoding_out_of_fold(table: ApplicationTable, fold: Ints) -> Floats:
    """(n, width) each row as encoded by the other folds: its own outcome never enters."""
    whole = fit_encoding(table)
    matrix = whole.matrix(table.frame)
    if all(number.kind == "number" for number in table.inputs):
        return matrix
    for number in np.unique(fold):
        held = fold == number
        encoding = fit_encoding(table, ~held)
        matrix[held] = encoding.matrix(table.frame[held])
    return matrix
