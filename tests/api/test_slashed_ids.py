"""Customers whose ids hold a slash are opened by every route that names them."""

from __future__ import annotations

import pytest

from payrisk.ledger import Ledger

WHO = "AT/10?7"
PLACE = "AT%2F10%3F7"


@pytest.fixture
def client(opened, company):
    """A service over the small company, its c5 under an id with a slash and a question mark."""
    tables = {
        name: frame.assign(customer_id=frame["customer_id"].replace("c5", WHO))
        if "customer_id" in frame
        else frame
        for name, frame in company.tables.items()
    }
    return opened(ledger=Ledger(tables, company.rules)).client


def test_it_is_opened_and_its_debt_is_a_route_of_its_own(client):
    answer = client.get(f"/v1/credit/customers/{PLACE}")
    assert (answer.status_code, answer.json()["customer_id"]) == (200, WHO)
    owed = client.get(f"/v1/credit/customers/{PLACE}/owed")
    assert (owed.status_code, owed.json()["customer_id"]) == (200, WHO)
    assert "entities" in owed.json()
    assert client.get("/v1/credit/customers/AT%2Fnobody").status_code == 404
    for start in ("/credit/customers/", "/collecting/customers/"):
        page = client.get(start + PLACE, headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "AT/10?7" in page.text


def test_what_is_recorded_of_it_leads_back_to_it(client):
    form = {"kind": "note", "text": "rang back", "actor": "Ann Lee", "key": "k1"}
    path = f"/collecting/customers/{PLACE}"
    sent = client.post(path, data=form, follow_redirects=False)
    assert sent.status_code == 303
    assert client.get(sent.headers["location"]).status_code == 200
    (line,) = client.get("/v1/receivables/actions").json()["actions"]
    assert line["customer_id"] == WHO


def test_an_order_of_it_is_asked_for(client):
    form = {"amount": "100", "currency": "EUR", "act": "preview"}
    page = client.post(f"/credit/customers/{PLACE}/ask", data=form)
    assert page.status_code == 200
    assert "AT/10?7" in page.text
