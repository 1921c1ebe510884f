"""Which of point and comma is a column's decimal sign, told by all its cells or asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags, Ints
from payrisk.errors import InputError
from payrisk.ledger.importing.reading.cells.text import Doubt, Text, matches

_OTHER = {".": ",", ",": "."}
CLEAR, ENOUGH = 0.9, 10
"""Cells that contradict each other: this share of at least so many decides for the rest."""


@dataclass(frozen=True)
class NumberGrammar:
    """What a mapping says of numbers: decimal sign and sign of thousands, '' = not said.

    A sign of thousands that is a point or a comma says which the decimal sign is.
    """

    decimal: str = ""
    thousands: str = ""

    def __post_init__(self) -> None:
        """Refuse signs that no number can be read by; raises InputError."""
        thousands_ok = len(self.thousands) <= 1 and self.thousands not in (*"+-", self.sign)
        if self.decimal not in ("", ".", ",") or (self.thousands and not thousands_ok):
            raise InputError(
                f"decimal = '{self.decimal}' and thousands = '{self.thousands}' cannot both be"
                " meant; the first is '.' or ',', the second another sign."
            )

    @property
    def sign(self) -> str:
        """The decimal sign as far as it is said."""
        return self.decimal or _OTHER.get(self.thousands, "")


@dataclass(frozen=True)
class PlainColumn:
    """(n,) numbers as programs write them, null where they cannot be read so; and the doubts."""

    text: Text
    doubts: list[Doubt] = field(default_factory=list)


def _valid(digits: Text, decimal: str, thousands: str) -> Flags:
    """(n,) whether the cell is well formed under a decimal sign.

    Groups by spaces or apostrophes have one reading whatever the decimal sign; those by the
    other sign only where the mapping does not name another sign of thousands.
    """
    group = r"[1-9]\d{0,2}(?:%s\d{3})+"
    whole = [r"\d+", group % " ", group % "'"]
    other = _OTHER[decimal]
    if thousands in ("", other):
        whole.append(group % rf"\{other}")
        if other == ",":
            whole.append(r"[1-9]\d?(?:,\d{2})+,\d{3}")  # lakh and crore
    return matches(digits, rf"^(?:{'|'.join(whole)})?(?:\{decimal}\d*)?$") & matches(digits, r"\d")


def plain_column(digits: Text, decimals: Ints, stated: NumberGrammar) -> PlainColumn:
    """The digits of a column as plain numbers, under one grammar for all of them.

    decimals: (n,) of each row's currency. A cell such as 1.000 has two readings. It is read only
    when the mapping, or cells of the column that have one, say which is meant; and three decimals
    in a currency of two are taken for decimals only where the mapping or a 0.500 says so.
    """
    is_point = _valid(digits, ".", stated.thousands)
    is_comma = _valid(digits, ",", stated.thousands)
    if stated.sign:
        return _as_stated(digits, is_point, is_comma, stated.sign)
    has_point, has_comma = matches(digits, r"\."), matches(digits, ",")
    both = is_point & is_comma & (has_point | has_comma)
    proof = {".": is_point & ~is_comma, ",": is_comma & ~is_point}
    n = {sign: int(cells.sum()) for sign, cells in proof.items()}
    if n["."] and n[","]:
        return _of_two_grammars(digits, is_point | is_comma, both, proof)
    if n["."] or n[","]:
        sign = "." if n["."] else ","
        return _of_one_grammar(digits, {".": is_point, ",": is_comma}[sign], both, sign, decimals)
    return _without_proof(digits, is_point, both & has_point, both & has_comma, decimals)


def _plain(digits: Text, which: Flags, sign: str) -> Text:
    """The cells in plain form where `which`; null elsewhere."""
    text = pc.if_else(pa.array(which), digits, pa.scalar(None, pa.string()))
    text = pc.replace_substring_regex(text, rf"[ '\{_OTHER[sign]}]", "")
    return pc.replace_substring(text, ",", ".") if sign == "," else text


def _grouped(digits: Text, which: Flags, text: Text) -> Text:
    """The text with the cells in `which` read as thousands, whatever their sign."""
    return pc.if_else(pa.array(which), pc.replace_substring_regex(digits, r"[.,' ]", ""), text)


def _setting(sign: str) -> str:
    return f'thousands = "{_OTHER[sign]}"'


def _as_stated(digits: Text, is_point: Flags, is_comma: Flags, sign: str) -> PlainColumn:
    valid, other = (is_point, is_comma) if sign == "." else (is_comma, is_point)
    unread = other & ~valid
    why = (
        f'has cells that decimal = "{sign}" cannot read; if they are right, the mapping must say'
        f' decimal = "{_OTHER[sign]}" and {_setting(_OTHER[sign])}'
    )
    doubts = [Doubt("number_grammar", why, unread)] if unread.any() else []
    return PlainColumn(_plain(digits, valid, sign), doubts)


def _of_one_grammar(
    digits: Text, valid: Flags, both: Flags, sign: str, decimals: Ints
) -> PlainColumn:
    """A column in which some cells say which sign is the decimal one, and none contradicts."""
    by_decimal = both & matches(digits, rf"\{sign}")
    by_group = both & ~by_decimal
    has_fine = bool((valid & ~both & matches(digits, rf"\{sign}\d{{3}}$")).any())
    has_groups = bool((valid & ~both & matches(digits, rf"\{_OTHER[sign]}")).any())
    # Three decimals where the currency has none or two, or a group where it has three decimals:
    # the sign may be the other one here, whatever the rest of the column says.
    open_decimal = by_decimal & (decimals != 3) & (not has_fine)
    open_group = by_group & (decimals == 3) & (not has_groups)
    aside = open_decimal | open_group
    why = (
        f"has cells with three digits after their only sign, as in thousands, beside others whose"
        f" decimal sign is '{sign}'; say decimal = \"{sign}\" in the mapping if it is"
    )
    doubts = [Doubt("number_grammar", why, aside)] if aside.any() else []
    return PlainColumn(_plain(digits, valid & ~aside, sign), doubts)


def _of_two_grammars(
    digits: Text, valid: Flags, both: Flags, proof: dict[str, Flags]
) -> PlainColumn:
    """A column whose cells contradict each other: read by the many, if they are many."""
    n = {sign: int(cells.sum()) for sign, cells in proof.items()}
    sign = max(n, key=lambda s: n[s])
    is_clear = n[sign] >= max(CLEAR * sum(n.values()), ENOUGH)
    lost = proof[_OTHER[sign]] | both
    if not is_clear:
        lost = lost | proof[sign]
    why = (
        f"mixes two ways of writing numbers ({n['.']} cells with a decimal point, {n[',']} with a"
        f" decimal comma); correct the file, or say {_setting('.')} or {_setting(',')} in the"
        " mapping"
    )
    return PlainColumn(_plain(digits, valid & ~lost, sign), [Doubt("number_grammar", why, lost)])


def _without_proof(
    digits: Text, valid: Flags, by_point: Flags, by_comma: Flags, decimals: Ints
) -> PlainColumn:
    """A column in which every sign stands before three digits, or none stands at all."""
    # Yen have no decimals: what stands before three digits groups them.
    whole = (by_point | by_comma) & (decimals == 0)
    # Three decimals after a point are how a dinar is written.
    fine = by_point & (decimals == 3) & (not by_comma.any())
    aside = (by_point | by_comma) & ~whole & ~fine
    why = (
        "can be read in two ways (1.000 is a thousand or one); say"
        f" {_setting(',')} or {_setting('.')} in the mapping"
    )
    text = _grouped(digits, whole, _plain(digits, valid & ~aside, "."))
    return PlainColumn(text, [Doubt("number_grammar", why, aside)] if aside.any() else [])
