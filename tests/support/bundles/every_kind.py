"""A bundle of each kind of model, with or without a file of it changed and sealed again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import lightgbm
import numpy as np
import pandas as pd

from payrisk import bundle, sealed
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.default_risk.fit import BEHAVIOUR, fit_default_risk
from payrisk.learning.new_customer.applications import applications_of
from payrisk.learning.new_customer.fit_points import fit_points
from payrisk.ledger import DefaultRule
from payrisk.scoring.days_to_pay.attributes.categories import CategoryTable
from payrisk.scoring.days_to_pay.attributes.columns import ATTRIBUTE, INVOICE, AttributeColumn
from payrisk.scoring.days_to_pay.attributes.model import AttributedHazard
from payrisk.scoring.days_to_pay.attributes.prior import AttributePrior
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard
from payrisk.scoring.new_customer.encoding import Input, InputEncoder
from payrisk.scoring.new_customer.model import ApplicantModel
from support.credit.past_applications import made, mapping

FACTS = {"git_commit": "", "ledger_sha": "ab" * 32, "seed": 0, "as_of": "2025-01-01"}
POINTS = mapping(
    columns={"date": "applied_on", "numeric": ["score"], "categorical": ["sector"]}, monotone={}
)
SECTORS = {1: {"a": (40, 9), "b": (30, 2)}}


def put(history, path, name="days-to-pay", model=None, golden=None):
    model = model or fit_shrunk_ecdf(history)
    if golden is not None:
        pass
    elif name == "days-to-pay":
        golden = model.rows(history, history.invoices())
    elif name == "new-customer":
        scores, sectors = np.linspace(-2.0, 2.0, 40), ["a1", "b2", "", "c3"] * 10
        golden = pd.DataFrame({"score": [np.nan, *scores[1:]], "sector": sectors})
    else:
        golden = model.rows(history, sorted(history.invoices()["customer_id"].unique()))
    return bundle.write(
        path,
        name=name,
        model=model,
        golden=golden,
        card={"name": name},
        card_text=f"# {name}\n",
        facts=FACTS,
    )


def risk_model(history):
    return fit_default_risk(history, [], fit_shrunk_ecdf(history), DefaultRule(), 180)


def rewritten(path, copy, file, change):
    """A copy with one file changed and a manifest that agrees with it."""
    shutil.copytree(path, copy)
    content = change((copy / file).read_bytes())
    (copy / file).write_bytes(content)
    manifest = json.loads((copy / "manifest.json").read_bytes())
    del manifest["digest"]
    manifest["files"][file] = {"sha256": sealed.sha256(content), "bytes": len(content)}
    manifest["digest"] = sealed.sha256(sealed.as_json(manifest))
    (copy / "manifest.json").write_bytes(sealed.as_json(manifest))
    return copy


def some_trees(width):
    """Trees over so many features, learned from noise."""
    generator = np.random.default_rng(2)
    values, bad = generator.normal(size=(300, width)), generator.random(300) < 0.3
    rules = {"objective": "binary", "verbose": -1, "num_threads": 1, "num_leaves": 7}
    return lightgbm.train(rules, lightgbm.Dataset(values, bad * 1.0), 5).model_to_string()


def applicants():
    """A model of one number and one category."""
    inputs = (Input("score", "number"), Input("sector", "category", cuts=(1,), counts=SECTORS))
    texts = (some_trees(2), some_trees(2))
    return ApplicantModel(
        InputEncoder(inputs, 0.1), texts, texts, (0.0, 0.0), (300, 90), (1,) * 80
    )


def hazard(history):
    """Trees that know nothing over two features and two covariates of the day."""
    texts = (some_trees(4), some_trees(4))
    names = ("customer__days_late__mean__90d", "invoice__terms__days__now")
    days = ("day__from_due__days__now", "day__weekday__share__365d")
    return DailyHazard(texts, names, days, fit_shrunk_ecdf(history), 0.5, money=texts[:1])


def attributed(history):
    """The hazard above under a prior of one text and one number."""
    columns = (
        AttributeColumn("sector", ATTRIBUTE, True),
        AttributeColumn("terms_days", INVOICE, False),
    )
    tables = (CategoryTable(({"47": 0.1}, {"4781400": 0.2, "retail": -0.3})),)
    prior = AttributePrior(columns, tables, (some_trees(3),))
    return AttributedHazard(hazard(history), prior, 4.0, {"invoices_learnt_from": 300})


def of_kind(kind, history, path):
    """The folder of a bundle of this kind."""
    if kind == "shrunk-ecdf":
        return put(history, path)
    if kind == "daily-hazard":
        return put(history, path, model=hazard(history))
    if kind == "attributed-hazard":
        return put(history, path, model=attributed(history))
    if kind == "applicant":
        return put(history, path, "new-customer", applicants())
    if kind == "scorecard":
        table = applications_of(made(), POINTS)
        return put(history, path, "new-customer", fit_points(table), table.frame.head(40))
    if kind != "default-risk":
        raise ValueError(f"no bundle of kind {kind} is made here")
    risk = replace(risk_model(history), names=BEHAVIOUR[:3], trees=some_trees(3))
    return put(history, path, "default-risk", risk)
