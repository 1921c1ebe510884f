"""Every champion of a home watched: whether inputs, predictions and outcomes still fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from payrisk import bundle
from payrisk.answers.champions import expiry_warning
from payrisk.bundle import Bundle
from payrisk.calendar import day_of
from payrisk.errors import InputError, ModelError, NoChampion
from payrisk.ledger import Ledger
from payrisk.ledger.stored.storage import load
from payrisk.monitoring.applicants import watch_applicants
from payrisk.monitoring.verdict import MonitorReport
from payrisk.monitoring.watching import WatchedVersion, watch_curves, watch_risk
from payrisk.monitoring.windows import WATCHED_DAYS
from payrisk.settings import Settings
from payrisk_models import spec, specs
from payrisk_pipelines.watching.monitor_metrics import metrics_text

LATEST = Path("monitor") / "latest.prom"
"""Where in a home the figures of the latest report of all lie, for the service to show."""


@dataclass(frozen=True)
class MonitorRun:
    """The reports of a home's champions, and by name why there is none of some.

    damaged: those of the unwatched that will not mend by waiting: a bundle that cannot be read,
    or does not say what it was trained on.
    """

    reports: tuple[MonitorReport, ...]
    unwatched: dict[str, str]
    damaged: frozenset[str] = frozenset()

    @property
    def is_alarm(self) -> bool:
        """Whether anything is beyond what is usual."""
        return any(report.is_alarm for report in self.reports)

    @property
    def is_failure(self) -> bool:
        """Whether somebody has to look: on any alarm, and where a champion is damaged."""
        return self.is_alarm or bool(self.damaged)

    @property
    def metrics(self) -> str:
        """The figures as Prometheus text."""
        return metrics_text(self.reports, {name: name in self.damaged for name in self.unwatched})


def monitor(
    settings: Settings,
    name: str | None = None,
    *,
    as_of: int | None = None,
    days: int = WATCHED_DAYS,
    seed: int = 0,
) -> MonitorRun:
    """Watch one champion, or all there are, over the days before `as_of` (default: all known).

    A champion whose card has expired is said in its notes. The figures of all also go to
    HOME/monitor/latest.prom, unless facts are known that are later than `as_of`. Raises NoChampion
    without a champion, and for one that is named all that stands against watching it (InputError,
    ModelError).
    """
    names = sorted(specs()) if name is None else [spec(name).name]
    there = [
        model_name
        for model_name in names
        if bundle.champion_version(settings.home, model_name) is not None
    ]
    if not there:
        raise NoChampion(
            f"No version of {' or '.join(names)} is promoted in {settings.home}; run"
            " `payrisk train` and then `payrisk promote`."
        )
    ledger = load(settings.home)
    now = ledger.default_as_of if as_of is None else as_of
    reports, unwatched, damaged = [], {}, set()
    for model_name in there:
        try:
            champion = bundle.champion(settings.home, model_name)
            report = watch(champion, ledger, now, days, seed)
            warning = expiry_warning(model_name, champion.version, champion.card, now)
            notes = (*report.notes, warning) if warning else report.notes
            reports.append(replace(report, notes=notes))
        except (InputError, ModelError) as error:
            if name is not None:
                raise
            unwatched[model_name] = str(error)
            if isinstance(error, ModelError):
                damaged.add(model_name)
    run = MonitorRun(tuple(reports), unwatched, frozenset(damaged))
    if name is None and now >= ledger.default_as_of:
        write(settings.home / LATEST, run.metrics)
    return run


def watch(champion: Bundle, ledger: Ledger, now: int, days: int, seed: int) -> MonitorReport:
    """The report of one champion; raises ModelError when its bundle does not say its as_of."""
    trained_on = champion.manifest.get("as_of")
    if not trained_on:
        raise ModelError(
            f"Version {champion.version} of '{champion.name}' does not say on what day's facts it"
            " was trained; train and promote a new one."
        )
    recipe = spec(champion.name)
    watched = WatchedVersion(
        champion.name, champion.version, champion.model, day_of(str(trained_on))
    )
    if recipe.head == "curves":
        return watch_curves(ledger, watched, now=now, days=days, seed=seed)
    if recipe.head == "risk":
        return watch_risk(ledger, watched, now=now, days=days, seed=seed)
    return watch_applicants(ledger, watched, recipe.rule, now=now, days=days)


def write(path: Path, text: str) -> None:
    """Put a file in place in one step: a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.partial")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
