"""What cash will come, layer by layer, as tables for people and files for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from payrisk.answers import CURVES, Answers, read_answers_for_one_question
from payrisk.answers.cash.arriving_receipts import arriving_receipts
from payrisk.answers.cash.choosing import CashChoice
from payrisk.answers.cash.receipts import SIDES, DecisionBasis, Receipts
from payrisk.answers.cash.receipts_in_base import receipts_in_base
from payrisk.answers.cash.treasury import Outlook
from payrisk.answers.cash.workbook.forecast_file import (
    CENTS,
    assumption_rows,
    tables_beside_open_invoices,
    write_forecast,
)
from payrisk.calendar import iso
from payrisk.cash.forecasting.forecast import HORIZON_DAYS, CashForecast
from payrisk.cash.forecasting.grains import buckets, cut_short
from payrisk.cash.published.recent import recent_snapshots
from payrisk.cash.published.snapshots import Snapshot
from payrisk.cash.views.fx import TYPE
from payrisk.money import decimal_text
from payrisk.receivables.dimensions import customer_descriptions, with_names
from payrisk.settings import Settings

MONEY = (*CENTS, *SIDES, "p10", "p50", "p90", "open_invoices")

GROUNDS = ("known", "model_caveat", "basis_said", "closed_days", "credit_rule", "intercompany")
LEGEND = "in_all = expected (open invoices) + the layers beside it; p10, p90: of sums."
PRINTED = {
    "fx": "In which currency the cash of each invoice currency arrives, and at which rate",
    "in_base": "All receipts in one currency; how rates will move is not in it",
    "rates_used": "At these rates",
}
PROMISED = "Open invoices with promises to pay, {}"
MEASURED = ("dilution_", "disputes_")
"""What of the assumptions is printed beneath the tables."""


@dataclass(frozen=True)
class CashCurrencies:
    """In which currencies cash is told.

    arriving: those that customers pay in, not those of the invoices. base: also all in this one,
    at the rates of rate_type; None for none.
    """

    arriving: bool = False
    base: str | None = None
    rate_type: str = TYPE


@dataclass(frozen=True)
class ForecastReport:
    """The Receipts of a morning at one grain and cut. Money in cents."""

    receipts: Receipts
    by: str
    cuts: tuple[str, ...]
    choice: CashChoice = field(default_factory=CashChoice)
    published: tuple[Snapshot, ...] = ()
    fx: pd.DataFrame = field(default_factory=pd.DataFrame)
    """By the currency that arrives: what of each invoice currency does, at which rate."""

    @property
    def cash(self) -> CashForecast:
        """The open invoices' cash."""
        return self.receipts.cash

    @property
    def sentence(self) -> str:
        """The morning, the invoices, the basis and the model, in words."""
        n = self.cash.invoices.groupby(["invoice_id", "instalment"]).ngroups
        if not n and not self.brings_cash:
            named = f" {self.choice.description}" if self.choice.description else ""
            return f"No invoice{named} is open as of {iso(self.cash.as_of)}: no cash to forecast."
        version = self.receipts.outlook.answers.champions[CURVES].version
        whose = f" {self.choice.description}" if self.choice.description else ""
        whose += ", in the currencies that arrive," if len(self.fx) else ""
        days, open_ = self.cash.horizon_days, f"{n:,}" if n else "no"
        return (
            f"Cash expected from {open_} open invoice{'' if n == 1 else 's'}{whose} as of"
            f" {iso(self.cash.as_of)}, {days} day{'' if days == 1 else 's'} ahead, by"
            f" {self.receipts.basis}, by {CURVES} version {version};"
            f" intervals: {self.cash.verified}"
        )

    @property
    def brings_cash(self) -> bool:
        """Whether anything is expected: of open invoices, or of what is no open invoice yet."""
        return bool(self.receipts.in_all(self.by, levels=())["expected"].any())

    def table(self) -> pd.DataFrame:
        """Per currency, cut and bucket: expected cash and the quantiles of its total."""
        table = self.receipts.open_invoices(self.by, *self.cuts).drop(columns="layer")
        return with_names(table, customer_descriptions(self.receipts.outlook.history))

    @property
    def legend(self) -> str:
        """What the columns are, and which buckets the horizon cuts short, in a line or two."""
        return f"{LEGEND} {cut_short(self.by, self.cash.as_of, self.cash.horizon_days)}".rstrip()

    def not_yet_issued(self) -> pd.DataFrame:
        """Per currency and bucket: cash of invoices still to be issued, beside the forecast."""
        return self.receipts.not_yet_issued(self.by).drop(columns="layer")

    def in_base(self) -> dict[str, pd.DataFrame]:
        """All receipts in the base currency by bucket, and the rates: type, day and rate each."""
        rates = self.receipts.outlook.rates
        assert rates is not None
        table = receipts_in_base(self.receipts, self.by, rates)[0]
        owed = self.cash.invoices["currency"].astype(str)
        names = sorted({*owed, *self.receipts.band.currencies})
        return {"in_base": table, "rates_used": rates.used(names, self.cash.as_of - 1)}

    def balance(self) -> pd.DataFrame:
        """Per currency and cut: where every cent of the open balance goes."""
        return self.cash.balance(*self.cuts)

    def assumptions(self) -> pd.DataFrame:
        """What a reader of the figures must know, as name and value."""
        return assumption_rows(self.receipts.assumptions())

    def tables(self) -> dict[str, pd.DataFrame]:
        """Everything by title, as `--json` prints it."""
        currencies = {}
        if len(self.fx):
            pairs = zip(self.fx["in_invoice_currency"], self.fx["invoice_currency"], strict=True)
            texts = [decimal_text(int(cents), name) for cents, name in pairs]
            currencies["fx"] = self.fx.assign(in_invoice_currency=texts)
        if self.receipts.outlook.rates is not None:
            currencies |= self.in_base()
        return {
            "forecast": self.table(),
            **currencies,
            **tables_beside_open_invoices(self.receipts, self.by),
            "balance": self.balance(),
            "assumptions": self.assumptions(),
        }

    def printed(self) -> dict[str, pd.DataFrame]:
        """The tables by the titles that people read: every layer in columns of its own."""
        tables = self.tables()
        both = self.receipts.side_by_side(self.by)
        if self.cuts:
            shown = {
                self.sentence: tables["forecast"],
                "By currency, with what is not in the open invoices beside it": both,
            }
        else:
            shown = {self.sentence: both}
        if len(tables["with_promises"]):
            shown[PROMISED.format(self.receipts.outlook.keeping.sentence)] = tables[
                "with_promises"
            ]
        for name in ("fx", "in_base", "rates_used"):
            if name in tables:
                shown[PRINTED[name]] = tables[name]
        assumptions = tables["assumptions"]
        is_printed = assumptions["name"].isin(GROUNDS) | assumptions["name"].str.startswith(
            MEASURED
        )
        return shown | {
            "Where every cent of the open balance goes": tables["balance"],
            "What it stands on (--json says all)": assumptions[is_printed],
        }

    def write(self, path: Path) -> list[Path]:
        """Write flat records of every layer and, in .xlsx, all else on further sheets."""
        return write_forecast(
            path,
            self.receipts,
            self.by,
            self.cuts,
            published=self.published,
            choice=self.choice.description,
        )


def forecast(  # noqa: PLR0913 - each is an option of the command
    settings: Settings,
    *,
    as_of: int | None = None,
    by: str = "week",
    cuts: Sequence[str] = (),
    horizon_days: int = HORIZON_DAYS,
    basis: DecisionBasis = "booking",
    answers: Answers | None = None,
    in_sample: bool = False,
    choice: CashChoice | None = None,
    currencies: CashCurrencies | None = None,
) -> ForecastReport:
    """Forecast the cash to come from the morning `as_of` on with the champion.

    as_of: default the day after the last recorded fact. basis: the day cash counts on. in_sample:
    also for a morning before the model's own, so marked. choice: whose cash alone. currencies: in
    which currencies. Raises
    LaterTrainedModel otherwise, NoChampion without a champion, LedgerError before the first
    fact, InputError for an unknown grain or cut.
    """
    buckets(by, 0, 1)  # refuses an unknown grain before anything is read
    answers = answers or read_answers_for_one_question(
        settings.home, mornings_kept=settings.mornings_kept
    )
    morning = answers.ledger.default_as_of if as_of is None else as_of
    told = currencies or CashCurrencies()
    outlook = Outlook.of(
        answers,
        as_of=morning,
        horizon_days=horizon_days,
        in_sample=in_sample,
        base=told.base,
        rate_type=told.rate_type,
    )
    wanted, receipts = choice or CashChoice(), Receipts.of(outlook, basis=basis)
    if told.arriving:
        arriving = arriving_receipts(receipts, wanted, rate_type=told.rate_type)
        return ForecastReport(arriving.receipts, by, tuple(cuts), wanted, fx=arriving.fx)
    wanted.refuse_unknown_currency(receipts)
    receipts = wanted.applied(receipts)
    earlier = tuple(recent_snapshots(settings.home, morning)) if not wanted.description else ()
    return ForecastReport(receipts, by, tuple(cuts), wanted, earlier)
