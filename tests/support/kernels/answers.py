"""What a small company and made-up models answer, told so that two processors can be compared.

Run as a program it prints JSON: `bits`, a digest of what may not differ by a bit from one
processor to the next; `numbers`, what went through an exponential or a logarithm; `apart`, the
names of what differs when the same rows are asked for one by one, in sevens or in 64s; and which
`kernels` of BLAS and `features` of the processor were in force.
"""

from __future__ import annotations

import hashlib
import json
import sys

import lightgbm
import numpy as np
import pandas as pd
from threadpoolctl import threadpool_info

from payrisk.arrays import Floats, matrix_product, row_sums, solve_positive_definite, weighted_sums
from payrisk.cash.forecasting.preparing import forecast
from payrisk.cash.intervals.stretching import PeriodShifts
from payrisk.cash.layers.value_dates import LATEST, SOONEST, ValueLags, by_value_date
from payrisk.features import LedgerStreams, Moments, build
from payrisk.features.catalogue.all import DEFINED
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.default_risk.fit import BEHAVIOUR
from payrisk.learning.fit_logistic import fit_linear
from payrisk.learning.measuring.risk_metrics import calibration_line
from payrisk.ledger import DefaultRule
from payrisk.readouts import restricted_mean_days
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard
from payrisk.scoring.default_risk.model import DefaultModel
from payrisk.scoring.default_risk.rollup import RollUp
from payrisk.scoring.new_customer.encoding import Input, InputEncoder
from payrisk.scoring.new_customer.model import ApplicantModel
from support.cash.by_hand import AS_OF, credits, curves, open_invoices
from support.ledgers.messy import START, messy_ledger

SIZES = (1, 7, 64)
AT_MOST = 8
"""Portions asked for of each size: the rest says nothing new."""
DAYS = ("day__from_due__days__now", "day__weekday__share__365d")


class Told:
    """What is told so far."""

    def __init__(self):
        self.bits, self.numbers, self.apart = {}, {}, []

    def exact(self, name, *values):
        """Something that no processor moves by a bit."""
        told = hashlib.sha256()
        for value in values:
            told.update(value.encode() if isinstance(value, str) else plain(value).tobytes())
        self.bits[name] = told.hexdigest()[:16]

    def close(self, name, values):
        """Something that is the same to 1e-12."""
        self.numbers[name] = [None if v != v else float(v) for v in np.ravel(values)]

    def by_rows(self, name, answer, n):
        """What `answer` says of rows 0 … n − 1, having asked for them in portions, too."""
        every = answer(np.arange(n))
        for size in SIZES:
            for at in range(0, min(n, size * AT_MOST), size):
                rows = np.arange(at, min(at + size, n))
                if plain(answer(rows)).tobytes() != plain(every[rows]).tobytes():
                    self.apart.append(f"{name}, {size} at a time")
                    break
        return every


def plain(values):
    """Values side by side in memory, one NaN as another."""
    values = np.asarray(values)
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), values.dtype.type(np.nan), values)
    return np.ascontiguousarray(values)


def sums(told):
    """Sums and products of several shapes."""
    rng = np.random.default_rng(0)
    for n, k in ((1, 3), (7, 8), (64, 26), (130, 129), (300, 40), (5, 700)):
        values, weights = rng.normal(size=(n, k)), rng.normal(size=k)
        right = np.triu(np.tril(rng.normal(size=(k, 31)), 3), -3)
        for way, answer in (
            ("row_sums", row_sums),
            ("weighted_sums", lambda v, w=weights: weighted_sums(v, w)),
            ("product", lambda v, r=right: matrix_product(v, r)),
        ):
            name = f"{way} of {n} by {k}"
            told.exact(name, told.by_rows(name, lambda r, a=answer, v=values: a(v[r]), n))
        square = matrix_product(np.ascontiguousarray(values.T), values) + k * np.eye(k)
        if k < 50:
            told.exact(f"solved of {n} by {k}", solve_positive_definite(square, weights))


def features(told, ledger):
    """Every feature of every invoice at its issue and of every open one."""
    known, morning = LedgerStreams.of(ledger), START + 150
    asked = Moments.at_issue(ledger).append(Moments.open_invoices(ledger, [morning - 40, morning]))
    matrix = told.by_rows(
        "features", lambda rows: build(known, asked.take(rows)).values.T, len(asked)
    )
    told.exact("features", matrix)


def trees(values, bad):
    """The text of a few trees."""
    rules = {"objective": "binary", "verbose": -1, "num_threads": 1, "num_leaves": 7, "seed": 3}
    return lightgbm.train(rules, lightgbm.Dataset(values, bad * 1.0), 8).model_to_string()


def risk(told):
    """Default risk over hand-written rows: a fitted linear part, trees, open invoices."""
    rng, n, names = np.random.default_rng(1), 150, BEHAVIOUR[:20]
    values = rng.lognormal(size=(400, len(names))) * rng.choice([1.0, 100.0], len(names))
    bad = rng.random(400) < 1.0 / (1.0 + 2.0 / np.maximum(values[:, 0], 0.1))
    values[rng.random(values.shape) < 0.1] = np.nan
    linear = fit_linear(values, bad, [DEFINED[name].direction for name in names], 0.05)
    text = trees(values, bad)
    told.exact("trees of default risk", text)
    told.close("linear fit", [*linear.coefficients, linear.intercept])
    roll_up = RollUp(DefaultRule(), 180, (7, 300), 5, (11, 400), 9.5)
    model = DefaultModel(roll_up, names, text, linear)
    chances = [
        "|".join(
            " ".join(f"{rng.gamma(1, 0.4)}:{rng.beta(1, 9)}" for _ in range(rng.integers(1, 4)))
            for _ in range(rng.integers(1, 4))
        )
        for _ in range(n)
    ]
    counts = rng.integers(0, 30, (n, len(model.inputs) - len(names) - 2)).astype(float)
    asked = np.where(rng.random(n) < 0.5, np.nan, rng.beta(1, 9, n))
    columns = [chances, *counts.T, asked, *values[:n].T]
    frame = pd.DataFrame(dict(zip((f.name for f in model.inputs), columns, strict=True)))

    def part(rows):
        return frame.iloc[rows].reset_index(drop=True)

    told.exact("raw scores of default risk", np.array(model.raw(frame)))
    for name, answer in (
        ("raw scores of default risk", lambda rows: np.array(model.raw(part(rows)))),
        ("linear of default risk", lambda rows: model.fitted_log_odds(part(rows))["linear"]),
        ("parts of default risk", lambda rows: model.score_rows(part(rows)).to_numpy()),
    ):
        told.by_rows(name, answer, n)
    chance = told.by_rows("default risk", lambda rows: np.array(model.predict(part(rows))), n)
    told.close("default risk", chance)
    told.close(
        "calibration", calibration_line(model.score_rows(frame)["score"].to_numpy(), bad[:n])
    )


def applicants(told):
    """Chances of applicants, with their standard errors and contributions."""
    rng, n = np.random.default_rng(2), 150
    inputs = tuple(Input(f"x{at}", "number") for at in range(12))
    values, bad = rng.normal(size=(n, 12)), rng.random(n) < 0.3
    texts = tuple(trees(values + at, bad) for at in range(4))
    linear = fit_linear(values, bad, (0,) * 12, 0.1)
    spread, alike = tuple(rng.random(12)), tuple(range(80))
    model = ApplicantModel(
        InputEncoder(inputs, 0.1), texts[:2], texts[2:], spread, (n, 45), alike,
        slope=0.9, shift=0.2, level=(40, 9, 8.0), linear=linear, weight=0.6,
    )  # fmt: skip
    values[rng.random(values.shape) < 0.1] = np.nan
    frame = pd.DataFrame(values, columns=[each.name for each in inputs])

    def part(rows):
        return frame.iloc[rows].reset_index(drop=True)

    told.exact("raw scores of applicants", np.array(model.raw(frame)))
    for name, answer in (
        ("log-odds of applicants", model.log_odds),
        ("standard errors of applicants", model.standard_error),
        ("contributions of applicants", model.contributions),
    ):
        told.close(name, told.by_rows(name, lambda rows, a=answer: a(part(rows)), n))


def payment_curves(told, ledger):
    """Payment curves of open invoices by trees beside the shrunk ECDF."""
    history = ledger.as_of(START + 150)
    rng = np.random.default_rng(5)
    values, bad = rng.normal(size=(300, 4)), rng.random(300) < 0.3
    names = ("customer__days_late__mean__90d", "invoice__terms__days__now")
    text = trees(values, bad)
    model = DailyHazard((text, text), names, DAYS, fit_shrunk_ecdf(history), 0.5)
    rows = model.rows(history, history.invoices())
    n = len(rows)

    def part(some):
        return rows.iloc[some].reset_index(drop=True)

    told.exact("raw scores of curves", json.dumps(model.raw(rows), sort_keys=True))
    days = told.by_rows(
        "days", lambda some: restricted_mean_days(model.predict_curves(part(some))), n
    )
    told.close("days", days)
    told.close(
        "never", told.by_rows("never", lambda some: model.predict_curves(part(some)).never, n)
    )


def cash(told):
    """Cents of a forecast by booking and by value date; the totals of its draws, slipped."""
    n = 90
    forecasted = forecast(
        open_invoices(n), curves(n), credits(), as_of=AS_OF, horizon_days=35, n_draws=40,
        generator=np.random.default_rng(1),
    )  # fmt: skip
    share = np.random.default_rng(4).dirichlet(np.ones(LATEST - SOONEST + 1))
    lags = ValueLags({("", ""): share}, {("", ""): 100})
    moved = by_value_date(forecasted, lags, {"north": "DE"}, np.random.default_rng(0))
    told.exact("cents by booking date", forecasted.expected)
    told.exact("cents by value date", moved.expected)
    told.exact("days on which draws land", moved.landed)
    told.exact("slipped totals", slipped(np.random.default_rng(6)))


def slipped(rng) -> Floats:
    """Totals of three groups by day, after slips between five weeks."""
    before = rng.integers(1, 10**6, (4, 7)).astype(np.float64)
    after = before[:, rng.permutation(7)]
    period_of = np.repeat(np.arange(7), [7, 7, 7, 7, 7, 1, 1])
    profile = rng.random(37)
    profile /= np.bincount(period_of, profile)[period_of]
    by_day = rng.integers(0, 10**6, (3, 37)).astype(np.float64)
    slips = PeriodShifts.between(before, after)
    return np.array([slips.apply(draw, by_day, period_of, profile) for draw in range(4)])


def all_told():
    """Everything, as plain values."""
    told, ledger = Told(), messy_ledger(5, 120)
    sums(told)
    features(told, ledger)
    risk(told)
    applicants(told)
    payment_curves(told, ledger)
    cash(told)
    return {
        "bits": told.bits,
        "numbers": told.numbers,
        "apart": told.apart,
        "kernels": sorted({str(pool.get("architecture")) for pool in threadpool_info()}),
        "features": np.show_config(mode="dicts")["SIMD Extensions"].get("found", []),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(all_told()))
