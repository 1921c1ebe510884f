"""The choices behind every KPI: credit notes, VAT and unapplied cash, in or out of its terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from payrisk.errors import InputError


@dataclass(frozen=True)
class KpiChoices:
    """What the terms of a KPI hold; each is named beside every figure.

    credit_notes: "netted" takes credit notes off the sales of the month they are dated in, as far
    as they have reduced the receivable (all of them where `unapplied` is netted); "gross" leaves
    sales as billed. vat: "included" in receivable and sales, or "excluded" from both; where the
    tax of any document is unknown, both stay gross and the row says so. unapplied: cash on
    account and unlinked credits stay "apart" from the receivable or are "netted" with it.
    Raises InputError for other words, or VAT excluded with unapplied netted (cash bears no VAT).
    """

    credit_notes: Literal["netted", "gross"] = "netted"
    vat: Literal["included", "excluded"] = "included"
    unapplied: Literal["apart", "netted"] = "apart"

    def __post_init__(self) -> None:
        """Hold each choice to its words."""
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                raise InputError(
                    f"'{getattr(self, name)}' is no choice for {name}; use {' or '.join(words)}."
                )
        if self.vat == "excluded" and self.unapplied == "netted":
            raise InputError(
                "Unapplied cash bears no VAT that could be taken out; choose VAT included or"
                " unapplied cash apart."
            )

    @property
    def text(self) -> str:
        """The choices in words.

        >>> KpiChoices().text
        'sales less credit notes, VAT included in both terms, unapplied cash not netted'
        """
        sales = "sales less credit notes" if self.credit_notes == "netted" else "sales as billed"
        netted = "netted" if self.unapplied == "netted" else "not netted"
        taxed = "included in" if self.vat == "included" else "taken out of"
        return f"{sales}, VAT {taxed} both terms, unapplied cash {netted}"


_WORDS = {
    "credit_notes": ("netted", "gross"),
    "vat": ("included", "excluded"),
    "unapplied": ("apart", "netted"),
}


def read_kpi_choices(credit_notes: str, vat: str, unapplied: str) -> KpiChoices:
    """The choices of three words; raises InputError as `KpiChoices` does."""
    return KpiChoices(credit_notes, vat, unapplied)  # type: ignore[arg-type]  # held to their words
