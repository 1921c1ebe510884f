"""A young ledger starts from what is published of its customers' countries, and says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.answers import Answers
from payrisk.answers.cash.treasury import Outlook
from payrisk.calendar import day_of
from payrisk.learning.days_to_pay.fit_ecdf import PRACTICE_WEIGHT, fit_young_ledger
from payrisk.learning.days_to_pay.fit_hazard import fit_daily_hazard
from payrisk.scoring.days_to_pay.curve import LagHazards
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from payrisk.scoring.days_to_pay.payment_practice import LAGS, published_practice
from support.company.five_customers import Fitted
from support.ledgers.by_hand import credit, invoice, ledger, link

AS_OF = day_of("2025-03-03")
PUBLISHED = {"GB": 0.85, "DE": 0.671, "PT": 0.142, "FR": 0.428, None: 0.428}


def usual():
    return LagHazards(np.full((1, len(LAGS)), 0.01), np.full((1, len(LAGS)), 0.0), (0.01, 0.001))


def young(n_paid=0, days_late=10):
    """Some invoices of a customer of each country, and so many of the first one paid."""
    names = [code or "nowhere" for code in PUBLISHED]
    customers = [
        {"customer_id": name, "recorded_on": "2025-01-01"} | ({"country": code} if code else {})
        for name, code in zip(names, PUBLISHED, strict=True)
    ]
    bills = [
        invoice(f"O{name}", 100_00, customer_id=name, issued_on="2025-03-02", due_on="2025-03-31")
        for name in names
    ]
    paid, links = [], []
    for nth in range(n_paid):
        bills.append(invoice(f"P{nth}", 100_00, customer_id="GB", issued_on="2025-01-02",
                             due_on="2025-02-01"))  # fmt: skip
        on = f"2025-02-{1 + days_late:02d}"
        paid.append(credit(f"C{nth}", 100_00, on, customer_id="GB"))
        links.append(link(f"C{nth}", f"P{nth}", 100_00, on))
    payments = {"credits": paid, "allocations": links} if paid else {}
    return ledger(customers=customers, invoices=bills, **payments)


def paid_within(model, history, days_late):
    """Customer → chance to be paid within so many days of its due date."""
    rows = history.open_invoices()
    curves = model.curves(history, rows)
    chance = curves.paid_by(rows["due_on"].to_numpy() + days_late)
    return dict(zip(rows["customer_id"], chance, strict=True))


def test_a_country_pays_on_time_as_published_and_a_third_of_the_late_a_month_late():
    practice = published_practice(5.0)
    hazards = practice.hazards(usual())
    still = np.exp(hazards.log_open)[practice.places(np.array(list(PUBLISHED), dtype=object))]
    on_time, month = (1.0 - still[:, np.flatnonzero(day == LAGS)[0]] for day in (0, 30))
    assert on_time == pytest.approx(list(PUBLISHED.values()), abs=1e-6)
    assert (1.0 - month) / (1.0 - on_time) == pytest.approx(1 / 3, abs=0.06)


def test_a_country_is_known_however_its_code_is_written():
    places = published_practice(5.0).places
    written = np.array(["uk", "de", "DE-BY", "Gb", "ZZ", None], dtype=object)
    meant = np.array(["GB", "DE", "DE", "GB", None, None], dtype=object)
    assert places(written).tolist() == places(meant).tolist()


def test_without_a_settled_invoice_the_curves_are_those_published():
    history = young().as_of(AS_OF)
    chance = paid_within(fit_daily_hazard(history), history, 0)
    for code, share in PUBLISHED.items():  # of who is unpaid on the second day of thirty
        assert chance[code or "nowhere"] == pytest.approx(share, abs=0.03), code


def test_what_its_own_customers_did_takes_over():
    """Ten days late, 40 times: 40 of 40 + 5 ledger-wide, and then the customer's own once more."""
    history = young(40).as_of(AS_OF)
    model = fit_young_ledger(history)
    assert PRACTICE_WEIGHT == 5.0
    on_time, later = (paid_within(model, history, days) for days in (0, 12))
    assert on_time["DE"] < 0.15
    assert later["DE"] > 0.85
    assert on_time["PT"] < on_time["DE"]


def test_flat_rows_and_files_tell_the_same():
    history = young(3).as_of(AS_OF)
    model = fit_young_ledger(history)
    again = ShrunkEcdf.from_files(model.to_files())
    invoices = history.open_invoices()
    curves = model.curves(history, invoices)
    rows = again.rows(history, invoices)
    assert again.practice == model.practice
    for curve, row in zip(curves, again.predict(rows), strict=True):
        assert curve.probability_paid_by.tolist() == row
    alone = model.predict(rows.tail(1))
    assert alone == [again.predict(rows)[-1]]


def test_a_forecast_says_that_published_figures_stand_in():
    company = young(3)
    model = fit_daily_hazard(company.as_of(AS_OF))
    outlook = Outlook.of(Answers(company, {"days-to-pay": Fitted(model)}), as_of=AS_OF)
    caveat = outlook.grounds()["model_caveat"]
    assert caveat.startswith("The ledger is young: how companies pay by country, as published")
    assert "like 5 settled invoices" in caveat
    assert set(model.availability(outlook.history, pd.DataFrame({"customer_id": ["DE"]}))) == {
        "young-ledger"
    }
