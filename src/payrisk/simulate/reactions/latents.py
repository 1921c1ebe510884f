"""What decides every reaction of an invoice before anything is done, kept with the truth."""

from __future__ import annotations

import pandas as pd

from payrisk.simulate.world.random_streams import Streams


def reactions_truth_table(truth: pd.DataFrame, streams: Streams) -> pd.DataFrame:
    """One row per row of the truth: the normal scores and waits that every outcome follows from.

    answer_own, answer_shared: standard normals of the invoice and of its customer; an action is
    answered where their mixture falls below what the law says. resent_own, resent_shared: the
    same of resentment. answer_wait: exponential of mean 1; resent_wait: uniform in [0, 1). With
    them the outcomes with and without each action are known of the same invoice.
    """
    rng, n = streams.of("reactions"), len(truth)
    codes, customers = pd.factorize(truth["customer_id"])
    of_customer = streams.of("reactions of customers").normal(size=(2, len(customers)))
    own = rng.normal(size=(2, n))
    return pd.DataFrame(
        {
            "invoice_id": truth["invoice_id"],
            "instalment": truth["instalment"],
            "answer_own": own[0],
            "answer_shared": of_customer[0][codes],
            "resent_own": own[1],
            "resent_shared": of_customer[1][codes],
            "answer_wait": rng.exponential(size=n),
            "resent_wait": rng.random(n),
        }
    )
