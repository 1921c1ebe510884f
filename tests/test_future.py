"""The future cannot be seen: noise in place of all that is recorded from a day on moves no bit."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import NEVER
from payrisk.cash.forecasting.preparing import forecast
from payrisk.learning.days_to_pay.baselines import BASELINES
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.learning.days_to_pay.person_period import person_period
from payrisk.learning.days_to_pay.sampling import Sampling
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.learning.default_risk.landmarks import Landmark
from payrisk.learning.judging.card import population, share_recorded_later
from payrisk.learning.measuring.replay import rows_at_issue, rows_open_at
from payrisk.learning.measuring.splits import last_origin
from payrisk.ledger import DefaultRule, History, Ledger
from payrisk.ledger.books.books import Books
from payrisk.ledger.facts.tables import TABLES, Tables
from payrisk.receivables.aging import aging
from payrisk.receivables.measures.measured import kpis
from payrisk.simulate import simulate
from support.ledgers.messy import START, messy_tables

RULE = DefaultRule(days=20, minimum=1_000)
FEW = Sampling(issues=300, snapshots=300)


def with_noise_from(tables: Tables, day: int, seed: int) -> Tables:
    """The same facts up to the morning `day`; what is recorded later is dropped or made noise."""
    g = np.random.default_rng(seed)
    out = {name: _noisy(name, frame, day, g) for name, frame in tables.items()}
    known = tables["invoices"][tables["invoices"]["recorded_on"] < day]
    some = known.sample(frac=0.5, random_state=seed)
    false = [
        _corrections(some, "amount", some["amount"] * 3 + 1, day),
        _corrections(some, "due_on", "2031-01-01", day),
    ]
    out["events"] = pd.concat([out["events"], *false], ignore_index=True)
    return out


def _noisy(name: str, frame: pd.DataFrame, day: int, g: np.random.Generator) -> pd.DataFrame:
    later = (frame["recorded_on"] >= day).to_numpy()
    kept = 1.0 if name == "customers" else 0.6  # whoever has documents is known by them
    noise = frame[later & (g.random(len(frame)) < kept)].copy()
    for column in TABLES[name].columns:
        if column.name in TABLES[name].key:
            continue
        if column.name == "recorded_on":
            values = np.maximum(day, noise["recorded_on"].to_numpy() - g.integers(0, 90))
            noise[column.name] = values
        elif column.kind == "cents" and column.required:
            noise[column.name] = noise[column.name] * 2 + g.integers(0, 999, len(noise))
        elif column.kind == "day":
            moved = noise[column.name].to_numpy() - g.integers(0, 60, len(noise))
            noise[column.name] = np.where(noise[column.name] == NEVER, NEVER, moved)
        elif column.kind in ("text", "rate", "flag"):
            noise[column.name] = g.permutation(noise[column.name].to_numpy(dtype=object))
    noise = noise.astype(frame.dtypes)
    return pd.concat([frame[~later], noise], ignore_index=True)


def _corrections(invoices: pd.DataFrame, field: str, new: object, day: int) -> pd.DataFrame:
    subject = invoices["invoice_id"] + "|" + invoices["instalment"].astype(str)
    return pd.DataFrame(
        {
            "event_id": "noise:" + field + ":" + subject,
            "kind": "changed",
            "subject_kind": "invoice",
            "subject": subject,
            "instalment": 1,
            "happened_on": day,
            "field": field,
            "new": new if isinstance(new, str) else new.astype(str),
            "recorded_on": day,
        }
    )


def all_that_is_said(one: Ledger, day: int) -> dict[str, str]:
    """Digests of what books, features, models, outcomes and totals say that morning."""
    history = one.as_of(day)
    rows = history.open_invoices()
    model = fit_shrunk_ecdf(history)
    curves = model.curves(history, rows)
    first = one.first_day + 1
    earlier = [d for d in (day - 60, day - 30) if d > first]
    past = [Landmark.at(one.as_of(d), fit_shrunk_ecdf(one.as_of(d)), RULE) for d in earlier[:1]]
    trees = fit_daily_hazard(history, seeds=1, rounds=30, sampling=FEW)
    risk = fit_default_risk(history, past, model, RULE, 30)
    customers = sorted(history.customers()["customer_id"])
    cash = forecast(
        rows,
        curves,
        history.credit_balances(),
        as_of=day,
        generator=np.random.default_rng(1),
        horizon_days=40,
        n_draws=50,
    )
    quotes = rows_at_issue(one, max(first, day - 40), day - 1, day, most_days=8)
    said = {
        "invoices": history.invoices(),
        "customers": history.customers(),
        "credits": history.credit_balances(),
        "control": history.control_total(),
        "defaults": history.defaults(RULE),
        "aging": aging(history).lines,
        "kpis": kpis(one, history, window_days=30).rows,
        "population": (population(history), share_recorded_later(history), last_origin(history)),
        "model": model.to_files(),
        "curves": (curves.matrix, curves.never, curves.lengths),
        "learned from": rows_learned_from(history),
        "trees": trees.to_files(),
        "trees' curves": trees.curves(history, rows).matrix,
        "default risk": risk.to_files(),
        "risks": risk.risks(history, customers),
        "cash": (cash.balance("customer_id"), cash.by_week()),
        "outcomes": (quotes.rows, quotes.n_left_out),
        "quotes": quotes.curves(fit_shrunk_ecdf(one.as_of(first))).matrix,
        "landmarks": rows_open_at(one, earlier, day).rows if earlier else None,
    }
    said |= {name: BASELINES[name](history).curves(history, rows).matrix for name in BASELINES}
    return {name: digest(value) for name, value in said.items()}


def rows_learned_from(history: History) -> list[np.ndarray]:
    """What the rows say; whose they are by dates and amounts, as the files may hold others."""
    rows = person_period(history, 1, FEW)
    of = rows.moments.as_of, rows.moments.issued_on, rows.moments.due_on, rows.moments.residual
    return [*of, rows.row, rows.day, rows.paid, rows.money, rows.settled]


def digest(value: object) -> str:
    def plain(part: object) -> object:
        if isinstance(part, pd.DataFrame):
            return part.astype(object).where(part.notna(), None).to_dict("list")
        if isinstance(part, np.ndarray):
            return part.tolist()
        return [plain(p) for p in part] if isinstance(part, list | tuple) else repr(part)

    return hashlib.sha256(repr(plain(value)).encode()).hexdigest()


def messy_with_late_masters(seed: int) -> Tables:
    """Messy facts whose customers' own rows come in late, with parents and countries."""
    tables = messy_tables(seed, 50)
    customers = tables["customers"]
    at = START + np.array([0, 90, 150, 30, 200])
    tables["customers"] = customers.assign(
        country=["DE", "FR", "AE", "US", "SA"], recorded_on=at
    ).astype(customers.dtypes)
    return tables


def days_to_try(tables: Tables) -> list[int]:
    """Days on which something was recorded, so that a planted <= shows."""
    days = np.unique(np.concatenate([tables[t]["recorded_on"] for t in ("invoices", "credits")]))
    return [int(days[len(days) * share // 10]) for share in (4, 8)]


CASES = {f"messy-{seed}": messy_with_late_masters(seed) for seed in range(3, 6)}
CASES["simulated"] = simulate(8, 7, 3).tables


@pytest.mark.parametrize("case", CASES)
def test_noise_from_a_day_on_moves_nothing_said_that_morning(case):
    tables = CASES[case]
    one, _ = Ledger.from_tables(tables)
    for day in days_to_try(tables):
        other, _ = Ledger.from_tables(with_noise_from(tables, day, seed=day))
        plain, noisy = all_that_is_said(one, day), all_that_is_said(other, day)
        assert {name for name in plain if plain[name] != noisy[name]} == set()


@pytest.mark.parametrize("case", CASES)
def test_the_guard_sees_a_reader_that_knows_one_day_too_much(case):
    tables = CASES[case]
    one, _ = Ledger.from_tables(tables)
    day = days_to_try(tables)[1]
    other, _ = Ledger.from_tables(with_noise_from(tables, day, seed=day))
    # Facts recorded on the day itself are let in, as a planted <= would.
    plain, noisy = (Books(x._version(day + 1), day + 1, day - 1).invoices() for x in (one, other))
    assert digest(plain) != digest(noisy)
