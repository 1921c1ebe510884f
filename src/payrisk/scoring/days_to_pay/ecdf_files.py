"""A shrunk ECDF as the file of a bundle, and back: integers, weights and switches."""

from __future__ import annotations

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
from payrisk.scoring.days_to_pay.payment_practice import PaymentPractice
from payrisk.scoring.model_files import Fields, ModelCodec


def parse_counts(texts: pd.Series, *, may_lack: bool = False) -> Ints:
    """(n, WIDTH) counts that were written as texts; raises InputError for another text.

    may_lack: whether they may be below zero, as those of waiting invoices may.
    """
    if not len(texts):
        return np.zeros((0, WIDTH), dtype=np.int64)
    return np.vstack([counts_from_text(str(text), may_lack=may_lack) for text in texts])


def parse_blocks(paid: pd.Series, waiting: pd.Series, closed: pd.Series) -> DaysLateCounts:
    """The counts of flat rows; raises InputError for a text that is none."""
    return DaysLateCounts(
        parse_counts(paid), parse_counts(waiting, may_lack=True), parse_counts(closed)
    )


_PLAIN = (
    "customer_weight",
    "terms_weight",
    "uses_customer",
    "uses_terms",
    "is_censored",
    "is_rolled",
    "is_young",
)


def _body(fields: Fields) -> dict[str, Any]:
    terms, by_terms = fields["terms"], fields["by_terms"]
    body: dict[str, Any] = {
        "lags": [EARLIEST, LATEST],
        "everyone": _counts_json(fields["everyone"], 0),
        "terms": {str(days): _counts_json(by_terms, row) for row, days in enumerate(terms)},
        "closed_days": list(fields["closed_days"]),
    }
    practice = fields["practice"]
    told = {"practice": practice.to_json()} if practice else {}
    return body | {name: fields[name] for name in _PLAIN} | told


def _fields(body: Fields) -> dict[str, Any]:
    if body["lags"] != [EARLIEST, LATEST]:
        raise ValueError("model.json counts other days late")
    terms = sorted(int(days) for days in body["terms"])
    return {
        "everyone": _counts([body["everyone"]]),
        "terms": np.array(terms, dtype=np.int64),
        "by_terms": _counts([body["terms"][str(days)] for days in terms]),
        "closed_days": (int(body["closed_days"][0]), int(body["closed_days"][1])),
        "practice": PaymentPractice.from_json(body["practice"]) if "practice" in body else None,
        **{name: body[name] for name in _PLAIN},
    }


def _counts_json(counts: DaysLateCounts, row: int) -> dict[str, str]:
    return {name: counts_as_text(each[row]) for name, each in vars(counts).items()}


def _counts(groups: list[dict[str, str]]) -> DaysLateCounts:
    blocks = ("paid", "waiting", "closed")
    return DaysLateCounts(
        *(
            parse_counts(pd.Series([g[b] for g in groups], dtype=object), may_lack=b == "waiting")
            for b in blocks
        )
    )


CODEC = ModelCodec("shrunk-ecdf", _body, _fields)
"""The file of a `ShrunkEcdf`."""
