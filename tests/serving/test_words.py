# ruff: noqa: RUF001
"""Numbers and names as people read them."""

from datetime import UTC, date, datetime

import pytest

from orchestration.serving.review import words


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (151_300, "$151.3k"), (999_940, "$999.9k"), (999_960, "$1.00m"), (999_996_000, "$1.00bn"),
        (1_240_000, "$1.24m"), (943, "$943"), (9_999, "$9,999"), (10_000, "$10.0k"), (14.5, "$14.50"),
        (-3_600, "−$3,600"), (0, "$0"), (-0.4, "−$0.40"), (100.4, "$100"), (None, "–"),
    ],
)  # fmt: skip
def test_money(value: float | None, shown: str) -> None:
    assert words.money(value, "USD") == shown


def test_a_currency_without_a_symbol_is_named() -> None:
    assert words.money(1200, "SEK") == "SEK\u00a01,200"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1412, "1,412"), (15.85, "15.8"), (15, "15"), (0.4, "0.4"), (848.0, "848"), (-3, "−3"), (0, "0"), (None, "–")],
)
def test_counts(value: float | None, shown: str) -> None:
    assert words.count(value) == shown


@pytest.mark.parametrize(
    ("metric", "variance", "share", "shown"),
    [
        ("leads", 44, 0.052, "+5.2\u202f%"),
        ("leads", -44, -0.052, "−5.2\u202f%"),
        ("leads", 0, 0.0, "0.0\u202f%"),
        ("ready_rate", -0.036, -0.05, "−3.6\u202fpp"),
        ("ready_rate", 0.036, 0.05, "+3.6\u202fpp"),
        ("won", None, None, "–"),
        ("spend", -1, -0.0001, "0.0\u202f%"),
    ],
)
def test_differences_from_plan(metric: str, variance: float | None, share: float | None, shown: str) -> None:
    assert words.metric_change(metric, variance, share) == shown


@pytest.mark.parametrize(("value", "shown"), [(45, "45\u202fmin"), (90, "1.5\u202fh"), (240, "4\u202fh"), (None, "–")])
def test_business_minutes(value: float | None, shown: str) -> None:
    assert words.minutes(value) == shown


@pytest.mark.parametrize(
    ("start", "shown"),
    [
        (date(2026, 11, 16), "16–22 November 2026"),
        (date(2026, 3, 30), "30 March – 5 April 2026"),
        (date(2026, 12, 28), "28 December 2026 – 3 January 2027"),
    ],
)
def test_a_week_is_told_with_months_and_years_only_where_they_differ(start: date, shown: str) -> None:
    assert words.week_span(start) == shown


def test_an_instant_is_told_in_business_time_across_daylight_saving() -> None:
    assert words.instant(datetime(2026, 3, 30, 10, tzinfo=UTC), "America/New_York") == "Mon 30 Mar 2026, 06:00 EDT"
    assert words.instant(datetime(2026, 11, 23, 11, tzinfo=UTC), "America/New_York") == "Mon 23 Nov 2026, 06:00 EST"
