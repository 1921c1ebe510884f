"""The page of the monitor: what to do and why, then every comparison with its bound."""

from __future__ import annotations

import pandas as pd

from payrisk.calendar import iso
from payrisk.monitoring.verdict import MonitorReport
from payrisk_pipelines.papers.charts import dots
from payrisk_pipelines.papers.page import figure, page, paragraph, table
from payrisk_pipelines.watching.monitor import MonitorRun

MOST_DRAWN = 15
MEASURED = (
    "Every strength is a distance over the largest that is usual: drift against distances between"
    " earlier spans and days as far before them, over customers drawn anew, outcomes against how"
    " far earlier spans were off, silences against the longest of a year. Above 1 is an alarm. The"
    " bounds are held over all comparisons of a family, and grant all families together a false"
    " alarm in fewer than one of twenty reports. That was measured on made-up companies with"
    " payment curves trained four weeks before the report, and with few reports on curves half a"
    " year old and on default risk (`payrisk bench monitor`); not on applicants."
)
OUTCOMES = (
    "Paid so far counts open invoices with the days they have lived: payments against the sum of"
    " the chances of being paid on each day, given unpaid till then. Matured rows are those whose"
    " deciding day has passed; that day was fixed before anything happened."
)
COLUMNS = {"psi": "PSI", "ks": "KS", "n": "rows"}


def report(run: MonitorRun) -> str:
    """The page as HTML text."""
    lead = " ".join(model_report.sentence for model_report in run.reports)
    sections: list[tuple[str, list[str]]] = [
        (f"{model_report.name} version {model_report.version}", _of(model_report))
        for model_report in run.reports
    ]
    if run.unwatched:
        missing = [paragraph(f"{name}: {why}") for name, why in run.unwatched.items()]
        sections.append(("What could not be watched", missing))
    sections.append(("How it is measured", [paragraph(MEASURED), paragraph(OUTCOMES)]))
    days = sorted({iso(model_report.as_of) for model_report in run.reports})
    return page(f"Monitor {', '.join(days)}", lead, sections)


def _of(model_report: MonitorReport) -> list[str]:
    top = model_report.findings[:MOST_DRAWN]
    rows = pd.DataFrame(
        [
            {
                "comparison": finding.what,
                "family": finding.family,
                "strength": finding.strength,
                "alarm": finding.is_alarm,
            }
            for finding in model_report.findings
        ]
    )
    pieces = [paragraph(model_report.sentence)]
    if top:
        drawn = dots(
            f"Strongest comparisons of {model_report.name}",
            "How far each comparison is from what is usual; above 1 is an alarm.",
            [finding.what[:34] for finding in top],
            {"strength": [finding.strength for finding in top]},
            x="strength; above 1 is an alarm",
        )
        pieces.append(figure(f"Strongest comparisons of {model_report.name}", drawn, rows))
    pieces += [paragraph(note) for note in model_report.notes]
    pieces += [
        table(title, own.rename(columns=COLUMNS))
        for title, own in model_report.tables.items()
        if len(own)
    ]
    return pieces
