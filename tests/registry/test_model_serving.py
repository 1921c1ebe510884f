"""`mlflow models serve -m models:/NAME@champion` says the same numbers as `payrisk serve`.

The service takes business inputs (ids) and MLflow takes flat rows: the rows are those of the same
champion over the same ledger on the same morning.
"""

from __future__ import annotations

import json
import shutil
import urllib.request

import numpy as np
import pytest

from payrisk import bundle
from payrisk.calendar import iso
from payrisk.ledger.stored import storage
from support.home.api_process import Served
from support.home.mlflow_processes import mlflow
from support.home.mlflow_store import fresh_home, registry_of
from support.home.small_home import small_home

TOLERANCE = 1e-12
NAMES = ("days-to-pay", "default-risk")
KEY = ["invoice_id", "instalment"]


@pytest.fixture(scope="module")
def promoted(candidates, tmp_path_factory):
    """A home with the ledger, whose registered candidates were made champions here and there."""
    settings = fresh_home(tmp_path_factory.mktemp("serving") / "home")
    small = small_home(tmp_path_factory.mktemp("small")).home
    shutil.copytree(small / "ledgers", settings.home / "ledgers")
    shutil.copy(small / "ledger", settings.home / "ledger")
    registry = registry_of(settings.home)
    models = {}
    for name in NAMES:
        version = candidates[name].register(registry).version
        registry.set_alias(name, "champion", version)
        folder = registry.bundle_of(name, "champion")
        bundle.set_champion(settings.home, name, version)
        models[name] = bundle.load(folder, trial_seconds=0).model
    return settings, models


@pytest.fixture(scope="module")
def history(promoted):
    ledger = storage.load(promoted[0].home)
    return ledger.as_of(ledger.default_as_of)


@pytest.fixture(scope="module")
def service(promoted, history):
    served = Served(promoted[0].home, "--as-of", iso(history.as_of))
    yield served
    assert served.stop() == 0


def said_by_mlflow(settings, name, rows, log):
    """The column that MLflow's scoring server answers."""
    # as Python writes numbers, so that every bit arrives
    data = rows.astype(object).where(rows.notna(), None)
    body = {"dataframe_split": {"columns": list(rows), "data": data.to_numpy().tolist()}}
    words = ["models", "serve", "-m", f"models:/{name}@champion", "--env-manager", "local"]
    told = {"MLFLOW_TRACKING_URI": settings.mlflow_uri}
    with mlflow(*words, path="/ping", log=log, env=told) as address:
        request = urllib.request.Request(
            f"{address}/invocations",
            json.dumps(body, allow_nan=False).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            found = json.loads(answer.read())["predictions"]
    assert len(found) == len(rows)
    (column,) = found[0]
    assert all(set(one) == {column} for one in found)
    return column, [one[column] for one in found]


def asked(service, method, path, body=None):
    status, _, content = service.ask(method, path, body)
    assert status == 200, content
    return json.loads(content)


def test_payment_curves_are_those_of_the_service(promoted, history, service, tmp_path):
    settings, models = promoted
    invoices = history.open_invoices()
    ids = list(invoices["invoice_id"].drop_duplicates())[:40]
    invoices = invoices[invoices["invoice_id"].isin(ids)]
    answers = asked(service, "POST", "/v1/payment-curves", {"invoice_ids": ids})
    ours = {(one["invoice_id"], one["instalment"]): one["probability_paid_by"] for one in answers}
    rows = models["days-to-pay"].rows(history, invoices)
    column, theirs = said_by_mlflow(settings, "days-to-pay", rows, tmp_path / "log")
    assert column == "probability_paid_by"
    # an instalment that is paid already has no curve
    assert sum(curve is not None for curve in ours.values()) == len(theirs) >= 40
    for key, curve in zip(zip(*(invoices[name] for name in KEY), strict=True), theirs):
        expected = ours[key]
        assert len(curve) == len(expected) > 1
        assert np.abs(np.asarray(curve) - np.asarray(expected)).max() <= TOLERANCE
    # curves that differ from each other: a constant would agree, too
    assert len({curve[14] for curve in theirs}) > 20


def test_default_risks_are_those_of_the_service(promoted, history, service, tmp_path):
    settings, models = promoted
    risk = models["default-risk"].bind(models["days-to-pay"])
    ids = sorted(set(history.invoices()["customer_id"]))[:20]
    answers = [asked(service, "GET", f"/v1/credit/customers/{one}")["risk"] for one in ids]
    # a status is no chance: who is in default already is 1 to the service alone
    assert not any(one["is_in_default"] for one in answers)
    (horizon,) = {one["horizon_days"] for one in answers}
    rows = risk.rows(history, ids, horizon)
    column, theirs = said_by_mlflow(settings, "default-risk", rows, tmp_path / "log")
    assert column == "probability"
    ours = np.array([one["probability"] for one in answers])
    assert np.abs(np.array(theirs) - ours).max() <= TOLERANCE
    assert len(set(theirs)) > 10
