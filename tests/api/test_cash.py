"""Cash at the door: files that spreadsheets pull, what was published, what if."""

from __future__ import annotations

import csv
import io
import zipfile

import pandas as pd
import pytest

from payrisk.answers import Answers
from payrisk.answers.cash.publishing import publish
from payrisk.answers.cash.treasury import Outlook
from payrisk.cash.published.variance import PARTS
from payrisk.files import RISKY
from payrisk.ledger import Ledger
from payrisk_api.responses import cash, liquidity
from support.company.five_customers import AS_OF, Fitted, champions, small_company


@pytest.fixture
def published(door, tmp_path):
    """A forecast of a month ago, whose first weeks are over."""
    answers = door.client.app.state.service.live.current
    outlook = Outlook.of(answers, as_of=AS_OF - 28, horizon_days=28)
    return publish(outlook, tmp_path, published_at="2025-05-05T08:00:00+00:00").name


def test_quantiles_currency_and_group(door):
    asked = door.client.get("/v1/cash/forecast?horizon=28&quantiles=0.05,0.5&currency=EUR")
    answer = cash.CashForecastAnswer.model_validate(asked.json())
    assert {"p05", "p50"} <= set(answer.buckets[0].model_extra or {})
    assert "p10" not in asked.json()["buckets"][0]
    other = door.client.get("/v1/cash/forecast?horizon=28&currency=USD").json()
    assert other["buckets"] == other["balance"] == []
    only = door.client.get("/v1/cash/forecast?horizon=28&intercompany=only").json()
    assert only["balance"] == []


@pytest.mark.parametrize(
    "query",
    ["quantiles=0.9,0.1", "quantiles=1", "format=exe", "currency=eur", "by=year", "horizon=0"],
)
def test_what_does_not_fit_is_refused(door, query):
    answer = door.client.get(f"/v1/cash/forecast?{query}")
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:payrisk:problem:invalid"


def test_files_hold_flat_records_that_sum_to_the_open_balance(door):
    url = "/v1/cash/forecast?horizon=28&group=customer&format="
    open_ = door.client.get("/v1/cash/forecast?horizon=28").json()["balance"][0]["open_balance"]
    text = pd.read_csv(io.StringIO(door.client.get(url + "csv").text))
    parquet = pd.read_parquet(io.BytesIO(door.client.get(url + "parquet").content))
    sent = door.client.get(url + "xlsx")
    sheets = pd.read_excel(io.BytesIO(sent.content), sheet_name=None, engine="calamine")
    assert list(sheets)[:4] == ["summary", "charts", "forecast", "assumptions"]
    answer = door.client.get("/v1/cash/forecast?horizon=28").json()
    for table in (text, parquet, sheets["forecast"]):
        sums = table.assign(cents=table["expected"].astype(float) * 100).groupby("layer")["cents"]
        sums = sums.sum().round().to_dict()
        assert sums.pop("open_invoices") == open_
        in_all = sum(row["expected"] for row in answer["receipts_in_all"])
        assert sums.pop("all_receipts") == in_all
        assert sums == {"not_yet_issued": sum(row["expected"] for row in answer["not_yet_issued"])}
        assert list(table.columns) == list(text.columns)
    said = sheets["assumptions"].set_index("name")["value"]
    assert said["basis"] == "booking date"
    assert "attachment" in sent.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(sent.content)) as book:
        assert "xl/charts/chart1.xml" in book.namelist()


def test_no_text_of_any_cell_is_run_as_a_formula(opened):
    names = {"customer_id": "=HYPERLINK(1)", "parent_id": "+parent", "entity_id": "@SUM(A1)"}
    rows = small_company().tables
    customers = rows["customers"].replace({"c1": names["customer_id"], "DE": "-DE"})
    tables = rows | {"customers": customers}
    for name in ("invoices", "credits", "attributes"):
        tables[name] = rows[name].replace({"c1": names["customer_id"], "main": "@SUM(A1)"})
    ledger = Ledger.from_tables(tables)[0]
    client = opened().client
    service = client.app.state.service
    service.live.current = Answers(ledger, champions(), ledger_sha="1" * 64)
    url = "/v1/cash/forecast?horizon=28&group=entity,customer,parent,country&format="
    answer = client.get(url + "csv").text
    cells = [cell for row in csv.reader(io.StringIO(answer)) for cell in row]
    assert {"'=HYPERLINK(1)", "'@SUM(A1)", "'-DE"} <= set(cells)
    assert not [cell for cell in cells if cell.startswith(RISKY)]
    with zipfile.ZipFile(io.BytesIO(client.get(url + "xlsx").content)) as book:
        sheets = [book.read(name) for name in book.namelist() if "worksheets/sheet" in name]
        assert len(sheets) == 12
        assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)
        assert b'quotePrefix="1"' in book.read("xl/styles.xml")


def test_the_layers_and_what_was_measured_are_told(door):
    answer = door.client.get("/v1/cash/forecast?horizon=28&by=week").json()
    told = cash.CashForecastAnswer.model_validate(answer)
    assert {one.layer for one in told.buckets} == {"open_invoices"}
    assert {one.layer for one in told.not_yet_issued} == {"not_yet_issued"}
    whole = sum(one.expected for one in told.receipts_in_all)
    assert whole == sum(one.expected for one in [*told.buckets, *told.not_yet_issued])
    assert answer["balance"][0]["within_horizon"] == sum(one.expected for one in told.buckets)
    (became,) = told.became
    assert (became.billed, became.cash, became.n_invoices) == (700_000, 700_000, 2)
    assert told.basis == "booking date"


def test_by_value_date_without_any_recorded_it_says_so(door):
    both = [
        door.client.get(f"/v1/cash/forecast?horizon=28&basis={one}").json()
        for one in ("booking", "value")
    ]
    assert both[1].pop("basis_said") == (
        "No value date was ever recorded before 2025-06-02, so cash counts on its booking date."
    )
    both[0].pop("basis_said")
    assert both[0] == both[1]


def test_published_forecasts_are_listed_and_read(door, published):
    listed = door.client.get("/v1/cash/snapshots").json()
    assert [one["name"] for one in listed["snapshots"]] == [published]
    cash.SnapshotsAnswer.model_validate(listed)
    read = door.client.get(f"/v1/cash/snapshots/{published}?by=month").json()
    cash.SnapshotAnswer.model_validate(read)
    open_ = [t for t in read["totals"] if t["scope"] not in ("not_issued", "in_all")]
    model = [t["expected"] for t in open_ if t["view"] == "model"]
    aged = door.client.get("/v1/receivables/aging?as_of=2025-05-05").json()
    assert sum(model) == sum(line["open"] for line in aged["totals"])


def test_the_variance_of_a_published_forecast_adds_up(door, published):
    answer = door.client.get(f"/v1/cash/snapshots/{published}/variance?until=2025-05-30")
    found = answer.json()
    cash.VarianceAnswer.model_validate(found)
    assert found["order"] == list(PARTS)
    for row in found["totals"]:
        assert row["expected"] + sum(row[part] for part in PARTS) == row["actual"]
    assert found["totals"][0]["actual"] == 410_000
    late = door.client.get(f"/v1/cash/snapshots/{published}/variance?until=2025-07-01")
    assert late.status_code in (409, 422)


@pytest.mark.parametrize(
    ("name", "status"),
    [("2025-05-05-1-9", 404), ("nobody", 422), ("..%2F..%2Fledger", 404), ("2025-05-05", 422)],
)
def test_what_was_not_published_is_not_found(door, name, status):
    assert door.client.get(f"/v1/cash/snapshots/{name}").status_code == status
    assert door.client.get(f"/v1/cash/snapshots/{name}/variance").status_code == status


def test_scenarios_side_by_side(door):
    url = "/v1/cash/scenarios?horizon=28&scenario=largest:1:7&scenario=discount:2:10:30"
    answer = door.client.get(url).json()
    cash.ScenariosAnswer.model_validate(answer)
    sums = pd.DataFrame(answer["records"]).groupby("scenario")["expected"].sum()
    assert len(sums) == 3
    assert len(set(sums)) == 1
    assert answer["discount_costs"][0]["annual_cost"] == pytest.approx(0.3724, abs=1e-4)
    wrong = door.client.get("/v1/cash/scenarios?scenario=magic")
    assert wrong.status_code == 422
    assert "magic" not in wrong.text


def test_liquidity_at_risk(door):
    url = "/v1/cash/liquidity?horizon=28&need=EUR:100.00:2025-06-20&need=EUR:99999999:2025-06-20"
    answer = door.client.get(url).json()
    liquidity.LiquidityAnswer.model_validate(answer)
    few, all_ = (one["probability_below"] for one in answer["needs"])
    assert few < 0.05
    assert all_ == 1.0


def test_a_morning_before_the_model_s_own_is_a_conflict_unless_asked_for_in_sample(opened):
    late = {
        name: Fitted(champion.model, champion.version, {"as_of": "2025-07-01"})
        for name, champion in champions().items()
    }
    door = opened(late)
    for path in ("forecast", "scenarios?scenario=slower:20", "liquidity?need=EUR:1.00:2025-06-20"):
        asked = door.client.get(f"/v1/cash/{path}")
        assert asked.status_code == 409
        assert asked.json()["type"] == "urn:payrisk:problem:model-is-younger-than-morning"
        mark = "&" if "?" in path else "?"
        answer = door.client.get(f"/v1/cash/{path}{mark}in_sample=true").json()
        assert answer["in_sample"] is True
        assert "in-sample" in answer.get("verified", "in-sample")


def test_liquidity_speaks_of_all_receipts_as_the_forecast_does(door):
    by_month = door.client.get("/v1/cash/forecast?by=month&horizon=60").json()
    end_on = by_month["receipts_in_all"][1]["ends_on"]
    url = f"/v1/cash/liquidity?horizon=60&need=EUR:1.00:{end_on}"
    of_all = door.client.get(url).json()["needs"][0]
    of_open = door.client.get(f"{url}&layer=open").json()["needs"][0]
    assert (of_all["layer"], of_open["layer"]) == ("all_receipts", "open_invoices")

    def expected(layer):
        return sum(line["expected"] for line in by_month[layer] if line["ends_on"] <= end_on)

    assert of_open["expected"] == expected("buckets")
    assert of_all["expected"] == pytest.approx(expected("receipts_in_all"), abs=2)
    assert of_all["expected"] > of_open["expected"]


def test_positions_say_which_layer_they_are_of(door):
    url = "/v1/cash/positions?horizon=28&by=week"
    both = {name: door.client.get(f"{url}&layer={name}").json() for name in ("all", "open")}
    for name, answer in both.items():
        cash.PositionsAnswer.model_validate(answer)
        assert answer["layer"] == name
    assert door.client.get(url).json() == both["all"]
    assert {line["layer"] for line in both["all"]["positions"]} == {"all_receipts"}
    assert {line["layer"] for line in both["open"]["positions"]} == {"open_invoices"}


def test_a_plan_is_walked_over_http_and_refused_where_it_says_too_little(door):
    line = {"on": "2025-06-12", "entity_id": "main", "currency": "EUR", "amount": "5000.00"}
    opening = line | {"kind": "opening", "on": "2025-06-01", "account": "a", "source": "bank"}
    body = {"horizon": 28, "plan": [opening, line | {"kind": "need", "amount": "9000.00"}]}
    answer = door.client.post("/v1/cash/liquidity", json=body)
    assert answer.status_code == 200, answer.text
    told = liquidity.LiquidityAheadAnswer.model_validate(answer.json())
    assert {one.measure for one in told.walk} == {"position"}
    assert told.walk[0].opening >= 500_000
    assert [one.needed_on.isoformat() for one in told.needs] == ["2025-06-12"]
    for wrong, status in (
        ({"plan": [opening | {"source": ""}]}, 422),
        ({"plan": [line | {"kind": "gift"}]}, 422),
        ({"plan": [line | {"kind": "need", "entity_id": "nobody"}]}, 422),
        ({"plan": []}, 422),
    ):
        refused = door.client.post("/v1/cash/liquidity", json=wrong)
        assert refused.status_code == status, refused.text


def test_whose_cash_and_in_which_currency_is_told(door):
    url = "/v1/cash/forecast?horizon=28&group=customer"
    whole = cash.CashForecastAnswer.model_validate(door.client.get(url).json())
    assert whole.currency_of == "invoice"
    assert whole.fx == whole.in_base == []
    assert {(one.model_extra or {})["customer_name"] for one in whole.buckets} >= {"Two"}
    alone = door.client.get(f"{url}&customer=c2&arriving=true&base=EUR").json()
    told = cash.CashForecastAnswer.model_validate(alone)
    assert {(one.model_extra or {})["customer_id"] for one in told.buckets} == {"c2"}
    assert told.currency_of == "payment"
    assert [row["share"] for row in told.fx] == [1.0]
    assert {row["currency"] for row in told.in_base} == {"EUR"}
    assert [row["type"] for row in told.rates_used] == ["spot"]
    refused = door.client.get(f"{url}&customer=nobody")
    assert refused.status_code == 422
