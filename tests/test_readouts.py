"""Read-outs agree with their curve, one by one and as a block, and never spread the tail."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrisk.calendar import NEVER, day_of
from payrisk.errors import InputError
from payrisk.predictions import PaymentCurve, PaymentCurves
from payrisk.readouts import (
    LATE_DAYS,
    CurveReadout,
    Thresholds,
    curve_readouts,
    restricted_mean_days,
)

AS_OF = day_of("2025-06-02")


def curve_of(*steps: tuple[int, float], days: int = 131, never: float = 0.0) -> PaymentCurve:
    paid = np.zeros(days)
    for day, chance in steps:
        paid[day:] = chance
    return PaymentCurve(AS_OF, paid, never)


@st.composite
def curves(draw) -> tuple[PaymentCurves, np.ndarray]:
    made, due = [], []
    for _ in range(draw(st.integers(1, 5))):
        days = draw(st.integers(1, 40))
        mass = np.array(draw(st.lists(st.floats(0, 1), min_size=days + 1, max_size=days + 1)))
        paid = np.cumsum(mass[:-1]) / max(mass.sum(), 1e-9)
        never = draw(st.floats(0, 1)) * (1 - min(paid[-1], 1.0))
        made.append(PaymentCurve(AS_OF, np.clip(paid, 0, 1), never))
        due.append(AS_OF + draw(st.integers(-50, days - 1)))
    return PaymentCurves.of(made), np.array(due)


def test_an_invoice_read_by_hand():
    curve = curve_of((9, 0.2), (10, 0.5), (15, 0.6), (41, 0.9), never=0.04)
    said = CurveReadout.of(curve, AS_OF + 10, Thresholds(by_date=AS_OF + 14))
    assert (said.p10_on, said.p50_on, said.p90_on) == (AS_OF + 9, AS_OF + 10, AS_OF + 41)
    late = [said.probability_late, said.probability_late_5d, said.probability_late_30d]
    assert late == pytest.approx([0.5, 0.4, 0.4])
    assert [said.probability_late_60d, said.probability_late_90d] == pytest.approx([0.1, 0.1])
    assert said.probability_by_date == 0.5
    # 9, 10, 15 and 41 days on, the rest counted as 131 days on; due after 10
    assert said.expected_days_late == pytest.approx(
        0.2 * 9 + 0.3 * 10 + 0.1 * 15 + 0.3 * 41 + 0.1 * 131 - 10
    )
    assert (said.probability_beyond, said.probability_never) == pytest.approx((0.06, 0.04))
    assert said.lateness == "on_time"


def test_classes_go_by_the_readers_own_thresholds():
    curve = curve_of((9, 0.2), (10, 0.5), (15, 0.6), (41, 0.9))
    strict = CurveReadout.of(curve, AS_OF + 10, Thresholds(-1, 3))
    assert (strict.probability_on_time, strict.probability_very_late) == pytest.approx((0.2, 0.5))
    assert strict.lateness == "very_late"
    mild = CurveReadout.of(curve, AS_OF + 10, Thresholds(5, 40))
    assert (mild.probability_on_time, mild.probability_very_late) == pytest.approx((0.6, 0.1))
    assert mild.lateness == "on_time"
    with pytest.raises(InputError, match="Very late must begin later"):
        Thresholds(30, 30)


def test_an_overdue_invoice_is_late_already_and_a_day_past_the_horizon_is_not_guessed():
    overdue = CurveReadout.of(curve_of((5, 0.5), days=121), AS_OF - 40)
    assert (overdue.probability_on_time, overdue.probability_late) == (0.0, 1.0)
    assert (overdue.probability_late_30d, overdue.lateness) == (1.0, "very_late")
    assert overdue.p90_on == NEVER
    assert overdue.to_json()["p90_on"] is None
    far = CurveReadout.of(curve_of((5, 0.5), days=20), AS_OF + 10, Thresholds(by_date=AS_OF + 20))
    assert (far.probability_late, far.probability_late_5d) == (0.5, 0.5)
    assert (far.probability_late_30d, far.lateness, far.probability_by_date) == (None, None, None)
    json.dumps(far.to_json(), allow_nan=False)


@given(curves())
def test_a_block_reads_as_its_curves_do(block):
    many, due = block
    table = curve_readouts(many, due)
    assert list(table.columns) == [field.name for field in fields(CurveReadout)]
    for row, (curve, day) in enumerate(zip(many, due)):
        one, own = CurveReadout.of(curve, int(day)), table.iloc[row]
        for field in fields(CurveReadout):
            single, cell = getattr(one, field.name), own[field.name]
            if single is None:
                assert cell is None or cell != cell
            else:
                assert cell == single or cell == pytest.approx(single, abs=1e-9)


@given(curves())
def test_laws(block):
    many, due = block
    table = curve_readouts(many, due)
    chances = table[["probability_late", *(f"probability_late_{n}d" for n in LATE_DAYS)]]
    chances = chances.to_numpy(dtype=float)
    assert (np.diff(chances, axis=1)[~np.isnan(np.diff(chances, axis=1))] <= 1e-12).all()
    for row, curve in enumerate(many):
        mass, end = curve.mass(), len(curve.probability_paid_by)
        by_hand = (mass * np.arange(end)).sum() + (1 - curve.probability_paid_by[-1]) * end
        assert restricted_mean_days(many)[row] == pytest.approx(by_hand, abs=1e-9)
        left = 1 - curve.probability_paid_by[-1]
        tail = table["probability_beyond"][row] + table["probability_never"][row]
        assert tail == pytest.approx(left, abs=1e-9)
