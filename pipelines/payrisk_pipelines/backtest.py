"""What we would have said: past moments scored at their own as_of, beside every baseline."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from payrisk.calendar import NEVER, Days, iso
from payrisk.errors import InputError, ModelError
from payrisk.features.undated import admitted
from payrisk.learning.baselines import BASELINES
from payrisk.learning.card import metric_table
from payrisk.learning.metrics import CURVE_METRICS, Judged, curve_metrics
from payrisk.learning.replay import Moments, issued, open_at
from payrisk.learning.spec import ModelSpec
from payrisk.learning.splits import is_unseen, landmarks
from payrisk.ledger import History, Ledger
from payrisk.predictions import PaymentCurves
from payrisk.scoring import CurveModel
from payrisk.settings import Settings
from payrisk_models import spec

ROWS_A_GROUP = 5_000
MOST_MORNINGS = 1_000


@dataclass(frozen=True)
class Backtest:
    """Metrics of a model and its baselines on the same rows.

    metrics and unseen (customers without an invoice at training): model → metric → value.
    allowed_undated: attributes without date history, read as if known since ever.
    """

    name: str
    train_as_of: int
    n_rows: int
    n_left_out: int
    n_open: int
    n_unseen: int
    metrics: dict[str, dict[str, float]]
    unseen: dict[str, dict[str, float]]
    allowed_undated: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row a model: n and the metrics of DESIGN §6."""
        return metric_table(self.metrics)[["model", "n", *CURVE_METRICS]]

    def unseen_table(self) -> pd.DataFrame:
        """The same for customers that training had not seen; empty when there are none."""
        table = metric_table(self.unseen)
        return table if table.empty else table[["model", "n", *CURVE_METRICS]]

    @property
    def sentence(self) -> str:
        """What the rows are."""
        allowed = ", ".join(self.allowed_undated)
        return (
            f"{self.n_rows} rows, trained on facts recorded before {iso(self.train_as_of)};"
            f" {self.n_open} of them not paid as far as is known (judged up to then),"
            f" {self.n_unseen} of customers unseen in training; left out:"
            f" {self.n_left_out} closed before their as_of."
            f"{f' Read as if known since ever: {allowed}.' if allowed else ''}"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values; null where nothing could be measured."""
        return {
            "name": self.name,
            "train_as_of": iso(self.train_as_of),
            "n_rows": self.n_rows,
            "n_left_out": self.n_left_out,
            "n_open": self.n_open,
            "n_unseen": self.n_unseen,
            "metrics": _records(self.table()),
            "unseen_customers": _records(self.unseen_table()),
            "allowed_undated": list(self.allowed_undated),
        }


def backtest_days_to_pay(
    settings: Settings,
    *,
    train_as_of: int,
    issued_between: tuple[int, int] | None = None,
    landmark_range: tuple[int, int, int] | None = None,
    out: Path | None = None,
    as_of: int | None = None,
    ledger: Ledger | None = None,
    allow_undated: Collection[str] = (),
) -> Backtest:
    """Fit `days-to-pay` on facts before `train_as_of`, score later moments, judge them.

    issued_between: (first, last) issue day, each invoice at its own issue date; or landmark_range:
    (first, last, step), every invoice open on each of those mornings. Outcomes are those known
    before `as_of` (default: all). `out`: a Parquet file with one row per moment and model.
    allow_undated: as for `train`. Raises InputError when the moments do not lie after training or
    there are none, and for an input read from an attribute without date history.
    """
    if (issued_between is None) == (landmark_range is None):
        raise InputError("Give either --issued-from with --issued-to, or --landmarks.")
    if ledger is None:
        from payrisk.ledger.storage import load

        ledger = load(settings.home)
    known = ledger.default_as_of if as_of is None else as_of
    first = issued_between[0] if issued_between else landmark_range[0] if landmark_range else 0
    if first < train_as_of:
        raise InputError(
            f"Rows from {iso(first)} would be judged by a model trained on facts up to"
            f" {iso(train_as_of)}; begin on or after the training date."
        )
    train = ledger.as_of(train_as_of)
    moments = _moments(ledger, issued_between, landmark_range, known)
    if not len(moments.rows):
        raise InputError("There is no invoice to score in that range; choose other dates.")
    chosen = spec("days-to-pay")
    issued_on = int(train.invoices()["issued_on"].min())
    allowed = admitted(ledger, chosen.features, issued_on, allow_undated)
    found = run(chosen.backdating(allowed), train, moments, out=out)
    return replace(found, allowed_undated=tuple(sorted(allowed)))


def run(
    chosen: ModelSpec, train: History, moments: Moments, *, out: Path | None = None
) -> Backtest:
    """Fit the spec and its baselines on a history and judge them on the moments."""
    if chosen.fit is None:
        raise ModelError(f"'{chosen.name}' says no payment curves; backtest another model.")
    models: dict[str, CurveModel] = {chosen.name: chosen.fit(train)}
    models |= {name: BASELINES[name](train) for name in chosen.baselines}
    rows = moments.rows
    unseen = is_unseen(rows, train)
    metrics, apart = {}, {}
    with _Writer(out, rows) as writer:
        for name, model in models.items():
            curves = moments.curves(model)
            metrics[name] = curve_metrics(Judged.of(curves, rows))
            if unseen.any():
                some = curves.take(np.flatnonzero(unseen))
                apart[name] = curve_metrics(Judged.of(some, rows[unseen]))
            writer.write(name, curves)
    return Backtest(
        chosen.name,
        train.as_of,
        len(rows),
        moments.n_left_out,
        int((rows["paid_on"] == NEVER).sum()),
        int(unseen.sum()),
        metrics,
        apart,
    )


def _moments(
    ledger: Ledger,
    issued_between: tuple[int, int] | None,
    landmark_range: tuple[int, int, int] | None,
    known: int,
) -> Moments:
    if issued_between is not None:
        first, last = issued_between
        if last < first:
            raise InputError("--issued-to lies before --issued-from; swap them.")
        return issued(ledger, first, last, known)
    assert landmark_range is not None
    mornings = landmarks(*landmark_range)
    if not mornings or len(mornings) > MOST_MORNINGS:
        raise InputError(
            "Landmarks are FIRST:LAST:STEP with LAST on or after FIRST and STEP a number of days"
            f" of at least 1, at most {MOST_MORNINGS} mornings; such as 2025-01-06:2025-03-31:7."
        )
    if mornings[-1] > known:
        raise InputError(
            f"The landmark {iso(mornings[-1])} lies after the last known fact; end earlier."
        )
    return open_at(ledger, mornings, known)


class _Writer:
    """Writes the curves of one model after another into a Parquet file, or nothing."""

    def __init__(self, path: Path | None, rows: pd.DataFrame) -> None:
        self.path, self.rows = path, rows
        self.file: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        if self.path is not None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.file = pq.ParquetWriter(self.path, _SCHEMA)
            except OSError as error:
                raise InputError(
                    f"'{self.path}' cannot be written ({error.strerror}); choose another."
                ) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self.file is not None:
            self.file.close()

    def write(self, name: str, curves: PaymentCurves) -> None:
        if self.file is None:
            return
        for at in range(0, len(curves), ROWS_A_GROUP):
            part = slice(at, at + ROWS_A_GROUP)
            lengths = curves.lengths[part]
            matrix = curves.matrix[part]
            columns = np.arange(matrix.shape[1])
            flat = matrix[columns < lengths[:, None]]
            offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
            lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat))
            self.file.write_table(_table(self.rows.iloc[part], lists, name))


_DATES = ("as_of", "issued_on", "due_on", "paid_on", "closed_on")
_SCHEMA = pa.schema(
    [
        ("invoice_id", pa.string()),
        ("customer_id", pa.string()),
        *((name, pa.date32()) for name in _DATES),
        ("closed_by", pa.string()),
        ("amount", pa.int64()),
        ("currency", pa.string()),
        ("probability_paid_by", pa.list_(pa.float64())),
        ("model", pa.string()),
    ]
)


def _table(rows: pd.DataFrame, lists: pa.ListArray, name: str) -> pa.Table:
    part = rows["instalment"].astype(str)
    ids = rows["invoice_id"].where(rows["instalment"] == 1, rows["invoice_id"] + "/" + part)
    columns: dict[str, Any] = {"invoice_id": ids, "customer_id": rows["customer_id"]}
    columns |= {day: _dates(rows[day].to_numpy(dtype=np.int64)) for day in _DATES}
    columns |= {key: rows[key] for key in ("closed_by", "amount", "currency")}
    columns |= {"probability_paid_by": lists, "model": [name] * len(rows)}
    arrays = [
        column
        if isinstance(column, pa.Array)
        else pa.array(column, type=field.type, from_pandas=True)
        for field, column in zip(_SCHEMA, (columns[f.name] for f in _SCHEMA), strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=_SCHEMA)


def _dates(days: Days) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=days >= NEVER).cast(pa.date32())


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()}
        for row in table.to_dict("records")
    ]
