"""Words of the models: what each predicts, its baselines, and the states of gates and versions."""

from __future__ import annotations

from payrisk.languages import marked

PREDICTS = {
    "days-to-pay": marked("When an invoice is paid"),
    "default-risk": marked("Whether a customer defaults"),
    "new-customer": marked("Whether an applicant will default"),
}

BASELINES = {
    "customer-ecdf": marked("the customer’s own past"),
    "customer-ecdf-rolled": marked("the customer’s own past, moved to working days"),
    "due-date": marked("the due date"),
    "due-plus-mean": marked("the due date and the customer’s mean delay"),
    "last-5": marked("the mean of the last five"),
    "kaplan-meier-terms": marked("all invoices of the same terms"),
    "l1-boosting": marked("boosted trees for one date"),
    "base-rate": marked("the same chance for everybody"),
    "curve-roll-up": marked("the payment curves alone"),
    "woe-scorecard": marked("a scorecard"),
    "logistic": marked("a logistic regression"),
}

GATES = {
    "passed": (marked("verified"), "good"),
    "failed": (marked("refused"), "bad"),
    "not verifiable": (marked("not verifiable"), "warn"),
}
"""What a gate or all of them came to: the word, and the colour of its badge."""

MOVES = {
    "promote": marked("promoted"),
    "rollback": marked("rolled back"),
    "sync": marked("taken from MLflow"),
    "shadow": marked("put beside the champion"),
    "unshadow": marked("taken from beside the champion"),
}

UNITS = {"crps": marked("%(value)s days"), "log_loss": marked("%(value)s nats")}
