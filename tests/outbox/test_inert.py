"""Text that strangers wrote does nothing where it is shown."""

import csv
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.serving.inert import csv_cell, masked, masked_value, one_line, slack_text, teams_text, visible

BIDI = "\u202emoc.elpmaxe\u202c"


@pytest.mark.parametrize(
    "attack",
    [
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)",
        "+1+cmd",
        "-2+3+cmd",
        "\t=1+1",
        "\r=1+1",
        "\n=1",
        " =1+1",
        "\uff1dcmd",
        "\x00=1",
    ],
)
def test_a_spreadsheet_shows_a_formula_instead_of_running_it(attack: str) -> None:
    assert csv_cell(attack).startswith("'")


@pytest.mark.parametrize("plain", ["12", "-3.5", "Acme, Inc.", "a-b", "", "O'Neil", "x=1"])
def test_plain_values_stay_as_they_are(plain: str) -> None:
    assert csv_cell(plain) == plain


def test_a_formula_after_what_some_locale_takes_for_a_separator() -> None:
    assert csv_cell("Acme;=cmd|x") == "Acme;'=cmd|x"
    assert csv_cell("a\n=1") == "a\n'=1"


def test_no_line_break_reaches_a_header() -> None:
    assert one_line("Hi\r\nBcc: all@example.com\x0b\x85\u2028x") == "Hi Bcc: all@example.com x"


def test_hidden_characters_are_seen() -> None:
    assert visible(f"a{BIDI}b\x00\u200bc") == "a\ufffdmoc.elpmaxe\ufffdb\ufffd\ufffdc"
    assert len(visible("x" * 10_000)) == 200


def test_slack_resolves_no_mention_link_or_mark() -> None:
    assert slack_text("<!channel> & <@U123>") == "&lt;!channel&gt; &amp; &lt;\u200b@\u200bU123&gt;"
    assert "|" not in slack_text("<https://x.example|Click>").replace("\u200b|\u200b", "")
    assert "https:/" not in slack_text("https://x.example")
    assert "*b*" not in slack_text("*b* _i_ `c` :smile:")


def test_teams_reads_no_markdown_link() -> None:
    assert teams_text("[pay](https://x.example)") == "\\[pay\\]\\(https\u200b:\u200b//x.example\\)"
    assert teams_text("![x](http://t.example/p.png) **b** <at>All</at>").count("\\") >= 9


def test_addresses_are_masked_and_domains_kept() -> None:
    assert masked("email=jane.doe@gmail.com, employees=12") == "email=j•••@gmail.com, employees=12"
    assert masked("call +1 415 555 0100 on 2026-03-02") == "call +1•••00 on 2026-03-02"
    assert masked_value("jane.doe.gmail.com") == "j•••"


def test_a_text_of_any_length_is_masked_in_time_that_grows_with_it() -> None:
    started = time.process_time()
    masked("A" * 50_000 + " " + "+1" * 50_000 + " a@b.example")
    assert time.process_time() - started < 5


@given(st.text())
def test_any_text_is_inert(text: str) -> None:
    assert not set(slack_text(text)) & set("<>")
    assert not set(one_line(text, 50)) & set("\r\n\0\u2028\u202e")
    cell = csv_cell(text)
    assert cell == text or cell[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n")
    (row,) = csv.reader(io.StringIO(_written(cell)))
    assert row[0].replace("\r\n", "\n") == cell.replace("\r\n", "\n")


def _written(cell: str) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow([cell, "end"])
    return buffer.getvalue()
