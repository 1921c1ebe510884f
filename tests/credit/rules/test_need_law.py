"""Who buys exactly the need on agreed terms is never held."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from payrisk.calendar import day_of, iso
from payrisk.credit import CustomerAccounts
from payrisk.ledger import Ledger
from support.credit.deciders import POLICY, REVIEW, decide, order, risk
from support.full import FULL
from support.ledgers.by_hand import credit, invoice, ledger, link

FIRST = day_of("2023-01-02")
YEAR = 364  # whole weeks; the year of a leap day and 366 days apart come to the same

purchases = st.lists(
    st.tuples(st.integers(0, YEAR - 1), st.integers(1_000, 4_000_000)),
    min_size=1,
    max_size=6,
    unique_by=lambda bought: bought[0],
)


def books(bought: list[tuple[int, int]], terms: int, vat: float) -> Ledger:
    """The same year of purchases three times, each paid on its due day; amounts are gross."""
    invoices, credits, links = [], [], []
    for year in (0, 1, 2):
        for day, cents in bought:
            name, on = f"I{year}-{day}", FIRST + YEAR * year + day
            due = iso(on + terms)
            more = {"issued_on": iso(on), "due_on": due, "recorded_on": iso(on)}
            tax = round(cents - cents / (1 + vat))
            invoices.append(invoice(name, cents, tax_amount=tax, **more))
            credits.append(credit(f"P{name}", cents, due, recorded_on=due))
            links.append(link(f"P{name}", name, cents, due))
    net_worth = {"customer_id": "c1", "name": "net_worth", "value": str(10**13)}
    return ledger(
        customers=[{"customer_id": "c1", "is_natural_person": False, "recorded_on": "2023-01-01"}],
        invoices=invoices,
        credits=credits,
        allocations=links,
        attributes=[net_worth | {"valid_on": "2023-01-01", "recorded_on": "2023-01-01"}],
    )


@settings(
    max_examples=100 if FULL else 6,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@example([(27, 1_338_085), (361, 18_047)], 30, 0.19)
@example([(d, 100_000) for d in range(0, 364, 30)], 45, 0.19)
@given(purchases, st.sampled_from([7, 14, 30, 45, 60]), st.sampled_from([0.0, 0.07, 0.19]))
def test_who_buys_as_before_and_pays_when_due_is_never_held(bought, terms, vat):
    one = books(bought, terms, vat)
    good = risk(0.001)
    for day, cents in sorted(bought):
        morning = FIRST + 2 * YEAR + day
        accounts = CustomerAccounts(one.as_of(morning), grace_days=15, measures=POLICY.measures)
        account = accounts.account_of("c1", "EUR")
        review = decide(account, good, REVIEW)
        granted = review.limit.proposed
        assert granted is not None
        in_force = replace(account, current_limit=granted)
        released = decide(in_force, good, order(cents)).release
        assert released is not None
        assert released.action == "release"
