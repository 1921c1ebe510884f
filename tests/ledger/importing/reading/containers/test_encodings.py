"""Encodings: the same words come out whatever the bytes, or the mapping says which they are."""

from __future__ import annotations

import pytest

from payrisk.errors import InputError
from payrisk.ledger.importing.reading import load_preset, read_source
from payrisk.ledger.importing.reading.containers.encodings import as_utf8, guess_encoding
from payrisk.ledger.importing.reading.containers.grid import Layout
from payrisk.ledger.importing.reading.sheet import read_sheet

NAMES = {
    "German": ["Müller & Söhne GmbH", "Größe", "Straßenbau Köln"],
    "French": ["Société Générale", "Élan à côté", "Œuvre du Nord"],
    "Spanish": ["Peña y Hijos", "Compañía Ibérica", "Año Nuevo"],
    "Portuguese": ["São João Lda", "Construções do Norte"],
    "Swedish": ["Åkerlund & Söner", "Malmö Bygg"],
    "Danish": ["Ørsted Service", "Mærsk Århus"],
    "Polish": ["Łódź Sp. z o.o.", "Gdańsk Święty Krzyż", "Zażółć"],
    "Czech": ["Plzeňský Prazdroj", "Škoda Auto", "Příbram Žďár"],
    "Hungarian": ["Győr Kft", "Fűtőmű Zrt", "Magyar Vízművek"],
    "Greek": ["Ελληνική Εταιρεία", "ΑΘΗΝΑ ΑΕ", "Παπαδόπουλος"],
    "Russian": ["Ромашка", "Газпром", "Москва"],
}
BYTES = {
    "German": ["cp1252", "iso8859-15", "cp850"],
    "French": ["cp1252", "iso8859-15"],
    "Spanish": ["cp1252", "cp850"],
    "Portuguese": ["cp1252", "iso8859-1"],
    "Swedish": ["cp1252", "iso8859-1", "cp850"],
    "Danish": ["cp1252", "cp850"],
    "Polish": ["cp1250", "iso8859-2"],
    "Czech": ["cp1250", "iso8859-2"],
    "Hungarian": ["cp1250", "iso8859-2"],
    "Greek": ["cp1253", "iso8859-7"],
    "Russian": ["cp1251"],
}
HEAD = "invoice_id;customer_id;customer_name;issued_on;due_on;amount;currency"


def export(names):
    rows = [f"A{i};c{i};{n};2026-01-05;2026-02-04;1.00;EUR" for i, n in enumerate(names)]
    return "\r\n".join([HEAD, *rows]) + "\r\n"


@pytest.mark.parametrize("how", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("language", NAMES)
def test_unicode_is_told_with_and_without_its_mark(tmp_path, language, how):
    path = tmp_path / "x.csv"
    for encoding in (how, how.replace("16", "32")):
        path.write_bytes(export(NAMES[language]).encode(encoding))
        sheet = read_sheet(path)
        assert sheet.header == tuple(HEAD.split(";"))
        assert sheet.text(2).to_pylist() == NAMES[language]
        assert not sheet.problems


@pytest.mark.parametrize(
    ("language", "encoding"), [(lang, code) for lang, codes in BYTES.items() for code in codes]
)
def test_one_byte_encodings_are_told_by_the_words_that_come_out(tmp_path, language, encoding):
    path = tmp_path / "x.csv"
    path.write_bytes(export(NAMES[language]).encode(encoding))
    sheet = read_sheet(path)
    assert sheet.text(2).to_pylist() == NAMES[language]
    (problem,) = sheet.problems
    assert (problem.code, problem.action) == ("encoding", "noted")
    told = read_sheet(path, layout=Layout(encoding=encoding))
    assert told.text(2).to_pylist() == NAMES[language]
    assert not told.problems


@pytest.mark.parametrize("name", ["Müller", "Łódź", "MÜLLER", "Peña", "Ørsted", "Αθήνα"])
def test_a_single_name_is_enough(name):
    encoding = "cp1250" if name == "Łódź" else "cp1253" if name == "Αθήνα" else "cp1252"
    assert name.encode(encoding).decode(guess_encoding(name.encode(encoding))) == name


def test_a_euro_sign_alone_is_one():
    for encoding in ("cp1252", "iso8859-15"):
        raw = "Rechnung;1,00 €".encode(encoding)
        assert raw.decode(guess_encoding(raw)) == "Rechnung;1,00 €"


def test_mac_roman_is_read_when_told_and_not_guessed(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(export(NAMES["German"]).encode("mac-roman"))
    told = read_sheet(path, layout=Layout(encoding="mac-roman"))
    assert told.text(2).to_pylist() == NAMES["German"]


def test_lines_of_another_encoding_between_utf_8_are_read_for_themselves(tmp_path):
    whole = export(NAMES["Polish"] * 5).encode()
    path = tmp_path / "x.csv"
    path.write_bytes(whole + "B;b;Müller;2026-01-05;2026-02-04;1.00;EUR\n".encode("cp1252"))
    sheet = read_sheet(path)
    assert sheet.text(2).to_pylist() == [*NAMES["Polish"] * 5, "Müller"]
    (problem,) = sheet.problems
    assert (problem.action, problem.row, problem.n) == ("repaired", 16, 1)


def test_bytes_that_are_not_what_was_told_are_a_sentence():
    with pytest.raises(InputError, match=r"x.csv is not UTF-8 text in line 3; export it again"):
        as_utf8("a\nb\nü\n".encode("cp1252"), "x.csv", "utf-8")
    with pytest.raises(InputError, match="x.csv is not UTF-16 text"):
        as_utf8("invoice;1\n".encode("utf-16")[:-1], "x.csv")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_that_names_the_delimiter_is_read(tmp_path, mark, line, end):
    text = (
        mark + line + "\n" + export(["Smith, Jones & Co, Ltd, a, b, c, d"]).replace("\r\n", "\n")
    )
    (tmp_path / "x.csv").write_bytes(text.replace("\n", end).encode())
    reading = read_source(tmp_path / "x.csv", load_preset("generic"), imported_on=20600)
    assert reading.rows_accepted == reading.rows_in == 1
    assert not [p for p in reading.problems if p.action != "noted"]


def test_a_delimiter_no_one_would_guess_may_be_named(tmp_path):
    text = "sep=^\n" + export(["Smith"]).replace(";", "^")
    (tmp_path / "x.csv").write_text(text, encoding="utf-16")
    assert read_sheet(tmp_path / "x.csv").header == tuple(HEAD.split(";"))


def test_the_delimiter_is_the_one_by_which_the_lines_agree(tmp_path):
    text = 'id;"name, first";amount, net\n' + "".join(
        f'{i};"Smith, J";{i},50\n' if i % 2 else f"{i};Jones;{i},5\n" for i in range(20)
    )
    (tmp_path / "x.csv").write_text(text)
    sheet = read_sheet(tmp_path / "x.csv")
    assert sheet.header == ("id", "name, first", "amount, net")
    assert len(sheet.rows) == 20


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_line_ends_of_every_system_are_line_ends(tmp_path, end):
    text = 'a;b\n1;2\n3;"x\ny"\n5;6\n'.replace("\n", end)
    (tmp_path / "x.csv").write_bytes(text.encode())
    sheet = read_sheet(tmp_path / "x.csv")
    cell = sheet.text(1).to_pylist()[1]
    assert sheet.text(0).to_pylist() == ["1", "3", "5"]
    assert cell.split() == ["x", "y"]
