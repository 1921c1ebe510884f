"""The pages of imports: a file is looked at, asked about, and becomes part of the ledger."""

from __future__ import annotations

import datetime as dt
import html
import os
import re

import pytest

from api.pages.test_frame import HTML, assert_strict
from payrisk.calendar import day_of
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk_api.pages.imports.answering import answered_mapping
from payrisk_api.pages.imports.uploads import clear_uploads
from payrisk_pipelines.importing import import_files
from support.company.five_customers import small_company
from support.home.door import NOW

EXPORT = (
    "Invoice;Customer;Date;Due;Amount\n"
    "R-1;Nord <b>GmbH</b>;01.03.2025;31.03.2025;1.250,00\n"
    "R-2;Nord <b>GmbH</b>;15.03.2025;14.04.2025;80,50\n"
    "R-3;Süd AG;20.03.2025;19.04.2025;2.000,00\n"
)


def sent(door, name: str, content: bytes, **query):
    files = {"file": (name, content, "text/csv")}
    return door.client.post(
        "/import", files=files, params=query, headers=HTML, follow_redirects=False
    )


def test_what_is_asked_is_answered_by_a_choice_and_stands_in_the_mapping(door, tmp_path):
    content = b"No,Customer,Date,Due,Amount\nR-1,Nord,05/01/2025,05/02/2025,10.00\n"
    place = sent(door, "list.csv", content).headers["location"]
    page = door.client.get(place, headers=HTML | {"accept-language": "de"})
    assert_strict(page)
    assert "der Tag steht vorn" in page.text
    names = re.findall(r'name="(answer-\d)" value="1"', page.text)
    assert len(names) == 3  # the currency, the order of days, and what is listed
    looked = door.client.post(
        place,
        data={"act": "look", "mapping": mapping_on(page), **dict.fromkeys(names, "1")},
        headers=HTML,
    )
    assert looked.status_code == 200
    kept = mapping_on(looked)
    assert '\ndates = ["m/d/y", "iso"]\n' in kept
    assert '\nkind = "open items"\n' in kept
    assert '\ncurrency = "USD"\n' in kept
    column = {"setting": "invoices.columns.amount", "text": "Which?", "answers": ["A", 'B "x"']}
    named = answered_mapping("[invoices]\n\n[invoices.columns]\n", [column], {"answer-0": "1"})
    assert named.endswith('[invoices.columns]\namount = "B \\"x\\""\n')
    assert answered_mapping(named, [column], {"answer-0": "0"}) == named


def mapping_on(page) -> str:
    return html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)[1])


def test_a_file_is_looked_at_asked_about_and_imported(door, tmp_path):
    began = door.client.get("/import", headers=HTML)
    assert began.status_code == 200
    assert_strict(began)
    kept = sent(door, "März <script>.csv", EXPORT.encode())
    assert kept.status_code == 303, kept.text
    page = door.client.get(kept.headers["location"], headers=HTML)
    assert page.status_code == 200
    assert_strict(page)
    assert "<b>" not in page.text
    assert "In which currency" in page.text
    mapping = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)[1]
    mapping = mapping.replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">")
    done = door.client.post(
        kept.headers["location"],
        data={
            "act": "import",
            "mapping": mapping,
            "currency": "EUR",
            "recorded_on": "2025-06-01",
        },
        headers=HTML,
        follow_redirects=False,
    )
    assert done.status_code == 303, done.text
    report = door.client.get(kept.headers["location"], headers=HTML)
    assert_strict(report)
    assert "3330.50" in report.text
    assert (tmp_path / "ledger").exists()
    assert "Nothing was imported yet" not in door.client.get("/import", headers=HTML).text


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("evil.exe", b"MZ", 422),
        ("empty.csv", b"", 422),
        ("../../etc/passwd", b"x", 422),
        ("x.zip", b"PK", 422),
    ],
)
def test_what_no_import_reads_is_refused_with_a_sentence(door, name, content, status):
    answer = sent(door, name, content)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert_strict(answer)


@pytest.mark.parametrize("name", ["0" * 16, "%2e%2e%2fledger", "A" * 16])
def test_an_upload_that_is_not_there_is_a_page_that_says_so(door, name):
    assert door.client.get(f"/import/{name}", headers=HTML).status_code in {404, 422}


def test_only_an_upload_may_be_larger_than_a_question(door):
    large = b"x" * 1_200_000
    assert sent(door, "broken.csv", large).status_code != 413
    assert door.client.post("/credit/new", content=large, headers=HTML).status_code == 413


def test_a_long_name_is_cut_by_its_bytes(door):
    kept = sent(door, "報" * 118 + ".csv", EXPORT.encode())
    assert kept.status_code == 303, kept.text
    assert door.client.get(kept.headers["location"], headers=HTML).status_code == 200


def test_uploads_are_cleared_by_age_and_number_at_the_next_one_and_at_the_start(
    opened, tmp_path, monkeypatch
):
    monkeypatch.setattr("payrisk_api.pages.imports.uploads.KEPT_UPLOADS", 3)
    names = [f"{number:016x}" for number in range(6)]
    for number, name in enumerate(names):
        folder = tmp_path / "uploads" / name
        (folder / "file").mkdir(parents=True)
        (folder / "file" / "a.csv").write_text("x")
        os.utime(folder, times=(NOW.timestamp() - 86_400 * 8 * (6 - number),) * 2)
    (tmp_path / "uploads" / "of-somebody").mkdir()
    opened()
    assert left(tmp_path) == names[3:]  # the three before are older than thirty days, or too many
    monkeypatch.setattr("payrisk_api.pages.imports.uploads.KEPT_UPLOADS", 9)
    assert clear_uploads(tmp_path, NOW + dt.timedelta(days=7)) == 1
    monkeypatch.setattr("payrisk_api.pages.imports.uploads.KEPT_UPLOADS", 2)
    assert clear_uploads(tmp_path, NOW, beside=1) == 1
    assert left(tmp_path) == names[5:]
    assert (tmp_path / "uploads" / "of-somebody").is_dir()


def left(home):
    return sorted(path.name for path in (home / "uploads").glob("0*"))


def test_the_last_import_is_undone_and_its_file_may_come_again(door, tmp_path):
    assert "Undo the last import" not in door.client.get("/import", headers=HTML).text
    storage.save(small_company(), tmp_path)
    before = storage.current_sha(tmp_path)
    (tmp_path / "more.csv").write_text(
        "invoice_id,customer_id,issued_on,due_on,amount,currency\nNEW,c1,2025-05-02,2025-06-01,7,EUR\n"
    )
    read = load_preset("generic")
    import_files(tmp_path, tmp_path / "more.csv", read, day_of("2025-06-01"), full=False)
    assert storage.current_sha(tmp_path) != before
    page = door.client.get("/import", headers=HTML)
    assert before[:12] in page.text
    undone = door.client.post("/import/undo", headers=HTML, follow_redirects=False)
    assert undone.status_code == 303, undone.text
    assert storage.current_sha(tmp_path) == before
    page = door.client.get("/import", headers=HTML).text
    assert "undone" in page
    assert "Undo the last import" not in page
    assert door.client.post("/import/undo", headers=HTML).status_code == 409
    again = import_files(tmp_path, tmp_path / "more.csv", read, day_of("2025-06-01"), full=False)
    assert again.is_new
