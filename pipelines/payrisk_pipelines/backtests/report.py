"""The report of a backtest: what was judged, how it compares, where it is weak, as one page."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from payrisk.calendar import iso
from payrisk.errors import InputError
from payrisk.learning.measuring.comparison import Comparison
from payrisk_pipelines.backtests.days_to_pay import Backtest
from payrisk_pipelines.papers.charts import Series, columns, dots, lines
from payrisk_pipelines.papers.page import figure, page, paragraph, table

SHOWN_DAYS = 90
MEASURES = (
    "CRPS is the sum over days of (F − paid)², in days. NLL is −log of the chance given to the"
    " exact day, floored at 1e-5, so that it means little for methods that name one day. MAE is"
    " that of the median day, over paid rows. The PIT deviation is the total variation of the"
    " randomised PIT from even; 0 is calibrated. Late means after the due date. Rows that are not"
    " resolved are judged up to their last known day and counted, never dropped."
)
PAIRED = (
    "Differences are the other method's mean minus ours, so above 0 ours is better. The 95 %"
    " interval draws customers and weeks of the as_of anew, both at once."
)
BY_OUTCOME = (
    "“Weekday paid” groups rows by what happened later: it shows where the curves put the mass"
    " of a week, not a fair comparison."
)


def require_writable(path: Path) -> Path:
    """The path, its folder made; raises InputError when no file can be written there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"'{path.parent}' cannot be made ({error.strerror}); choose another."
        ) from None
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"'{path}' cannot be written; choose another.")
    return path


def report(backtest: Backtest) -> str:
    """The page as HTML text."""
    return page(f"Backtest of {backtest.name}", backtest.sentence, report_sections(backtest))


def report_sections(
    backtest: Backtest, *, with_customers: bool = True
) -> list[tuple[str, list[str]]]:
    """Title and pieces of HTML of each part; with_customers: name those that gain most, too."""
    comparison = backtest.comparison
    return [
        ("What was judged, and on what it was trained", _judged(backtest)),
        ("Beside every baseline", _beside(backtest)),
        ("Training date by training date", _over_time(backtest)),
        ("Where it is good and where not", _slices(comparison, with_customers=with_customers)),
        ("Calibration", _calibration(comparison)),
        ("How far ahead the error lies", _ahead(comparison)),
        ("How it is measured", [paragraph(MEASURES), paragraph(PAIRED)]),
    ]


def _judged(backtest: Backtest) -> list[str]:
    outcomes = pd.DataFrame({"outcome": backtest.comparison.outcomes.keys()})
    outcomes["rows"] = list(backtest.comparison.outcomes.values())
    held = pd.DataFrame(
        [
            {"train_as_of": iso(day)}
            | {k: ", ".join(v) if isinstance(v, list) else v for k, v in facts.items()}
            for day, facts in backtest.populations.items()
        ]
    )
    return [
        table("What became of the rows, as far as is known", outcomes),
        table("What the ledger held at training", held),
    ]


def _beside(backtest: Backtest) -> list[str]:
    comparison = backtest.comparison
    means, pairs = backtest.table(), comparison.paired
    pieces = [table("All rows, one method a line", means), table("Paired differences", pairs)]
    for metric, unit in (("crps", "days"), ("nll", "nats")):
        metric_pairs = pairs[pairs["metric"] == metric]
        name = metric.upper()
        pieces += [
            figure(
                f"{name} by method",
                dots(
                    f"{name} by method",
                    f"Mean {name} of each method; less is better.",
                    means["model"].tolist(),
                    {name: means[metric].tolist()},
                    x=f"{name}, {unit}",
                ),
                means[["model", "n", metric]],
            ),
            figure(
                f"{name} of each baseline minus {backtest.name}",
                dots(
                    f"{name} difference",
                    f"Differences of {name} with 95 % intervals; above 0"
                    f" {backtest.name} is better.",
                    metric_pairs["baseline"].tolist(),
                    {"difference": metric_pairs["difference"].tolist()},
                    x=f"difference of {name}, {unit}",
                    spans=list(zip(metric_pairs["low"], metric_pairs["high"], strict=True)),
                ),
                metric_pairs.drop(columns="metric"),
            ),
        ]
    unseen = backtest.unseen_customers_table()
    if len(unseen):
        pieces.append(table("Customers unseen in training", unseen))
    return pieces


def _over_time(backtest: Backtest) -> list[str]:
    origins, comparison = backtest.origin_table(), backtest.comparison
    pieces = [table("One line a training date", origins)]
    if len(origins) > 1:
        names, what = origins["train_as_of"].tolist(), "training date"
        shown = origins
    else:
        weekly = comparison.by_week
        shown = weekly.assign(week=[iso(day) for day in weekly["week"]])
        names, what = shown["week"].tolist(), "week of the as_of"
    if len(shown) > 1:
        places = list(range(len(shown)))
        drawn = lines(
            f"CRPS per {what}",
            f"Mean CRPS of {backtest.name} and {comparison.reference} for each {what};"
            " less is better.",
            [
                Series(backtest.name, places, shown["crps"].tolist()),
                Series(comparison.reference, places, shown["crps_reference"].tolist()),
            ],
            x=what,
            y="CRPS, days",
            x_names=names,
            marked=True,
        )
        pieces.append(figure(f"CRPS per {what}", drawn, shown))
    return pieces


def _slices(comparison: Comparison, *, with_customers: bool) -> list[str]:
    pieces = [table("All rows, weighed in other ways", comparison.reweighted)]
    pieces.append(
        paragraph(f"“reference” is {comparison.reference}; ratio is CRPS ours over theirs.")
    )
    if with_customers:
        title = "Customers that gain least and most, summed over their rows"
        pieces.append(table(title, comparison.extremes))
    for title, part in comparison.slices.groupby("slice", sort=False):
        drawn = dots(
            f"CRPS by {title}",
            f"Mean CRPS of {comparison.name} and {comparison.reference} in each group of {title}.",
            [f"{row.group} (n {row.n:,})" for row in part.itertuples()],
            {
                comparison.name: part["crps"].tolist(),
                comparison.reference: part["crps_reference"].tolist(),
            },
            x="CRPS, days",
        )
        pieces.append(figure(f"By {title}", drawn, part.drop(columns="slice")))
        if title == "weekday paid":
            pieces.append(paragraph(BY_OUTCOME))
    return pieces


def _calibration(comparison: Comparison) -> list[str]:
    said, pit = comparison.reliability, comparison.pit
    shown = said[said["model"].isin([comparison.name, comparison.reference])]
    reliability = lines(
        "Reliability of the chance of being late",
        "How often invoices were late against the chance given; on the dashed line both agree.",
        [
            Series(str(name), part["said"].tolist(), part["came"].tolist())
            for name, part in shown.groupby("model", sort=False)
        ],
        x="chance of being late, as said",
        y="share that was late",
        diagonal=True,
        marked=True,
    )
    histogram = columns(
        "PIT histogram",
        f"Share of the rows in each twentieth of the PIT of {comparison.name};"
        " even is calibrated.",
        [*pit["from"], 1.0],
        pit[comparison.name].tolist(),
        x="where the outcome lay in the curve",
        y="share of rows",
        level=1.0 / len(pit),
    )
    return [
        figure("Reliability of the chance of being late", reliability, said),
        figure(f"PIT of {comparison.name}", histogram, pit),
    ]


def _ahead(comparison: Comparison) -> list[str]:
    days = comparison.days_ahead[comparison.days_ahead["days_ahead"] <= SHOWN_DAYS]
    names = [
        comparison.name,
        *(n for n in (comparison.reference, "l1-boosting") if n in days and n != comparison.name),
    ]
    drawn = lines(
        "Error by days ahead",
        "Mean squared error of the chance of being paid by each day after the as_of.",
        [Series(name, days["days_ahead"].tolist(), days[name].tolist()) for name in names],
        x="days after the as_of",
        y="mean (F − paid)²",
    )
    return [figure("Error by days ahead", drawn, comparison.days_ahead)]
