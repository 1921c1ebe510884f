"""A shrunk ECDF as the file of a bundle, and back: integers, weights and switches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Ints
from payrisk.receivables.days_late import (
    EARLIEST,
    LATEST,
    WIDTH,
    DaysLateCounts,
    counts_as_text,
    counts_from_text,
)


def files_of(fields: Mapping[str, Any], kind: str) -> dict[str, bytes]:
    """The fields of a `ShrunkEcdf` as one JSON."""
    terms, by_terms = fields["terms"], fields["by_terms"]
    body: dict[str, Any] = {
        "kind": kind,
        "lags": [EARLIEST, LATEST],
        "everyone": _counts_json(fields["everyone"], 0),
        "terms": {str(days): _counts_json(by_terms, row) for row, days in enumerate(terms)},
        "closed_days": list(fields["closed_days"]),
    }
    body |= {name: fields[name] for name in _PLAIN}
    return {"model.json": json.dumps(body, indent=1, sort_keys=True).encode()}


def fields_of_files(files: Mapping[str, bytes], kind: str) -> dict[str, Any]:
    """The fields that `files_of` made; raises KeyError or ValueError when they are not such."""
    body = json.loads(files["model.json"])
    if body["kind"] != kind or body["lags"] != [EARLIEST, LATEST]:
        raise ValueError("model.json holds another kind of model")
    terms = sorted(int(days) for days in body["terms"])
    return {
        "everyone": _counts([body["everyone"]]),
        "terms": np.array(terms, dtype=np.int64),
        "by_terms": _counts([body["terms"][str(days)] for days in terms]),
        "closed_days": (int(body["closed_days"][0]), int(body["closed_days"][1])),
        **{name: body[name] for name in _PLAIN},
    }


def block(texts: pd.Series) -> Ints:
    """(n, WIDTH) counts that were written as texts; raises InputError for another text."""
    if not len(texts):
        return np.zeros((0, WIDTH), dtype=np.int64)
    return np.vstack([counts_from_text(str(text)) for text in texts])


_PLAIN = (
    "customer_weight",
    "terms_weight",
    "uses_customer",
    "uses_terms",
    "is_censored",
    "is_rolled",
    "is_young",
)


def _counts_json(counts: DaysLateCounts, row: int) -> dict[str, str]:
    return {name: counts_as_text(each[row]) for name, each in vars(counts).items()}


def _counts(groups: list[dict[str, str]]) -> DaysLateCounts:
    blocks = ("paid", "waiting", "closed")
    return DaysLateCounts(
        *(block(pd.Series([g[b] for g in groups], dtype=object)) for b in blocks)
    )
