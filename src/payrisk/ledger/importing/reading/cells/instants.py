"""Times with an offset from UTC: the day they are in the entity's time zone."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import pyarrow.compute as pc

from payrisk.ledger.importing.reading.cells.text import Doubt, Text, matches

_INSTANT = r"[T ] *\d{1,2}:\d{2}.*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$"
_UTC = r"(?:Z|UTC|GMT|[+-]00:?00)$"
_TIME = r"[T ] *\d{1,2}:.*$"
_PARTS = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ] *(\d{1,2}):(\d{2}).*?(?:Z|UTC|GMT|([+-])(\d{2}):?(\d{2}))", re.ASCII
)
# From eight in the morning to nine in the evening UTC it is the same day from Denver to Moscow.
_SAME_DAY = r"[T ] *(?:0?[89]|1\d|20):\d{2}"
_MIDNIGHT = r"[T ] *00:00(?::00(?:[.,]0+)?)? *(?:Z|UTC|GMT|[+-]00:?00)$"


def is_time_zone(name: str) -> bool:
    """Whether the name is a zone's of the IANA list."""
    try:
        return bool(ZoneInfo(name).key)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False


def local_days(text: Text, zone: str) -> tuple[Text, list[Doubt]]:
    """The column without times of day, instants as the ISO day they are in the zone.

    zone: an IANA name; '' = not said. Then an offset other than UTC's is taken for the writer's
    own zone, and a time in UTC is doubted where its day hangs on the zone. Midnights in UTC and
    nothing else are dates.
    """
    instant = matches(text, _INSTANT)
    if not instant.any():
        return pc.replace_substring_regex(text, _TIME, ""), []
    if zone:
        mask = pa.array(instant)
        return _without_time(
            pc.replace_with_mask(text, mask, _in_zone(text.filter(mask), zone))
        ), []
    open_day = instant & matches(text, _UTC) & ~matches(text, _SAME_DAY)
    midnight = matches(text, _MIDNIGHT)
    if not (instant & matches(text, _UTC) & ~midnight).any():
        open_day &= ~midnight
    why = (
        'has times in UTC that are another day elsewhere; say timezone = "Europe/Berlin" (or where'
        " the seller's books are kept) in the mapping"
    )
    doubts = [Doubt("time_zone", why, open_day)] if open_day.any() else []
    return _without_time(text), doubts


def _without_time(text: Text) -> Text:
    return pc.replace_substring_regex(text, _TIME, "")


def _in_zone(text: Text, zone: str) -> Text:
    """Instants as ISO days of the zone; what is none stays as it is."""
    coded = pc.dictionary_encode(text)
    place = ZoneInfo(zone)
    days = pa.array([_local(value, place) for value in coded.dictionary.to_pylist()], pa.string())
    return days.take(coded.indices)


def _local(text: str, place: ZoneInfo) -> str:
    hit = _PARTS.fullmatch(text)
    if not hit:
        return text
    try:
        wall = dt.datetime.fromisoformat(hit[1]) + dt.timedelta(
            hours=int(hit[2]), minutes=int(hit[3])
        )
        offset = dt.timedelta(hours=int(hit[5] or 0), minutes=int(hit[6] or 0))
        utc = wall - offset * (-1 if hit[4] == "-" else 1)
        return utc.replace(tzinfo=dt.UTC).astimezone(place).date().isoformat()
    except (ValueError, OverflowError):
        return text
