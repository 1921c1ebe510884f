"""What we would have said: past moments scored at their own as_of, beside every baseline."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from payrisk.errors import InputError
from payrisk.features.catalogue.undated import admit_undated
from payrisk.learning.judging.backtest import Backtest, fit_baselines, judge_models
from payrisk.learning.judging.curve_file import CurveFile
from payrisk.learning.judging.spec import ModelSpec
from payrisk.learning.measuring.replay import ReplayedRows
from payrisk.ledger import History, Ledger
from payrisk.settings import Settings
from payrisk_models import spec
from payrisk_pipelines.backtests.windows import (
    RollingWindow,
    Window,
    judgeable_windows,
    windows_of,
)

__all__ = ["Backtest", "RollingWindow", "backtest_days_to_pay", "judge_window", "windows_of"]


def backtest_days_to_pay(
    settings: Settings,
    windows: Sequence[Window],
    *,
    tuned_until: int | None = None,
    out: Path | None = None,
    as_of: int | None = None,
    ledger: Ledger | None = None,
    allow_undated: Collection[str] = (),
) -> Backtest:
    """Fit `days-to-pay` anew for each window (see `windows_of`), score its moments, judge them.

    Outcomes are those known before `as_of` (default: all). Rows issued on or before `tuned_until`
    are refused. `out`: a Parquet file with one row per moment and model. allow_undated: as for
    `train`. Raises InputError when there are no moments, and for an input read from an attribute
    without date history.
    """
    if ledger is None:
        from payrisk.ledger.stored.storage import load

        ledger = load(settings.home)
    known_before = ledger.default_as_of if as_of is None else as_of
    first = ledger.as_of(windows[0].train_as_of)
    chosen = spec("days-to-pay")
    issued_on = int(first.invoices()["issued_on"].min())
    allowed = admit_undated(ledger, chosen.features, issued_on, allow_undated)
    recipe = chosen.with_backdated(allowed)
    parts: list[Backtest] = []
    n_tuned = 0
    with CurveFile(out) as file:
        for window, moments, refused in judgeable_windows(
            windows, ledger, known_before, tuned_until
        ):
            n_tuned += refused
            if not len(moments.rows):
                continue
            parts.append(judge_window(recipe, ledger.as_of(window.train_as_of), moments, file))
    if not parts:
        tuned = f" ({n_tuned} were refused as tuned on)" if n_tuned else ""
        raise InputError(f"There is no invoice to score in that range{tuned}; choose other dates.")
    return replace(
        Backtest.joined(parts),
        n_tuned=n_tuned,
        tuned_until=tuned_until,
        allowed_undated=tuple(sorted(allowed)),
    )


def judge_window(
    recipe: ModelSpec, train: History, moments: ReplayedRows, file: CurveFile | None = None
) -> Backtest:
    """Fit the spec and its baselines on a history and judge them on the moments."""
    if file is not None:
        file.open()  # a place that cannot be written to is said before the work
    return judge_models(
        {recipe.name: recipe.fit_as_judged(train)} | fit_baselines(recipe, train),
        train,
        moments,
        file,
    )
