"""Insurers: their limits renewed, cut and cancelled, what share they pay, and till when."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.calendar import iso
from payrisk.simulate.world.random_streams import draw_integers, draw_places
from payrisk.simulate.world.recording import BookSpan
from payrisk.simulate.world.stage import SharedWorld

SHARES = ("0.9", "0.85", "0.8")
YEAR_DAYS = 365


def with_insurers_cover(
    attributes: pd.DataFrame, books: BookSpan, stage: SharedWorld
) -> pd.DataFrame:
    """The attributes with what insurers say of those they cover; as given in a plain world.

    insured_rate: the share of a covered invoice that is paid. insured_until: the last day of
    cover, moved by a year at each renewal but for one in six, which is forgotten. insured_amount:
    the insurer's limit; one in four is cut to a half, one in ten is cancelled (0).
    insured_extension_days: days overdue after which later deliveries are not covered.
    """
    if not stage.world.has_insurers:
        return attributes
    limits = attributes[attributes["name"] == "insured_amount"].drop_duplicates("customer_id")
    rng, n = stage.streams.of("insurers"), len(limits)
    who, began = limits["customer_id"].to_numpy(), limits["valid_on"].to_numpy(np.int64)
    amount = limits["value"].astype("int64").to_numpy()
    share = draw_places(rng, n, np.array([0.6, 0.25, 0.15]))
    extension = draw_integers(rng, 1, 3, n) * 30
    frames = [attributes]

    def add(name: str, of: np.ndarray, values: list[str], valid_on: np.ndarray) -> None:
        known = np.maximum(valid_on, books.first_day)
        frames.append(
            pd.DataFrame(
                {
                    "customer_id": who[of],
                    "name": name,
                    "value": values,
                    "valid_on": valid_on,
                    "recorded_on": known,
                }
            )
        )

    every = np.arange(n)
    add("insured_rate", every, [SHARES[i] for i in share], began)
    add("insured_extension_days", every, [str(days) for days in extension], began)
    renews = rng.random(n) >= 1 / 6
    ends = began + YEAR_DAYS
    add("insured_until", every, [iso(int(day)) for day in ends], began)
    for _year in range((books.ends_on - int(began.min(initial=books.ends_on))) // YEAR_DAYS + 1):
        again = np.flatnonzero(renews & (ends <= books.ends_on))
        texts = [iso(int(day) + YEAR_DAYS) for day in ends[again]]
        add("insured_until", again, texts, ends[again] - 10)
        ends[again] += YEAR_DAYS
    span = np.maximum(books.ends_on - np.maximum(began, books.first_day), 1)
    moved = np.maximum(began, books.first_day) + (rng.random(n) * span).astype(np.int64)
    luck = rng.random(n)
    cut, gone = np.flatnonzero(luck < 0.25), np.flatnonzero(luck > 0.9)
    add("insured_amount", cut, [str(cents // 2) for cents in amount[cut]], moved[cut])
    add("insured_amount", gone, ["0"] * len(gone), moved[gone])
    return pd.concat(frames, ignore_index=True).drop_duplicates(
        ["customer_id", "name", "valid_on"], keep="last", ignore_index=True
    )
