"""What catalogues hold beyond the templates: sentences kept elsewhere, and words alike."""

from __future__ import annotations

from payrisk.answers.cash.changed_receipts import KEPT_BAND
from payrisk.answers.cash.coming_positions import NEVER_HELD
from payrisk.answers.desk.score_history import DEFAULT_WORDS, EVERYBODY, NO_MODEL, NOT_YET
from payrisk.cash.forecasting.credits import RULE
from payrisk.collecting.worklist import sentences
from payrisk.credit.deciding.reviewing import ALERTS, INSURANCE, LIMIT
from payrisk.credit.deciding.telling import RAISES
from payrisk.credit.explaining import spoken
from payrisk.credit.explaining.clearance import CLEARANCES
from payrisk.credit.explaining.person_sheet import sheet_sentences
from payrisk.credit.reasons.model_reasons import MODEL_REASONS
from payrisk.credit.reasons.policy_reasons import CLEARS, REASONS
from payrisk.credit.weighing import bust_out, contagion, flags, releasing, verification
from payrisk.features.catalogue.application import APPLICATION
from payrisk.languages.recognising import SentenceBook
from payrisk.ledger.importing.suggesting.conventions import ORDER
from payrisk.ledger.importing.suggesting.looking import CURRENCY, KIND
from payrisk.ledger.importing.suggesting.suggest import EVENING
from payrisk.receivables.measures.benchmark import SOURCE
from payrisk.scoring.default_risk import reasons as of_customers
from payrisk.scoring.feature_text import plain_meaning
from payrisk.scoring.new_customer import reasons as of_applicants

KEPT_ELSEWHERE: tuple[str, ...] = (
    *spoken.OUTCOMES.values(),
    *spoken.RELEASES.values(),
    *spoken.KINDS.values(),
    *spoken.PROTECTIONS.values(),
    *spoken.LIMITS.values(),
    *spoken.EXPOSURE.values(),
    *sheet_sentences(),
    *(EVERYBODY, NO_MODEL, NOT_YET, *DEFAULT_WORDS.values()),
    *(reason.sentence for reason in MODEL_REASONS if reason.sentence),
    *CLEARANCES.values(),
)
"""Sentences that the library says and pages show, word for word as they stand there."""

SCENARIOS = (
    "every payment takes {percent} % longer",
    f"the {{n}} largest invoices of each currency pay {{days}} days later{KEPT_BAND}",
    "booking date: the day cash is booked",
)
"""As `payrisk.cash.views.scenarios` says the changes that a page begins with."""

GATE_SENTENCES = (
    "Every gate that could be measured was passed.",
    "{measure} at most {factor} times {baseline}",
    "{measure} at most {bound} plus {baseline}",
    "days before as_of without a recorded fact ({what}), at most {bound}",
    "answers that move with what is recorded later: none (leak)",
    "fits that their last {days} days leave unchanged: none (stale data)",
    "days between what ships and what was judged, at most {factor} times its crps",
    "gap between the chances of what ships and of what was judged, at most their mean",
    "megabytes on disk, at most {bound}",
    "milliseconds of processor time for one answer, at most {bound}",
    "{measure} at most {bound}",
)
"""As `payrisk.learning.judging` writes them on a card; the service never loads what judges."""

BOOK = SentenceBook(
    (
        *REASONS.values(),
        *CLEARS.values(),
        *sentences.EVERY,
        *flags.TEXTS.values(),
        bust_out.TEXT,
        *contagion.TEXTS,
        f"{RAISES}{{reason}}",
        *of_customers.SENTENCES,
        *of_applicants.SENTENCES,
        *(f"{plain_meaning(feature)} ({{value}})." for feature in APPLICATION),
        *verification.FAILING_TEXTS,
        *(NEVER_HELD, RULE, SOURCE, *SCENARIOS, *ALERTS.values(), *GATE_SENTENCES),
        *(question.text for question in (CURRENCY, KIND, ORDER, EVENING)),
    ),
    inside=(
        *bust_out.ENDS,
        contagion.PARENT,
        *releasing.WHOSE.values(),
        *("guarantee", "letter of credit", INSURANCE, LIMIT),
        *("about {amount}", "not said", "not known", "{n} months", "{n} years"),
        *("{n} points", "{n} employees", "{n} references"),
    ),
)
"""Sentences of the library that are filled in before they are shown: shown in English, and marked
as such, in a language that has no translation of one yet."""

MAY_BE_SAME = frozenset(
    """
Bytes
Cause
Default
E-mail
IBAN
in default
Later
Limit
limit
Limit in %(currency)s
Model
Name
no
order
Person
Points
Protection
Ratio
Sector
timing
Website
""".strip().splitlines()
)
"""Strings that some language writes as the source does."""
