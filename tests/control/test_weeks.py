"""Which weeks are due: each content once, however old the week, and nothing that has not closed."""

from datetime import UTC, date, datetime

from orchestration.control.assets import run_weeks
from orchestration.control.weeks import served_weeks_due
from tests.control.served import WEEK, Week, publish

TUESDAY = datetime.fromisoformat("2026-03-10T10:00:00")
MONTH_LATER = datetime.fromisoformat("2026-04-07T10:00:00")


def due(settings):
    return [(week.week_start, week.run_key) for week in served_weeks_due(settings)]


def run_due(settings, store):
    for week in served_weeks_due(settings):
        run_weeks(settings, store, [week.week_start], week.as_of)


def test_nothing_is_due_before_anything_was_published(settings):
    assert due(settings) == []


def test_closed_weeks_are_due_once_oldest_first_with_their_content_as_run_key(settings, store):
    later = Week(date(2026, 3, 9), fingerprint="content-9")
    publish(settings, "one", MONTH_LATER, later, Week())
    assert due(settings) == [(WEEK, "2026-03-02:content-1"), (date(2026, 3, 9), "2026-03-09:content-9")]
    run_due(settings, store)
    assert due(settings) == []


def test_the_publications_instant_is_handed_on_with_its_zone(settings):
    publish(settings, "one", TUESDAY, Week())
    assert served_weeks_due(settings)[0].as_of.isoformat() == "2026-03-10T10:00:00+00:00"


def test_a_week_that_is_not_closed_is_not_due(settings):
    publish(settings, "one", TUESDAY, Week(closed=False, missing="crm.leads 2026-03-08"))
    assert due(settings) == []


def test_a_week_before_the_first_partition_cannot_be_run_and_is_not_due(settings):
    publish(settings, "one", TUESDAY, Week(date(2015, 6, 1)))
    assert due(settings) == []


def test_a_corrected_day_re_opens_a_week_however_old(settings, store):
    publish(settings, "one", MONTH_LATER, Week())
    run_due(settings, store)
    publish(settings, "two", MONTH_LATER.replace(year=2028), Week(fingerprint="content-2"))
    assert due(settings) == [(WEEK, "2026-03-02:content-2")]
    assert "changed since revision 1" in served_weeks_due(settings)[0].reason
    run_due(settings, store)
    assert store.latest(WEEK).number == 2


def test_a_provisional_week_is_due_once_more_when_it_has_settled(settings, store):
    publish(settings, "one", TUESDAY, Week())
    run_due(settings, store)
    publish(settings, "two", MONTH_LATER, Week())
    assert due(settings) == [(WEEK, "2026-03-02:content-1:after-1")]
    run_due(settings, store)
    assert store.latest(WEEK).state == "final"
    assert due(settings) == []


def test_content_that_returns_gets_a_key_that_has_not_run(settings, store):
    for version, fingerprint in (("one", "content-1"), ("two", "content-2")):
        publish(settings, version, MONTH_LATER, Week(fingerprint=fingerprint))
        run_due(settings, store)
    publish(settings, "three", MONTH_LATER, Week())
    assert due(settings) == [(WEEK, "2026-03-02:content-1:after-2")]


def test_a_blocked_week_is_due_when_it_closes_with_the_same_content(settings, store):
    publish(settings, "one", TUESDAY, Week(closed=False, missing="ads.ad_spend 2026-03-08"))
    run_weeks(settings, store, [WEEK], TUESDAY.replace(tzinfo=UTC))
    assert store.latest(WEEK).state == "blocked"
    publish(settings, "two", TUESDAY, Week())
    assert due(settings) == [(WEEK, "2026-03-02:content-1:after-1")]
