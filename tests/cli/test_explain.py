"""payrisk explain: one invoice, when and why, for people and for programs."""

from __future__ import annotations

import json
import re

import pytest

from payrisk.answers import invoice_caveats, read_answers
from payrisk.cli import run
from payrisk.ledger.stored import storage
from support.company.five_customers import AS_OF, company_with
from support.home.small_home import small_home, untried  # noqa: F401
from support.ledgers.by_hand import event


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return small_home(tmp_path_factory.mktemp("home"), with_risk=False).home


@pytest.fixture(scope="module")
def history(home):
    ledger = storage.load(home)
    return ledger.as_of(ledger.default_as_of)


def test_the_days_add_up_for_people(home, history, capsys):
    one = str(history.open_invoices()["invoice_id"].iloc[0])
    assert run(["--home", str(home), "explain", one, "--by-date", "2026-01-31"]) == 0
    printed = capsys.readouterr().out
    assert "probability_by_date" in printed
    days = printed[printed.index("Later (+) or earlier (−)") :].splitlines()[3:]
    numbers = [float(line.split()[0].replace(",", "")) for line in days if line.strip()]
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=0.3)
    assert "expected days late" in days[-1]


def test_amounts_are_in_the_customers_currency_and_not_in_cents(home, history):
    """Of some dozen invoices those whose reasons name an amount."""
    open_ = history.open_invoices()
    ids = open_["invoice_id"].astype(str).head(36).tolist()
    said = read_answers(home).payment_curves(
        as_of=history.as_of, invoice_ids=ids, with_reasons=True
    )
    reasons = [each.explanation.reasons for each in said if each.explanation is not None]
    texts = [reason.text for told in reasons for reason in told]
    assert not [text for text in texts if "cents" in text]
    amounts = [text for text in texts if "(about " in text]
    assert amounts
    for text in amounts:
        named = set(re.findall(r"about [\d,]+ ([A-Z]{3})", text))
        assert named
        assert named <= set(open_["currency"].astype(str))


def test_the_same_as_json_goes_by_the_thresholds_given(home, history, capsys):
    one = str(history.open_invoices()["invoice_id"].iloc[0])
    more = ["--late-after", "200", "--very-late-after", "2000", "--json"]
    assert run(["--home", str(home), "explain", one, *more]) == 0
    (said, *_) = json.loads(capsys.readouterr().out)
    assert said["probability_very_late"] is None
    assert said["lateness"] is None
    why = said["explanation"]
    shown = sum(reason["contribution"] for reason in why["reasons"])
    whole = why["ordinary_days_late"] + shown + why["other_days"]
    assert whole == pytest.approx(said["expected_days_late"])


def test_what_cannot_be_explained_is_a_sentence(home, history, capsys):
    rows = history.invoices()
    closed = str(rows.loc[rows["closed_on"] < history.as_of, "invoice_id"].iloc[0])
    assert run(["--home", str(home), "explain", closed]) == 0
    assert "no curve (closed)" in capsys.readouterr().out
    assert run(["--home", str(home), "explain", "none"]) != 0
    assert "knows no invoice 'none' on 20" in capsys.readouterr().err
    assert run(["--home", str(home), "explain", closed, "--late-after", "30"]) != 0
    assert "Very late must begin later" in capsys.readouterr().err


def test_a_dispute_comes_before_every_other_reason(home, history, capsys):
    owed = history.open_invoices()
    disputed = owed[owed["disputed"] > 0].iloc[0]
    assert run(["--home", str(home), "explain", disputed["invoice_id"]]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert "of this invoice are in dispute" in first
    assert run(["--home", str(home), "explain", disputed["invoice_id"], "--json"]) == 0
    (said, *_) = json.loads(capsys.readouterr().out)
    assert said["disputed"] == disputed["disputed"]
    assert said["customer_name"]


def test_a_default_is_said_before_a_dispute():
    dispute = event("dispute_opened", "F", "2025-05-01", subject_kind="invoice", amount=70_000)
    late = company_with(events=[dispute]).as_of(AS_OF + 60)
    default, disputed = invoice_caveats(late, "F").sentences
    assert default == "Four GmbH (c4) is in default since 2025-06-04."
    assert disputed == "700.00 EUR of this invoice are in dispute."
    assert invoice_caveats(late, "A").sentences == []
