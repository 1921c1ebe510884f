"""The public tables of applicants, each with the mapping that reads it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from payrisk.learning.new_customer.applications import (
    ApplicationTable,
    applications_of,
    raw_applications,
)
from payrisk.learning.new_customer.mapping import Mapping, read_mapping

SBA = """
[target]
column = "MIS_Status"
bad = ["CHGOFF"]
[columns]
date = "ApprovalDate"
numeric = [{more}"NoEmp", "CreateJob", "RetainedJob", "DisbursementGross", "GrAppv", "SBA_Appv"]
categorical = ["State", "Bank", "BankState", "NAICS", "NewExist", "FranchiseCode", "UrbanRural",
    "RevLineCr", "LowDoc"{words}]
forbidden = ["Name"]
"""
POLISH = """
[target]
column = "class"
bad = [1]
[columns]
numeric = [{ratios}]
"""
NUCLEA = """
[target]
column = "outcome"
bad = ["bad"]
[columns]
date = "dt_emissao"
group = "id_pagador"
numeric = ["vlr_nominal", "terms_days", "sacado_indice_liquidez_1m", "cedente_indice_liquidez_1m",
    "score_materialidade_evolucao", "indicador_liquidez_quantitativo_3m", "score_quantidade_v2",
    "score_materialidade_v2"{more}]
categorical = ["cd_cnae_prin", "uf", "tipo_especie"]
"""
BAD_CLOSINGS, PAID_CLOSINGS, LATE_DAYS = ("6", "7", "8", ""), ("0", "1", "9"), 30


def mapping_from(text: str) -> Mapping:
    """The mapping of a TOML text, read from a file as a user's is."""
    with tempfile.TemporaryDirectory() as aside:
        path = Path(aside) / "map.toml"
        path.write_text(text, encoding="utf-8")
        return read_mapping(path)


def sba(folder: Path, years: Callable[[int], bool], more: str = "", words: str = "") -> Any:
    """The loans approved in some fiscal years."""
    raw = raw_applications(folder / "sba_loans_fy_le2004.csv.gz")
    chosen = raw["ApprovalFY"].str[:4].astype(int).map(years)
    return applications_of(raw[chosen], mapping_from(SBA.format(more=more, words=words)))


def polish(folder: Path) -> ApplicationTable:
    """The ratios of companies, each row once."""
    raw = raw_applications(folder / "polish_bankruptcy_5year.csv.gz").drop_duplicates()
    ratios = ", ".join(f'"{name}"' for name in raw.columns if name != "class")
    return applications_of(raw, mapping_from(POLISH.format(ratios=ratios)))


def nuclea(folder: Path, more: str = "") -> ApplicationTable:
    """Receivables with what is known of their payers."""
    rows = raw_applications(folder / "nuclea_boletos_dev.csv.gz").drop_duplicates()
    payers = raw_applications(folder / "nuclea_companies_dev.csv.gz")
    due, paid, issued = (
        pd.to_datetime(rows[name].replace("", None))
        for name in ("dt_vencimento", "dt_pagamento", "dt_emissao")
    )
    closing = rows["tipo_baixa"].str[:1]
    is_late = closing.isin(PAID_CLOSINGS) & ((paid - due).dt.days > LATE_DAYS)
    bad = closing.isin(BAD_CLOSINGS) | is_late
    outcome = np.where(closing == "5", "", np.where(bad, "bad", "good"))
    rows = rows.assign(outcome=outcome, terms_days=(due - issued).dt.days.astype(str))
    joined = rows.merge(payers, left_on="id_pagador", right_on="id_cnpj", how="left")
    return applications_of(joined.fillna(""), mapping_from(NUCLEA.format(more=more)))
