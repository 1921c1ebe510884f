"""Annex IV of the EU AI Act, point by point in our words: what a technical file must hold."""

from __future__ import annotations

NOT_REVIEWED = (
    "Made from what the run, the card and the monitor hold, after Annex IV of Regulation (EU)"
    " 2024/1689. Not reviewed by a lawyer."
)

ANNEX = {
    "1": "General description",
    "1(a)": "Intended purpose, provider, version",
    "1(b)": "What it works together with",
    "1(c)": "Versions of the software it needs",
    "1(d)": "The forms in which it is given away",
    "1(e)": "The hardware it runs on",
    "1(g)": "What the person who uses it sees",
    "1(h)": "Instructions for use",
    "2": "Elements and development",
    "2(a)": "Methods and steps, and what came from others",
    "2(b)": "Logic, choices, assumptions, what is optimised",
    "2(c)": "Architecture and computing resources",
    "2(d)": "Data: where from, how chosen, labelled and cleaned",
    "2(e)": "Human oversight",
    "2(f)": "Changes foreseen from the start",
    "2(g)": "Validation and tests: data, measures, results",
    "2(h)": "Cybersecurity",
    "3": "Monitoring, functioning and control: accuracy, also of groups, limits, inputs",
    "4": "Why these measures of performance are right",
    "5": "The risk management system (Article 9)",
    "6": "Changes over its life",
    "7": "Harmonised standards applied, or what was done instead",
    "8": "The EU declaration of conformity (Article 47)",
    "9": "Monitoring after it is in use (Article 72)",
}
"""Point → what it asks; a section without letters is a point of its own."""

STATED = {
    "1(a)": (
        "Scoring the creditworthiness of natural persons is of high risk (Annex III, 5(b)), of"
        " companies it is not. Natural persons are always left to a named person here."
    ),
    "1(b)": (
        "It is asked by `payrisk serve` over HTTP, by the command line and by jobs; it reads the"
        " ledger of its home and calls nothing else."
    ),
    "1(d)": ("A folder of text files that vouch for each other by sha256; it holds no code."),
    "1(e)": ("Any processor that NumPy and LightGBM run on; no accelerator is used."),
    "1(g)": (
        "Answers hold the probability with 90 % bounds, every contribution, reasons in words, and"
        " what would clear or change them; docs/credit.md shows them."
    ),
    "1(h)": ("docs/credit.md (decisions), docs/models.md (models), docs/operating.md."),
    "2(c)": ("ARCHITECTURE.md says which part builds on which; training runs on one core."),
    "2(d)": ("Labels follow from payments, by the rule of docs/design.md ('Default')."),
    "2(e)": (
        "A named person decides on every natural person, on what is unknown, stale or out of"
        " range, and may override every decision with a reason (ADR 0008, 0015)."
    ),
    "2(f)": ("Another version answers only by `payrisk promote`, held to the same gates."),
    "2(h)": ("Bundles hold no code and are verified by sha256 before they are read (ADR 0005)."),
    "3": (
        "Protected attributes and their close proxies are no inputs; a score that rests on one is"
        " not used. Inputs are those of 2(d), each as known the evening before."
    ),
    "4": (
        "Scores that punish a wrong chance (log loss, Brier, CRPS) decide, beside baselines that"
        " anybody could say; docs/design.md ('Risk metrics', 'Curve metrics') defines each."
    ),
    "9": (
        "`payrisk monitor` compares inputs, predictions and outcomes with their own past; run it"
        " after every import."
    ),
}
"""Point → what is true of every model of this house."""
