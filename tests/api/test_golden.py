"""One golden answer an endpoint, on the small company, in the documented shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from payrisk_api.responses.cash import CashForecastAnswer
from payrisk_api.responses.credit import (
    DecisionAnswer,
    DecisionsAnswer,
    ExplainedAnswer,
    PreviewAnswer,
)
from payrisk_api.responses.curves import CurveAnswer
from payrisk_api.responses.customers import (
    BandsAnswer,
    CustomerAnswer,
    PolicyAnswer,
    QueueAnswer,
    ReviewsAnswer,
)
from payrisk_api.responses.health import HealthAnswer
from payrisk_api.responses.models import ModelAnswer
from payrisk_api.responses.problem import ProblemDocument
from payrisk_api.responses.receivables import AgingAnswer
from support.home.golden_files import same_as_golden

GOLDEN = Path(__file__).parent / "golden"

APPLICATION = {
    "name": "Muster GmbH",
    "currency": "EUR",
    "country": "DE",
    "is_natural_person": False,
    "requested_limit": 4_000_000,
    "requested_terms_days": 45,
    "monthly_sales": 2_000_000,
    "founded_on": "1990-01-01",
    "turnover": 400_000_000,
    "net_worth": 60_000_000,
    "financials_on": "2024-12-31",
}
QUOTE = {
    "invoice_id": "Q",
    "customer_id": "c1",
    "issued_on": "2025-06-02",
    "due_on": "2025-06-16",
    "amount": 5_000,
    "currency": "EUR",
}

ASKED: dict[str, tuple[str, str, Any, Any]] = {
    "decision_onboarding": (
        "POST", "/v1/credit/decisions", {"application": APPLICATION}, DecisionAnswer,
    ),
    "decision_order_release": (
        "POST",
        "/v1/credit/decisions",
        {"customer_id": "c1", "order": {"amount": 900_000, "currency": "EUR"}},
        DecisionAnswer,
    ),
    "decision_limit_review": (
        "POST", "/v1/credit/decisions", {"customer_id": "c4"}, DecisionAnswer,
    ),
    "credit_decisions": ("GET", "/v1/credit/decisions?limit=1", None, DecisionsAnswer),
    "credit_explanation": (
        "GET", "/v1/credit/decisions/dec_1/explanation", None, ExplainedAnswer,
    ),
    "credit_customer": ("GET", "/v1/credit/customers/c1", None, CustomerAnswer),
    "credit_preview": (
        "POST",
        "/v1/credit/applications/preview",
        {"application": APPLICATION, "what_ifs": [{"bureau_score": 300.0}]},
        PreviewAnswer,
    ),
    "credit_policies": ("GET", "/v1/credit/policies", None, PolicyAnswer),
    "credit_reviews": ("GET", "/v1/credit/reviews", None, ReviewsAnswer),
    "credit_bands": ("GET", "/v1/credit/bands", None, BandsAnswer),
    "credit_queue": ("GET", "/v1/credit/queue?due=false", None, QueueAnswer),
    "payment_curves_ids": (
        "POST", "/v1/payment-curves", {"invoice_ids": ["G", "A", "none"]}, list[CurveAnswer],
    ),
    "payment_curves_quotes": (
        "POST", "/v1/payment-curves", {"invoices": [QUOTE]}, list[CurveAnswer],
    ),
    "cash_forecast": (
        "GET", "/v1/cash/forecast?horizon=28&group=entity", None, CashForecastAnswer,
    ),
    "receivables_aging": ("GET", "/v1/receivables/aging", None, AgingAnswer),
    "receivables_aging_close": (
        "GET", "/v1/receivables/aging?close_of=2025-02-28&by=currency", None, AgingAnswer,
    ),
    "models": ("GET", "/v1/models", None, list[ModelAnswer]),
    "readyz": ("GET", "/readyz", None, HealthAnswer),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_the_answer_is_the_golden_one_in_the_documented_shape(door, name):
    method, path, body, shape = ASKED[name]
    if method == "GET" and path.startswith("/v1/credit"):
        for asked in ({"customer_id": "c4"}, {"customer_id": "c2"}):
            assert door.decide(asked).status_code == 200
    headers = {"Idempotency-Key": name}
    answer = door.client.request(method, path, json=body, headers=headers)
    assert answer.status_code == 200
    TypeAdapter(shape).validate_json(answer.content)
    same_as_golden(GOLDEN / f"{name}.json", answer.json())


def test_a_problem_is_the_golden_one(door):
    answer = door.client.post("/v1/payment-curves", json={"invoices": [QUOTE | {"amount": -1}]})
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    ProblemDocument.model_validate(document)
    assert document.pop("request_id") == answer.headers["x-request-id"]
    same_as_golden(GOLDEN / "problem.json", document)
