"""Every physical line of a CSV is loaded, rejected with its reason, or blank; damage never spreads."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.ingest.columns import Feed, text
from orchestration.ingest.readers import csv_reader
from orchestration.ingest.readers.csv_lines import MAX_LINES_PER_RECORD
from orchestration.ingest.readers.csv_reader import read_csv
from orchestration.ingest.records import Records, RefusedFileError

ABC = Feed("test", "abc", "", (text("a", ""), text("b", ""), text("c", "")), ("a",), None, "daily")


def read(body: str | bytes, block_bytes: int = csv_reader.BLOCK_BYTES) -> Records:
    content = body.encode() if isinstance(body, str) else body
    return read_csv(ABC, b"a,b,c\n" + content, block_bytes)


def loaded(records: Records) -> list[tuple[int, str, str, str]]:
    values = (records.values.column(name).to_pylist() for name in "abc")
    return list(zip(records.lines.tolist(), *values, strict=True))


def rejected(records: Records) -> list[tuple[int, str]]:
    return [(reject.line, reject.reason) for reject in records.rejects]


def test_each_record_keeps_the_physical_line_on_which_it_starts() -> None:
    records = read('1,2,3\n\n"x\ny\n",5,6\n7,8,9\n')
    assert loaded(records) == [(2, "1", "2", "3"), (4, "x\ny\n", "5", "6"), (7, "7", "8", "9")]
    assert records.text_of(1) == '"x\ny\n",5,6'


def test_blank_lines_are_neither_read_nor_rejected() -> None:
    records = read("\n1,2,3\n   \n\n4,5,6\n\n")
    assert [line for line, *_ in loaded(records)] == [3, 6]
    assert records.lines_read == 2
    assert not records.rejects


def test_a_line_of_delimiters_only_is_a_record() -> None:
    assert loaded(read(",,\n")) == [(2, "", "", "")]


def test_the_last_line_needs_no_line_end() -> None:
    assert loaded(read("1,2,3\n4,5,6"))[-1] == (3, "4", "5", "6")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_line_end_is_read(newline: str) -> None:
    content = newline.join(["a,b,c", "1,2,3", '"4",5,6', ""])
    assert loaded(read_csv(ABC, content.encode())) == [(2, "1", "2", "3"), (3, "4", "5", "6")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_that_makes_the_header_match(delimiter: str) -> None:
    content = f"a{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n"
    assert loaded(read_csv(ABC, content.encode())) == [(2, "1", "2", "3")]


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert loaded(read_csv(ABC, b"\xef\xbb\xbfa,b,c\n1,2,3\n")) == [(2, "1", "2", "3")]


def test_columns_are_matched_by_name_in_any_order_and_names_are_trimmed() -> None:
    assert loaded(read_csv(ABC, b" c ,a, b\n3,1,2\n")) == [(2, "1", "2", "3")]


def test_an_unclosed_quote_costs_its_own_line_only() -> None:
    records = read('1,"2,3\n4,5,6\n7,8,9\n')
    assert [line for line, *_ in loaded(records)] == [3, 4]
    assert rejected(records) == [(2, "a quote is opened and never closed")]


def test_an_unclosed_quote_does_not_swallow_lines_up_to_a_later_stray_quote() -> None:
    # Read to the letter, line 2 is one record of three fields that holds lines 3 and 4.
    records = read('1,"x,2\n3,y,4\n5,z",6\n')
    assert (3, "3", "y", "4") in loaded(records)
    assert rejected(records)[0] == (2, "a quote is opened and never closed")


def test_an_unclosed_quote_at_a_block_border_costs_its_own_line_only() -> None:
    body = '1,"2,3\n' + "".join(f"{n},b,c\n" for n in range(200))
    records = read(body, block_bytes=64)
    assert len(loaded(records)) == 200
    assert len(records.rejects) == 1


def test_a_quoted_value_may_span_blocks() -> None:
    value = "\n".join(["line"] * 40)
    records = read(f'1,2,3\n4,"{value}",6\n7,8,9\n', block_bytes=16)
    assert loaded(records)[1] == (3, "4", value, "6")
    assert loaded(records)[2] == (43, "7", "8", "9")


def test_a_quoted_value_of_too_many_lines_counts_as_unclosed() -> None:
    value = "\n" * (MAX_LINES_PER_RECORD + 1)
    assert rejected(read(f'1,"{value}",3\n'))[0] == (2, "a quote is opened and never closed")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,2", "2 fields where the header has 3"),
        ("1,2,3,4", "4 fields where the header has 3"),
        ('1,"2"x,3', "text follows the closing quote of field 2"),
        ("1,\x00,3", "holds a NUL byte"),
    ],
)
def test_a_damaged_line_is_rejected_with_its_reason_and_text(line: str, reason: str) -> None:
    records = read(f"1,2,3\n{line}\n4,5,6\n")
    assert rejected(records) == [(3, reason)]
    assert records.rejects[0].text == line.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    assert [row for row, *_ in loaded(records)] == [2, 4]


def test_a_line_that_is_not_utf8_is_rejected_alone() -> None:
    records = read(b"1,2,3\n4,caf\xe9,6\n7,8,9\n")
    assert rejected(records) == [(3, "is not UTF-8 (byte 6 of the line)")]
    assert len(loaded(records)) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty, without even a header"),
        (b"\n \n", "is empty, without even a header"),
        (b"\xff\xfea\x00,\x00", "is UTF-16: export it as UTF-8"),
        (b"a,b,\xe9\n1,2,3\n", "a header that is not UTF-8"),
        (b"a,b,c,a\n1,2,3,4\n", "column a stands 2 times: deliver it once"),
        (b"a,b,c,B\n1,2,3,4\n", "column B / b stands 2 times: deliver it once"),
        (b"a,b,c,\n1,2,3,4\n", "column 4 of the header has no name"),
        (b"a,b,c,_LINE\n1,2,3,4\n", "the lake keeps for itself"),
        (b'a,"b,c\n1,2,3\n', "column b .* is missing"),
    ],
)
def test_a_file_without_a_sound_header_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(RefusedFileError, match=message):
        read_csv(ABC, content)


def test_a_file_with_a_header_only_has_no_records() -> None:
    assert read("").lines_read == 0


garbage = st.lists(
    st.one_of(
        st.sampled_from(["1,2,3", '"a","b","c"', "", " ", '"x\ny",2,3', '1,"2', '"""', "1,2", "é,ü,ß", '","', "\r"]),
        st.text(alphabet=',"\n\r\tab\x00é ', max_size=12),
    ),
    max_size=12,
).map("\n".join)


@given(garbage, st.sampled_from([8, 64, 1 << 20]))
@settings(max_examples=300, deadline=None)
def test_whatever_the_lines_hold_each_is_accounted_for_once(body: str, block_bytes: int) -> None:
    # The reader raises ConservationError when a physical line is lost or counted twice.
    records = read(body, block_bytes)
    assert records.lines_read == records.values.num_rows + len(records.rejects)
    lines = [*records.lines.tolist(), *(reject.line for reject in records.rejects)]
    assert len(set(lines)) == len(lines)


@given(garbage)
@settings(max_examples=200, deadline=None)
def test_the_block_size_changes_nothing(body: str) -> None:
    whole, pieces = read(body), read(body, block_bytes=4096)
    assert loaded(whole) == loaded(pieces)
    assert rejected(whole) == rejected(pieces)


@given(garbage)
@settings(max_examples=300, deadline=None)
def test_the_fast_path_gives_what_the_careful_parser_gives(body: str) -> None:
    fast = read(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reader, "_sound_block", lambda *_: None)
        careful = read(body)
    assert loaded(fast) == loaded(careful)
    assert rejected(fast) == rejected(careful)


@given(st.lists(st.tuples(*[st.text(alphabet='ab",;\n é', max_size=6)] * 3).filter(lambda row: any(row)), max_size=8))
@settings(max_examples=200, deadline=None)
def test_what_a_csv_writer_quotes_comes_back_or_is_named(rows: list[tuple[str, str, str]]) -> None:
    target = io.StringIO()
    csv.writer(target, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    records = read(target.getvalue())
    if not records.rejects:
        assert [values for _, *values in loaded(records)] == [list(row) for row in rows]
