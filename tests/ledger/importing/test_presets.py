"""Presets: those that come along read what they promise, and a wrong mapping says where."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from payrisk.calendar import day_of
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.ledger.importing.merging import latest_tables
from payrisk.ledger.importing.reading import (
    load_preset,
    preset_from_file,
    preset_from_text,
    preset_names,
    read_source,
)
from payrisk.ledger.importing.reading.shares import DoubtShares

TODAY = day_of("2024-12-31")


def read(folder, name, text, preset):
    (folder / name).write_text(text, encoding="utf-8")
    return read_source(folder / name, preset, imported_on=TODAY)


def codes(reading):
    return {p.code: p.n for p in reading.problems}


def test_those_that_come_along_are_known_by_name():
    names = preset_names()
    assert {"generic", "highradius", "ibm", "nuclea", "sap"} <= set(names)
    presets = [load_preset(name) for name in names]
    assert all(preset.about for preset in presets)
    assert all(set(preset.variants) <= set(names) for preset in presets)


def test_an_unknown_preset_lists_the_known_ones():
    with pytest.raises(InputError, match=r"generic, .*nuclea.*did you mean 'ibm'"):
        load_preset("ibn")


def test_the_raw_highradius_export(tmp_path):
    text = (
        "business_code,cust_number,name_customer,clear_date,buisness_year,doc_id,posting_date,"
        "document_create_date,document_create_date.1,due_in_date,invoice_currency,document type,"
        "posting_id,area_business,total_open_amount,baseline_create_date,cust_payment_terms,"
        "invoice_id,isOpen\n"
        "U001,0200769623,WAL-MAR corp,2020-02-11 00:00:00,2020.0,1930438491.0,2020-01-26,20200125,"
        "20200126,20200210.0,USD,RV,1.0,,54273.28,20200126.0,NAH4,1930438491.0,0\n"
        "CA02,0140105686,SYSC llc,,2020.0,2960623488.0,2020-03-30,20200330,20200330,20200410.0,"
        "CAD,X2,1.0,,3299.7,20200331.0,CA10,,1\n"
    )
    reading = read(tmp_path, "dataset.csv", text, load_preset("highradius"))
    invoices = reading.tables["invoices"].set_index("invoice_id")
    assert list(invoices.index) == ["1930438491", "2960623488"]
    assert invoices["issued_on"].tolist() == [day_of("2020-01-26"), day_of("2020-03-30")]
    assert invoices["due_on"].tolist() == [day_of("2020-02-10"), day_of("2020-04-10")]
    assert invoices["amount"].tolist() == [5427328, 329970]
    assert invoices["currency"].tolist() == ["USD", "CAD"]
    assert invoices["terms"].tolist() == ["NAH4", "CA10"]
    assert reading.tables["credits"]["happened_on"].tolist() == [day_of("2020-02-11")]
    assert reading.tables["customers"]["name"].tolist() == ["WAL-MAR corp", "SYSC llc"]
    assert reading.tables["entities"]["base_currency"].tolist() == ["USD", "CAD"]


def test_the_highradius_extract_in_converted_dollars(tmp_path):
    text = (
        "orig_row,business_code,cust_number,name_customer,clear_date,doc_id,posting_date,"
        "due_in_date,cust_payment_terms,converted_usd\n"
        "3,CA02,0140105686,SYSC llc,,2960623488,2020-03-30,2020-04-10,CA10,2309.7899999999995\n"
        "7,U001,0200744019,TARG us,,1930659387,2020-03-19,2020-04-03,NAA8,11173.02\n"
        "8,CA02,0140105686,SYSC,,2960623489,2020-03-30,2020-04-10,CA10,2309.78\n"
    )
    reading = read(tmp_path, "open.csv", text, load_preset("highradius"))
    assert reading.tables["invoices"]["amount"].tolist() == [329970, 1117302]
    assert reading.tables["invoices"]["currency"].tolist() == ["CAD", "USD"]
    assert codes(reading)["converted_back"] == 1
    assert [(p.row, p.code) for p in reading.problems if p.action == "quarantined"] == [
        (3, "bad_amount")
    ]


def test_ibm_s_teaching_set(tmp_path):
    text = (
        "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,"
        "Disputed,SettledDate,PaperlessBill,DaysToSettle,DaysLate\n"
        "391,0379-NEVHP,4/6/2013,611365,1/2/2013,2/1/2013,55.94,No,1/15/2013,Paper,13,0\n"
        "406,8976-AMJEO,3/3/2012,7900770,1/26/2013,2/25/2013,61.74,Yes,3/3/2013,Electronic,36,6\n"
    )
    reading = read(tmp_path, "ibm.csv", text, load_preset("ibm"))
    assert reading.tables["invoices"]["currency"].tolist() == ["USD", "USD"]
    assert reading.tables["credits"]["happened_on"].tolist() == [
        day_of("2013-01-15"),
        day_of("2013-03-03"),
    ]
    assert "events" not in reading.tables
    assert codes(reading)["undated_fact"] == 1


KINDS = [
    ("0", "102.5", "0 - Baixa integral interbancaria"),
    ("1", "90.0", "1 - Baixa integral intrabancaria"),
    ("5", " ", "5 - Baixa integral por solicitacao do cedente"),
    ("6", " ", "6 - Baixa integral por envio para protesto"),
    ("7", " ", "7 - Baixa integral por decurso de prazo"),
    ("8", " ", "8 - Baixa integral por solicitacao da instituicao destinataria"),
    ("9", "100.5", "9 - Baixa integral interbancaria - Liquidacao via STR"),
    ("open", "", ""),
]
BOLETOS = (
    "id_boleto,id_pagador,id_beneficiario,dt_emissao,dt_vencimento,dt_pagamento,vlr_nominal,"
    "vlr_baixa,tipo_baixa,tipo_especie\n"
) + "".join(
    f"b{code},p1,s1,2024-04-01,2024-05-01,{paid and '2024-05-10'},100.5,{paid},{kind},DM\n"
    for code, paid, kind in KINDS
)
COMPANIES = "id_cnpj,cd_cnae_prin,uf,media_atraso_dias\np1,4781400.0,SP,3.5\ns1,1.0,,\n"


def test_boletos_only_payments_are_cash(tmp_path):
    (tmp_path / "nuclea_companies_dev.csv").write_text(COMPANIES)
    reading = read(tmp_path, "nuclea_boletos_dev.csv", BOLETOS, load_preset("nuclea"))
    ledger, _ = Ledger.from_tables(reading.tables)
    invoices = ledger.balance_at(day_of("2024-05-31")).invoices().set_index("invoice_id")
    closed = invoices["closed_by"].fillna("open").to_dict()
    assert closed == {
        "b0": "cash",
        "b1": "open",
        "b5": "without_cash",
        "b6": "open",
        "b7": "without_cash",
        "b8": "without_cash",
        "b9": "cash",
        "bopen": "open",
    }
    assert invoices.loc["b1", "residual"] == 1050
    assert invoices.loc["b6", "residual"] == 10050
    credits = reading.tables["credits"].set_index("credit_id")
    assert credits.loc["payment:b0", "amount"] == 10250
    assert credits["reason"].drop_duplicates().tolist() == [
        "paid at another bank",
        "paid at the same bank",
        "withdrawn",
        "lapsed",
        "removed by bank",
        "paid by STR",
    ]
    assert reading.tables["events"][["kind", "subject", "reason"]].to_numpy().tolist() == [
        ["handed_over", "b6", "protest"]
    ]


def test_companies_stand_beside_and_their_scores_are_known_from_the_import_on(tmp_path):
    (tmp_path / "nuclea_companies_dev.csv.gz").write_bytes(gzip.compress(COMPANIES.encode()))
    reading = read(tmp_path, "nuclea_boletos_dev.csv", BOLETOS, load_preset("nuclea"))
    folder = read_source(tmp_path, load_preset("nuclea"), imported_on=TODAY)
    assert folder.files == reading.files
    customer = reading.tables["customers"].set_index("customer_id").loc["p1"]
    assert (customer["sector"], customer["country"]) == ("4781400", "BR")
    assert not customer["is_natural_person"]
    attributes = reading.tables["attributes"]
    assert attributes["name"].tolist() == ["state", "media_atraso_dias"]
    assert set(attributes["recorded_on"]) == {TODAY}


SAP = """
about = "SAP BSID/BSAD line items"
dates = ["yyyymmdd", "d/m/y"]
decimal = ","
thousands = "."
delimiter = ";"
empty = ["00000000"]

[invoices]
files = ["*"]

[invoices.columns]
invoice_id = { join = ["BELNR", "GJAHR", "BUZEI"], separator = "-" }
customer_id = "KUNNR"
entity_id = "BUKRS"
issued_on = ["BLDAT", "BUDAT"]
amount = { column = "WRBTR", negative_when = { SHKZG = ["H"] } }
currency = "WAERS"
paid_on = "AUGDT"
terms = "ZTERM"

[invoices.columns.document]
column = "BLART"
values = { RV = "invoice", DR = "invoice", DG = "credit_note", DZ = "payment" }
otherwise = "skip"
"""


def test_a_mapping_of_one_s_own(tmp_path):
    (tmp_path / "sap.toml").write_text(SAP)
    text = (
        "BUKRS;KUNNR;BELNR;GJAHR;BUZEI;BLART;BLDAT;WAERS;WRBTR;SHKZG;AUGDT;ZTERM\n"
        "1000;77;90001;2024;1;RV;20240115;EUR;1.234,50;S;20240301;net 30\n"
        "1000;77;90002;2024;1;DZ;20240220;EUR;500,00;H;00000000;\n"
        "1000;77;90003;2024;1;RV;20240115;EUR;20,00;H;00000000;\n"
        "1000;77;90004;2024;1;AB;20240115;EUR;9,00;S;00000000;\n"
    )
    reading = read(tmp_path, "bsid.csv", text, preset_from_file(tmp_path / "sap.toml"))
    assert reading.tables["invoices"]["invoice_id"].tolist() == ["90001-2024-1"]
    credits = reading.tables["credits"].set_index("credit_id")["kind"].to_dict()
    assert credits == {
        "payment:90001-2024-1": "payment",
        "90002-2024-1": "payment",
        "90003-2024-1": "credit_note",
    }
    (count,) = reading.files
    assert (count.accepted, count.left_out) == (3, 1)
    ledger, _ = Ledger.from_tables(reading.tables)
    table = reading.totals.compare_with_ledger(reading.tables, latest_tables(ledger))
    assert table["in_amount"].tolist() == [123450 + 50000 + 2000, 123450]
    assert table["difference_amount"].tolist() == [0, 0]


WRONG = {
    "not TOML": ("a = ", "is not valid TOML"),
    "no table": ("about = 'x'", "names no table"),
    "unknown table": ("[invoice.columns]\nid = 'a'", "'invoice' that does not exist.*'invoices'"),
    "unknown setting": ("dats = ['iso']\n[invoices]", "'dats'.*did you mean 'dates'"),
    "unknown field": ("[invoices.columns]\ndue = 'a'", "'due'.*did you mean 'due_on'"),
    "unknown entry": ("[invoices]\ncolumn = 'a'", "'column'.*did you mean 'columns'"),
    "unknown format": ("dates = ['isoo']\n[invoices]", "'isoo'.*did you mean 'iso'"),
    "unknown way": ("[invoices.columns]\namount = {colum='a'}", "'colum'.*'column'"),
    "two ways": ("[invoices.columns]\namount = {column='a', constant='1'}", "exactly one way"),
    "number": ("[invoices.columns]\namount = 3", "fills invoices.amount with 3"),
    "kind": ("decimal = 1\n[invoices]", "says decimal = 1; it must be a text"),
    "list": ("dates = [1]\n[invoices]", "must be a list of texts"),
    "rate": ("[invoices.columns]\namount={column='a',divide_by={b={c=0}}}", "rate above 0"),
    "signs": ("decimal = ';'\n[invoices]", "decimal = ';'"),
    "currency": ("currency = 'euro'\n[invoices]", "'euro' is no currency"),
    "dropped": ("[[invoices.dropped]]\ncolumn = 'a'", "without column, when and because"),
    "unknown share": ("[doubts]\nrow = 0.1\n[invoices]", "'row'.*did you mean 'rows'"),
    "no share": ("[doubts]\nrows = 2\n[invoices]", r"rows = 2 in \[doubts\]; .* from 0 to 1"),
    "nan": ("[refuse]\nmoney = nan\n[invoices]", r"money = nan in \[refuse\]"),
    "flag": ("[refuse]\nbooks = true\n[invoices]", r"books = True in \[refuse\]"),
    "more doubt than is refused": ("[doubts]\nrows = 0.02\n[invoices]", "lower the first"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_mapping_says_what_and_where(case):
    text, sentence = WRONG[case]
    with pytest.raises(InputError, match=f"(?s){sentence}") as caught:
        preset_from_text(text, "mine.toml")
    assert "mine.toml" in str(caught.value) or case == "currency"


def test_a_mapping_says_how_much_may_be_in_doubt():
    plain = preset_from_text("[invoices]", "mine.toml")
    assert (plain.doubts, plain.refuse) == (DoubtShares(0, 0), DoubtShares(0.01, 0.005, 0.10))
    text = "[doubts]\nrows = 0.01\nmoney = 0.005\n[refuse]\nbooks = 1\n[invoices]"
    own = preset_from_text(text, "mine.toml")
    assert (own.doubts, own.refuse) == (DoubtShares(0.01, 0.005), DoubtShares(0.01, 0.005, 1))
    assert set(own.sections) == {"invoices"}


def test_a_mapping_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="no mapping file"):
        preset_from_file(tmp_path / "none.toml")


real_data = pytest.mark.skipif(
    "PAYRISK_REAL_DATA" not in os.environ, reason="PAYRISK_REAL_DATA names no folder of real data"
)

REAL = {
    "highradius_asof_2019-09-30.parquet": ("highradius", 26947, {"CAD": 11166567725}),
    "highradius_open_9681.csv.gz": ("highradius", 9681, {"CAD": 4221819072}),
    "ibm_accounts_receivable.csv.gz": ("ibm", 2466, {"USD": 14770318}),
    "nuclea_boletos_dev.csv.gz": ("nuclea", 4430, {"BRL": 11281668934}),
}


@real_data
@pytest.mark.parametrize("name", REAL)
def test_every_real_row_comes_in_and_ties_to_the_cent(name):
    preset, n, some = REAL[name]
    source = Path(os.environ["PAYRISK_REAL_DATA"]) / name
    reading = read_source(source, load_preset(preset), imported_on=TODAY)
    assert len(reading.tables["invoices"]) == n
    assert reading.rows_quarantined == 0
    ledger, _ = Ledger.from_tables(reading.tables)
    table = reading.totals.compare_with_ledger(reading.tables, latest_tables(ledger))
    assert (table["difference_amount"] == 0).all()
    invoices = table[table["table"] == "invoices"].set_index("currency")["in_amount"].to_dict()
    assert invoices.items() >= some.items()
