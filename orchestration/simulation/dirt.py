"""Faults of files: what a careless export does to a CSV on its way.

Belongs here: how a file's bytes are spoiled, one way per day. Does not belong here: faults of the business.
"""

from collections.abc import Callable

BOM = b"\xef\xbb\xbf"
BAD_LINE_EVERY = 7


def bad_values(data: bytes) -> bytes:
    """Every seventh line has a word where the number of employees is one; the rest is fine."""
    lines = data.split(b"\n")
    column = next(place for place, name in enumerate(lines[0].split(b",")) if b"employees" in name)
    for number in range(BAD_LINE_EVERY, len(lines) - 1, BAD_LINE_EVERY):
        fields = _fields(lines[number])
        fields[column] = b'"about 200"'
        lines[number] = b",".join(fields)
    return b"\n".join(lines)


def renamed_column(data: bytes) -> bytes:
    """The owner's id is now called only the owner."""
    return data.replace(b'owner_id"', b'owner"', 1)


def with_bom(data: bytes) -> bytes:
    """The file begins with a byte order mark."""
    return BOM + data


def unterminated_quote(data: bytes) -> bytes:
    """The first record's last quote is missing."""
    header, first, *rest = data.split(b"\n")
    position = first.rfind(b'"')
    return b"\n".join([header, first[:position] + first[position + 1 :], *rest])


def added_column(data: bytes) -> bytes:
    """A column that nobody announced stands at the end."""
    lines = data.rstrip(b"\n").split(b"\n")
    return b"\n".join([lines[0] + b',"marketing_region"', *(line + b',"north"' for line in lines[1:]), b""])


def emptied(data: bytes) -> bytes:
    """The export failed and left a file without content."""
    return data[:0]


def _fields(line: bytes) -> list[bytes]:
    """The fields of one line; a comma inside quotes does not end a field."""
    fields: list[bytes] = []
    for part in line.split(b","):
        if fields and fields[-1].startswith(b'"') and not _closed(fields[-1]):
            fields[-1] += b"," + part
        else:
            fields.append(part)
    return fields


def _closed(field: bytes) -> bool:
    return len(field) > 1 and field.endswith(b'"')


WEEK_OF_DIRT: tuple[tuple[str, Callable[[bytes], bytes] | None], ...] = (
    ("leads", bad_values),
    ("activities", renamed_column),
    ("lead_events", None),
    ("opportunities", with_bom),
    ("activities", unterminated_quote),
    ("leads", added_column),
    ("opportunity_stages", emptied),
)
"""Per day of the fault, the CRM table that is hit and how; None: the file is delivered again under another name."""


def spoil(table: str, days_in: int, name: str, data: bytes) -> list[tuple[str, bytes]]:
    """The files of a table that arrive instead of `name` on the given day of the fault: one kind of dirt a day."""
    hit, how = WEEK_OF_DIRT[days_in % len(WEEK_OF_DIRT)]
    if table != hit:
        return [(name, data)]
    if how is None:
        return [(name, data), (name.replace(".csv", "_resent.csv"), data)]
    return [(name, how(data))]
