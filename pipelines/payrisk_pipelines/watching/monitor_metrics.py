"""Reports of the monitor as Prometheus text: the alarms, and how strong each comparison is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from payrisk.monitoring.verdict import FAMILIES, MonitorReport

SECONDS_A_DAY = 86_400
LATEST = "latest"


def metrics_text(reports: Sequence[MonitorReport], unwatched: Mapping[str, bool]) -> str:
    """The figures of all reports in the text format that Prometheus and node_exporter read.

    unwatched: champions without a report, and whether that is as they are damaged.
    """
    registry = CollectorRegistry()

    def gauge(name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"payrisk_monitor_{name}", meaning, ("model", *labels), registry=registry)

    retrain = gauge("retrain", "1 where retraining is suggested.")
    look = gauge("look_at_data", "1 where the data rather than the world look changed.")
    alarms = gauge("alarms", "Comparisons beyond what is usual.", "family")
    strongest = gauge(
        "strongest", "The strongest comparison against its bound; above 1 is an alarm.", "family"
    )
    psi = gauge("psi", "Population stability index since training.", "column")
    ratio = gauge(
        "outcome_ratio",
        "What happened over what was expected; by the morning that was asked.",
        "measure",
        "group",
        "morning",
    )
    silent = gauge("silent_days", "Days without a record.", "kind")
    age = gauge("model_age_days", "Days from the champion's as_of to the report's.")
    stands = gauge("as_of_seconds", "The morning of the report, seconds since 1970 (UTC).")
    missing = gauge("unwatched", "1 where a champion could not be watched.")
    damaged = gauge("damaged", "1 where that is as it is damaged, not as it is too early.")
    for name, is_damaged in unwatched.items():
        missing.labels(name).set(1.0)
        damaged.labels(name).set(float(is_damaged))
    for report in reports:
        missing.labels(report.name).set(0.0)
        damaged.labels(report.name).set(0.0)
        retrain.labels(report.name).set(float(report.advice == "retrain"))
        look.labels(report.name).set(float(report.advice == "look at the data"))
        age.labels(report.name).set(report.as_of - report.trained)
        stands.labels(report.name).set(report.as_of * SECONDS_A_DAY)
        for family in FAMILIES:
            family_findings = [finding for finding in report.findings if finding.family == family]
            alarms.labels(report.name, family).set(
                sum(finding.is_alarm for finding in family_findings)
            )
            strongest.labels(report.name, family).set(
                max((f.strength for f in family_findings), default=0.0)
            )
        for table in report.tables.values():
            for row in table.to_dict("records"):
                if "psi" in row:
                    psi.labels(report.name, row["name"]).set(row["psi"])
                elif "silent_days" in row:
                    silent.labels(report.name, row["kind"]).set(row["silent_days"])
                elif "measure" in row:
                    # not its date: each day would begin series of its own
                    lag = int(row.get("lag", 0))
                    morning = f"{lag} days before" if lag else LATEST
                    ratio.labels(report.name, row["measure"], row["group"], morning).set(
                        row["ratio"]
                    )
    return generate_latest(registry).decode()
