"""The careful CSV parser: record by record, able to say what is wrong with a line and to go on at the next.

Belongs here: quoting, line breaks inside quotes, and recovery. A record that cannot be read costs its first
physical line only: reading resumes at the next one, so an unpaired quote does not swallow the lines after it.
Does not belong here: header, encoding marks, or types.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestration.ingest.records import Reject

MAX_LINES_PER_RECORD = 500
MIN_FIELDS_TO_TELL = 3


class DamagedRecordError(Exception):
    """A record that cannot be read; `remedy` says what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class UnclosedQuoteError(DamagedRecordError):
    """A quote opens a value and does not close it; `at_end`: for want of more lines."""

    def __init__(self, at_end: bool) -> None:
        super().__init__("a quote is opened and never closed", "close the quote, or double a quote inside text")
        self.at_end = at_end


@dataclass
class ParsedLines:
    """What the careful parser found. `rows` align with `starts` and `ends` (first and last physical line)."""

    rows: list[list[str]] = field(default_factory=list[list[str]])
    starts: list[int] = field(default_factory=list[int])
    ends: list[int] = field(default_factory=list[int])
    rejects: list[Reject] = field(default_factory=list[Reject])
    blank_lines: int = 0
    bytes_read: int = 0
    next_line: int = 0


def parse_lines(block: bytes, delimiter: str, width: int, first_line: int, is_last: bool) -> ParsedLines:
    """Parse a block of whole physical lines into records of `width` fields; its first line is `first_line`.

    A record still open at the block's end is left unread (`bytes_read`, `next_line`) unless the block is the
    file's last.
    """
    raw_lines = block.split(b"\n")
    if not raw_lines[-1]:
        raw_lines.pop()
    texts = [_decode(raw) for raw in raw_lines]
    found = ParsedLines()
    index = 0
    while index < len(texts):
        text = texts[index]
        line = first_line + index
        if isinstance(text, DamagedRecordError):
            found.rejects.append(_reject(line, raw_lines[index], text))
        elif not text.strip(" "):
            found.blank_lines += 1
        else:
            try:
                fields, last = parse_record(texts, index, delimiter)
                _check_width(fields, texts[index + 1 : last], delimiter, width)
            except DamagedRecordError as damage:
                if isinstance(damage, UnclosedQuoteError) and damage.at_end and not is_last:
                    break
                found.rejects.append(_reject(line, raw_lines[index], damage))
            else:
                found.rows.append(fields)
                found.starts.append(line)
                found.ends.append(first_line + last)
                index = last
        index += 1
    found.next_line = first_line + index
    found.bytes_read = min(len(block), sum(len(raw) + 1 for raw in raw_lines[:index]))
    return found


def parse_record(texts: Sequence[str | DamagedRecordError], first: int, delimiter: str) -> tuple[list[str], int]:
    """The fields of the record that starts at `texts[first]`, and the index of its last line.

    A value is quoted when its first character is a quote; elsewhere a quote is an ordinary character.
    Raises DamagedRecordError, in particular UnclosedQuoteError.
    """
    text, last = texts[first], first
    assert isinstance(text, str)
    if '"' not in text:
        return text.split(delimiter), last
    fields: list[str] = []
    position = 0
    while True:
        if text.startswith('"', position):
            closing = _closing_quote(text, position + 1)
            while closing < 0:
                last += 1
                if last == len(texts):
                    raise UnclosedQuoteError(at_end=True)
                following = texts[last]
                if not isinstance(following, str) or last - first >= MAX_LINES_PER_RECORD:
                    raise UnclosedQuoteError(at_end=False)
                text = f"{text}\n{following}"
                closing = _closing_quote(text, position + 1)
            fields.append(text[position + 1 : closing].replace('""', '"'))
            position = closing + 1
            if position < len(text) and text[position] != delimiter:
                raise DamagedRecordError(
                    f"text follows the closing quote of field {len(fields)}",
                    "double a quote inside quoted text, and quote the whole value",
                )
        else:
            end = text.find(delimiter, position)
            end = len(text) if end < 0 else end
            fields.append(text[position:end])
            position = end
        if position >= len(text):
            return fields, last
        position += 1


def _closing_quote(text: str, start: int) -> int:
    position = text.find('"', start)
    while position >= 0 and text.startswith('"', position + 1):
        position = text.find('"', position + 2)
    return position


def _check_width(
    fields: list[str], inner_lines: Sequence[str | DamagedRecordError], delimiter: str, width: int
) -> None:
    if len(fields) != width:
        raise DamagedRecordError(
            f"{len(fields)} fields where the header has {width}",
            "quote values that hold the delimiter or a line break, and deliver every column",
        )
    # Lines inside a quoted value that look like whole records were most likely swallowed by an unpaired quote.
    swallowed = any(isinstance(text, str) and text.count(delimiter) == width - 1 for text in inner_lines)
    if width >= MIN_FIELDS_TO_TELL and swallowed:
        raise UnclosedQuoteError(at_end=False)


def _decode(raw: bytes) -> str | DamagedRecordError:
    if b"\0" in raw:
        return DamagedRecordError("holds a NUL byte", "export the line again: the file is damaged here")
    try:
        return raw.removesuffix(b"\r").decode()
    except UnicodeDecodeError as error:
        return DamagedRecordError(f"is not UTF-8 (byte {error.start + 1} of the line)", "export the file as UTF-8")


def _reject(line: int, raw: bytes, damage: DamagedRecordError) -> Reject:
    text = raw.removesuffix(b"\r").decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return Reject(line, None, damage.reason, damage.remedy, text)
