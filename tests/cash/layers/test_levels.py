"""Levels of weekly series and their paths: followed, weighed, and never exploding."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.cash.intervals.measures import crps
from payrisk.cash.intervals.naive import with_draws
from payrisk.cash.intervals.rivals import statistical_ensemble
from payrisk.cash.layers.levels import RATES, STATED, fit_levels
from payrisk.cash.layers.weekly_paths import expected_weeks, weekly_paths


def made_up(n, seed, weeks=78, ahead=13):
    """(n, weeks + ahead) series in turn shifted eight weeks ago, and intermittent, or growing."""
    g = np.random.default_rng(seed)
    kind, time = np.arange(n) % 3, np.arange(weeks + ahead)
    noise = g.lognormal(-0.03, 0.25, (n, len(time)))
    size = np.exp(g.choice([-1, 1], n) * g.uniform(0.25, 0.9, n))
    level = np.where((time >= weeks - 8) & (kind < 2)[:, None], size[:, None], 1.0)
    level = level * np.exp(np.where(kind == 2, g.uniform(-0.012, 0.015, n), 0.0)[:, None] * time)
    chance = np.where(kind == 1, g.uniform(0.2, 0.7, n), 1.0)[:, None]
    billed = g.random((n, len(time))) < chance
    return 1e6 * level * noise * billed / chance


def paths(series, ahead=13, n_draws=200):
    return weekly_paths(fit_levels(series), ahead, n_draws, np.random.default_rng(0))


def test_a_steady_series_goes_on_and_its_unit_does_not_matter():
    series = np.full((1, 60), 500.0)
    assert expected_weeks(fit_levels(series), 5)[0] == pytest.approx([500.0] * 5)
    ours, tenfold = (paths(unit * made_up(6, 1)[:, :78]) for unit in (1, 10))
    assert np.allclose(tenfold.expected, 10 * ours.expected)
    assert np.allclose(tenfold.paths, 10 * ours.paths)


def test_without_a_past_the_stated_weights_and_level_hold():
    fitted = fit_levels(np.ones((2, 0)))
    assert np.allclose(fitted.weights, STATED)
    assert STATED.sum() == pytest.approx(1.0)
    found = weekly_paths(fitted, 4, 400, np.random.default_rng(0))
    assert found.expected == pytest.approx(np.ones((2, 4)))
    assert 0.2 < found.paths.std(axis=0).min() < found.paths.std(axis=0).max() < 0.9


def test_a_shift_is_followed_and_one_huge_week_is_not():
    shifted = np.where(np.arange(60) < 45, 100.0, 200.0)[None]
    assert 150 < expected_weeks(fit_levels(shifted), 4)[0].mean() < 230
    huge = np.full((1, 60), 100.0)
    huge[0, 50] = 10_000.0
    assert 80 < expected_weeks(fit_levels(huge), 4)[0].mean() < 600
    fast = fit_levels(shifted).weights @ RATES
    slow = fit_levels(huge).weights @ RATES
    assert fast > slow


def test_later_weeks_are_less_sure():
    found = paths(made_up(60, 4)[:, :78])
    wide = np.diff(np.quantile(found.paths, [0.1, 0.9], axis=0), axis=0)[0] / found.expected
    assert (np.median(wide, axis=0)[[0, 4, 8, 12]].tolist()) == sorted(
        np.median(wide, axis=0)[[0, 4, 8, 12]]
    )


def test_eight_weeks_after_a_shift_intervals_cover_and_beat_the_ensemble():
    made = made_up(450, 7)
    past, came = made[:, :78], made[:, 78:86]
    found = paths(past, 8)
    for draws, actual in (
        (found.paths.reshape(200, -1), came.ravel()),
        (found.paths.sum(axis=2), came.sum(axis=1)),
    ):
        low, high = np.quantile(draws, [0.1, 0.9], axis=0)
        assert 0.74 <= ((low <= actual) & (actual <= high)).mean() <= 0.9
    rival = 0.0
    for weekly, actual in zip(past, came, strict=True):
        _, drawn = with_draws(statistical_ensemble, np.repeat(weekly / 7, 7), 56)
        rival += crps(drawn.reshape(-1, 8, 7).sum(axis=2), actual).sum()
    assert crps(found.paths.reshape(200, -1), came.ravel()).sum() <= rival


def test_nothing_explodes():
    g = np.random.default_rng(3)
    wild = g.pareto(0.7, (200, 60)) * (g.random((200, 60)) < 0.2)
    found = paths(wild)
    assert np.isfinite(found.paths).all()
    largest = np.maximum(wild.max(axis=1), 1e-9)
    assert (np.quantile(found.paths, 0.99, axis=0).max(axis=1) <= 10 * largest).all()


def test_paths_are_as_wide_as_sums_of_the_past_missed():
    g = np.random.default_rng(5)
    noise = g.standard_normal((200, 91))
    lasting = noise.copy()
    for week in range(1, 91):
        lasting[:, week] = 0.6 * lasting[:, week - 1] + 0.8 * noise[:, week]
    calm = 1e4 * np.exp(0.05 * noise)
    for series, most in ((1e4 * np.exp(0.3 * lasting), 0.9), (calm, 0.97)):
        came = series[:, 78:86].sum(axis=1)
        low, high = np.quantile(paths(series[:, :78], 8).paths.sum(axis=2), [0.1, 0.9], axis=0)
        assert 0.7 <= ((low <= came) & (came <= high)).mean() <= most
    fitted = fit_levels(calm[:, :78])
    assert (fitted.n_missed > 0).all()
    assert (fitted.missed < 0.12).all()
    assert (fit_levels(calm[:, :9]).n_missed == 0).all()
