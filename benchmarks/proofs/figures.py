"""The forty-one figures that are asked, in their order, and what is tried beside them."""

from __future__ import annotations

from typing import NamedTuple


class AskedFigure(NamedTuple):
    """A figure by its number, its name, and what must hold at which count.

    elsewhere: the command that measures it today where no probe does.
    """

    number: str
    name: str
    asked: str
    elsewhere: str = ""


TESTS = "./payrisk test --full tests/"

FIGURES = (
    AskedFigure("1", "kill9", "1,000 kills under 16 clients: 0 lost, 0 doubled, 0 differing"),
    AskedFigure("2", "powercut", "100,000 crash images with torn sectors: 0 lost, 0 corrupt"),
    AskedFigure("3", "nth-io", "every write and fsync of 50 decisions fails once: 0 false 2xx"),
    AskedFigure("4", "diskfull", "20 cycles of a full disk: 503, reads go on, 0 lost"),
    AskedFigure("5", "dbfaults", "lock, and 50 restarts of PostgreSQL: 0 lost, pool heals in 5 s"),
    AskedFigure("6", "twins", "100,000 requests of simultaneous twins: one decision a key"),
    AskedFigure("7", "outbox", "the sender killed 500 times: every event, in order",
                f"{TESTS}store/test_webhooks_killed.py"),
    AskedFigure("8", "tamper", "10,000 edits of the store: all found"),
    AskedFigure("9", "restore", "backups under load: 0 missing of what was acknowledged before"),
    AskedFigure("10", "hostile", "1,000,000 bodies: 0 answers of 500 and above but 503"),
    AskedFigure("11", "schemathesis", "50,000 cases over all routes: 0 failures",
                f"{TESTS}api/test_fuzzed.py"),
    AskedFigure("12", "fuzz", "50 M executions of the readers, coverage-guided: 0 uncaught"),
    AskedFigure("13", "ledgers", "10,000 mutated ledgers: read or refused in a sentence"),
    AskedFigure("14", "inject", "1,400 injections: 0 effects"),
    AskedFigure("15", "bombs", "bombs: memory grows by 64 MB at most, answered within 1 s"),
    AskedFigure("16", "load", "500 durable decisions/s for 10 minutes, p99 150 ms",
                "payrisk bench decisions"),
    AskedFigure("17", "batch", "100,000 customers within 60 s, the bits of one by one"),
    AskedFigure("18", "slowloris", "10,000 connections and 2,000 slow ones: cut within 10 s",
                "payrisk bench door"),
    AskedFigure("19", "overload", "5 times the load: goodput 90 %, recovery within 5 s"),
    AskedFigure("20", "soak", "2 h of mixed traffic with faults: memory grows 1 MB/h at most"),
    AskedFigure("21", "authz", "every route × role × credential, about 3,000 cells: 0 wrong"),
    AskedFigure("22", "tokens", "100,000 random and 60 forged keys: 0 accepted"),
    AskedFigure("23", "rotate", "200 rotations under load: 0 honest failures"),
    AskedFigure("24", "canary", "50 planted values through 10,000 requests: 0 hits in any log"),
    AskedFigure("25", "duties", "every forbidden pair of duties by one person: 0 successes",
                f"{TESTS}api/test_two_pairs_of_eyes.py"),
    AskedFigure("26", "artefact", "5,000 ruined or forged bundles: 0 loaded"),
    AskedFigure("27", "nocode", "30 hostile bundles: 0 executed"),
    AskedFigure("28", "registry", "registry down, slow, garbage: 0 failed scores",
                f"{TESTS}registry/test_down.py"),
    AskedFigure("29", "swap", "200 swaps under load: 0 failed, rollback within 2 s",
                "payrisk bench swap"),
    AskedFigure("30", "timetravel", "200,000 comparisons with invented futures: 0 bits differ"),
    AskedFigure("31", "skew", "20,000 pairs asked alone and with all others: 0 bits differ"),
    AskedFigure("32", "metamorphic", "12 relations × 10,000 cases: 0 violations"),
    AskedFigure("33", "reproduce", "each model trained anew from its manifest: the same bytes"),
    AskedFigure("34", "gate", "100 bad challengers refused, 90 of 100 better ones accepted",
                "payrisk bench gates"),
    AskedFigure("35", "drift", "false alarms 5 % of 1,000, 95 % of seeded shifts found",
                "payrisk bench monitor"),
    AskedFigure("36", "abstain", "10,000 cases out of domain: 0 scores nobody verified"),
    AskedFigure("37", "reasons", "contributions sum to the score on every decision"),
    AskedFigure("38", "cents", "1,000 generated companies: every sum ties to the cent"),
    AskedFigure("39", "coverage", "branches 95 %, mutants 85 %, no known-vulnerable package"),
    AskedFigure("40", "flakes", "20 suites in a row in a drawn order: 0 flakes"),
    AskedFigure("41", "ml-test-score", "5 points in each section, each linked to a test"),
    AskedFigure("+", "beside", "50 readers beside a store that is then killed: 0 lost"),
)  # fmt: skip
"""The names are those of the figures' source; `+` was added here."""
