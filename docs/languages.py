"""Brings the catalogues of all languages up to date with what pages and reasons say."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from payrisk.languages import LANGUAGES
from payrisk.languages.catalogues import FOLDER
from payrisk.languages.gathering import defects, gather_strings, update_catalogue
from payrisk_api.pages.words import BOOK, KEPT_ELSEWHERE, MAY_BE_SAME

ROOT = Path(__file__).resolve().parents[1]
SHOWN = (
    ROOT / "api/payrisk_api/pages",
    ROOT / "src/payrisk/credit/explaining",
    ROOT / "src/payrisk/languages",
)


def rows(sheets: Iterable[str]) -> dict[str, list[str]]:
    """Strings and their translations off sheets: `source | de | fr | …`, a line each, in order.

    `day || days` stands for the forms of a string that counts.
    """
    read = {}
    for sheet in sheets:
        for line in Path(sheet).read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                source, *translations = (part.strip() for part in line.split(" | "))
                if len(translations) != len(LANGUAGES) - 1:
                    raise SystemExit(f"{len(translations)} translations in: {line}")
                read[source] = translations
    return read


def main(sheets: list[str]) -> int:
    """Rewrite every .po file, with the translations of the sheets; say what has none yet."""
    template, translated = gather_strings(SHOWN, KEPT_ELSEWHERE), rows(sheets)
    wrong = []
    for place, language in enumerate(LANGUAGES[1:]):
        more = {source: forms[place].split(" || ") for source, forms in translated.items()}
        (FOLDER / f"{language}.po").write_bytes(
            update_catalogue(language, template, more, wished=BOOK.patterns)
        )
        wrong += defects(language, template, MAY_BE_SAME)
    print(*wrong, sep="\n")
    print(f"{len(template)} strings in {len(LANGUAGES)} languages, {len(wrong)} defects")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
