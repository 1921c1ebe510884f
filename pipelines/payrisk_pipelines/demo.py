"""The whole house in one go: a made-up company from its ledger to a forecast and a decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from payrisk import bundle
from payrisk.answers import Answers, read_answers
from payrisk.calendar import iso
from payrisk.cash.forecasting.forecast import LEVELS, quantile_name
from payrisk.credit import CreditApplication, CreditDecision, CreditRequest, Order
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.receivables.aging import AMOUNTS, aging
from payrisk.settings import Settings
from payrisk.simulate import World, simulate
from payrisk_pipelines.forecast import MONEY, forecast
from payrisk_pipelines.made_up import made_up_ledgers, note_made_up
from payrisk_pipelines.score import report_path
from payrisk_pipelines.training.heads import TrainingOptions
from payrisk_pipelines.training.train import train
from payrisk_pipelines.versions.promoting import promote

CUSTOMERS, MONTHS, SEED = 160, 24, 17
WORLD = World(
    invoices_a_month=1.7,
    onset_rate=0.007,
    relief_rate=0.15,
    stop_rate_stressed=0.20,
    limit_factor=1.5,
)
"""Many small customers in a hard year: as few invoices as teach days-to-pay, as many defaults as
prove default-risk. Limits leave room for what customers usually order."""
DAYS_SINCE_TRAINING = 31
"""How old the demo's models are: a month of invoices they have not seen, for the monitor."""
FORCED = "a demo shows the way even where its made-up data teach too little"
"""Why a candidate is promoted that its gates refused; kept with the version."""


@dataclass(frozen=True)
class DemoStepReport:
    """What one act of the demo did: a sentence, and tables by title with their money columns."""

    sentence: str
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    money: Sequence[str] = ()


class Demo:
    """A made-up company under `settings.home`; the acts run in order, each tells what it did.

    Running it again in the same home is safe: the same ledger is found in place, the models are
    trained anew as further versions. Raises InputError where the home holds a ledger that no
    demo made.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        customers: int = CUSTOMERS,
        months: int = MONTHS,
        seed: int = SEED,
        git_commit: str = "",
        started_at: str = "",
    ) -> None:
        """Check the home; nothing is written yet. at: the present time, for the record."""
        self.settings, self.git_commit, self.at = settings, git_commit, started_at
        self.customers, self.months, self.seed = customers, months, seed
        current = storage.current_sha(settings.home)
        if current and current not in made_up_ledgers(settings.home):
            raise InputError(
                f"{settings.home} holds a ledger that is not the demo's; give the demo a home of"
                " its own with 'payrisk --home DIR demo'."
            )

    def acts(self) -> list[tuple[str, Callable[[], DemoStepReport]]]:
        """What is done, in words, and the doing."""
        return [
            ("Simulate a company", self.simulate),
            ("Keep its ledger", self.keep),
            ("Learn when invoices are paid: train days-to-pay", lambda: self.train("days-to-pay")),
            ("Promote days-to-pay", lambda: self.promote("days-to-pay")),
            ("Learn whom to take: train new-customer", lambda: self.train("new-customer")),
            ("Promote new-customer", lambda: self.promote("new-customer")),
            ("Learn who defaults: train default-risk", lambda: self.train("default-risk")),
            ("Promote default-risk", lambda: self.promote("default-risk")),
            ("Forecast the cash", self.forecast),
            ("Score a new customer", self.newcomer),
            ("Release an order of a known customer", self.order),
        ]

    @property
    def as_of(self) -> int:
        """The morning after the last simulated fact."""
        return self.ledger.default_as_of

    @property
    def trained_as_of(self) -> int:
        """The morning the models know: a month earlier, so that there is something to watch."""
        return self.as_of - DAYS_SINCE_TRAINING

    @cached_property
    def ledger(self) -> Ledger:
        """The company's ledger, the same for the same seed."""
        made = simulate(self.customers, self.months, self.seed, world=WORLD)
        return Ledger.from_tables(made.tables)[0]

    @cached_property
    def answers(self) -> Answers:
        """The answers of the home once all models are promoted."""
        return read_answers(self.settings.home)

    @property
    def open_invoice(self) -> pd.Series:
        """The largest open invoice, to ask about."""
        invoices = self.answers.history(self.as_of).open_invoices()
        row: pd.Series = invoices.loc[invoices["residual"].idxmax()]
        return row

    def simulate(self) -> DemoStepReport:
        """Make the facts up."""
        tables = self.ledger.tables
        return DemoStepReport(
            f"{len(tables['customers']):,} customers, {len(tables['invoices']):,} invoices and"
            f" {len(tables['credits']):,} credits, recorded {iso(self.ledger.first_day)} to"
            f" {iso(self.ledger.last_day)} (seed {self.seed}: the same every time)."
        )

    def keep(self) -> DemoStepReport:
        """Store the ledger and age it."""
        home = self.settings.home
        was_there = storage.current_sha(home)
        sha = storage.save(self.ledger, home)
        note_made_up(home, sha)
        what = "found in place" if was_there == sha else "saved"
        aged = aging(self.ledger.as_of(self.as_of))
        title = f"Receivables {aged.title}"
        return DemoStepReport(
            f"Ledger {sha[:12]} {what} under {home}.", {title: aged.totals()}, AMOUNTS
        )

    def train(self, name: str) -> DemoStepReport:
        """Train a candidate and register it in MLflow."""
        trained = train(
            self.settings,
            name,
            self.trained_as_of,
            ledger=self.ledger,
            ledger_sha=storage.current_sha(self.settings.home),
            options=TrainingOptions(self.git_commit),
        )
        title = f"{name}, judged on later dates than it was trained on"
        return DemoStepReport(trained.sentence, {title: trained.table()})

    def promote(self, name: str) -> DemoStepReport:
        """Let the candidate answer."""
        moved = promote(self.settings, name, moved_at=self.at, reason=FORCED)
        former = bundle.previous_version(self.settings.home, name)
        more = f"; version {former} stays for a roll-back" if former else ""
        is_refused = moved.gate == "refused"
        less = f", although its gates refused it ({FORCED})" if is_refused else ""
        return DemoStepReport(f"{name} version {moved.version} answers from now on{less}{more}.")

    def forecast(self) -> DemoStepReport:
        """Forecast by week and write the file."""
        report = forecast(self.settings, as_of=self.as_of, answers=self.answers)
        paths = report.write(report_path(self.settings, "cash-by-week", self.as_of))
        table = report.table()
        first = table[table["currency"] == table["currency"].iloc[0]].head(14)
        title = (
            f"{report.sentence} ({', '.join(map(quantile_name, LEVELS))} of each week's total;"
            f" {first['currency'].iloc[0]} of {table['currency'].nunique()} currencies)"
        )
        tables = {
            title: first,
            "Where every cent of the open balance goes": report.balance(),
        }
        return DemoStepReport(f"Wrote {paths[0]}.", tables, MONEY)

    def newcomer(self) -> DemoStepReport:
        """Ask for credit as a company the ledger has never seen."""
        application = applicant(self.as_of)
        return self._decided(CreditRequest(application=application), application.name)

    def order(self) -> DemoStepReport:
        """Ask for a usual order of the customer with the longest history that gets one."""
        self.answers.prepare_morning(self.as_of)  # whoever goes on from here does not wait
        settled = self.answers.history(self.as_of).settled_invoices()
        longest_first = settled["customer_id"].value_counts().sort_index()
        ids = list(longest_first.sort_values(ascending=False, kind="stable").index)
        requests = [usual_order(settled, customer_id) for customer_id in ids]
        request = next((asked for asked in requests if self._is_released(asked)), requests[0])
        return self._decided(request, str(request.customer_id))

    def _is_released(self, request: CreditRequest) -> bool:
        return self.answers.credit_decision(request, as_of=self.as_of).outcome == "approve"

    def _decided(self, request: CreditRequest, name: str) -> DemoStepReport:
        decision = self.answers.credit_decision(request, as_of=self.as_of)
        outcome = decision.outcome.replace("_", " ")
        return DemoStepReport(
            f"{name}: {outcome}.", _tables(name, decision), ("granted", "released")
        )


def applicant(as_of: int) -> CreditApplication:
    """A sound, middling company that is nobody's customer yet."""
    return CreditApplication(
        name="Muster Maschinenbau GmbH",
        currency="EUR",
        is_natural_person=False,
        country="DE",
        sector="machinery",
        requested_limit=50_000_00,
        requested_terms_days=30,
        monthly_sales=30_000_00,
        founded_on=as_of - 12 * 365,
        turnover=4_000_000_00,
        net_worth=900_000_00,
        financials_on=as_of - 200,
    )


def usual_order(settled: pd.DataFrame, customer_id: str) -> CreditRequest:
    """An order as a customer usually places it; settled: the company's settled invoices."""
    invoices = settled[settled["customer_id"] == customer_id]
    order = Order(int(invoices["amount"].median()), str(invoices["currency"].mode()[0]))
    return CreditRequest(customer_id=customer_id, order=order)


def _tables(name: str, decision: CreditDecision) -> dict[str, pd.DataFrame]:
    risk, terms, release = decision.risk, decision.terms, decision.release
    tables = {
        "outcome": decision.outcome,
        "currency": decision.limit.currency,
        "granted": decision.limit.granted,
        "released": release.amount if release else None,
        "bound_by": decision.limit.binding,
        "terms_days": terms.days if terms else None,
        "protection": terms.protection if terms else None,
        "probability_default": risk.probability if risk else None,
        "within_days": risk.horizon_days if risk else None,
    }
    table = pd.DataFrame([{name: value for name, value in tables.items() if value is not None}])
    reasons = {
        "reason": [reason.text for reason in decision.reasons],
        "source": [reason.source for reason in decision.reasons],
    }
    return {
        f"The decision on {name}": table,
        f"Why {name}": pd.DataFrame(reasons),
    }
