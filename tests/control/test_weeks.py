"""Which weeks are due: each content once, however old the week, and nothing that has not closed."""

from datetime import UTC, date, datetime

from orchestration.control.assets import run_weeks
from orchestration.control.finished_weeks import mark_finished
from orchestration.control.weeks import served_weeks_due, weeks_to_run
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


def lost(settings):
    return [(week.run_key, week.reason) for week in weeks_to_run(settings)]


def test_a_revision_is_due_until_it_is_published_and_its_run_has_ended(settings, store):
    publish(settings, "one", MONTH_LATER, Week())
    run_due(settings, store)
    key = "2026-03-02:content-1:finish-1@20260407T100000"
    assert lost(settings) == [(key, "revision 1 is stored and not published")]
    publish(settings, "two", MONTH_LATER, Week(), revisions={WEEK: 1})
    assert lost(settings) == [(key, "revision 1 is published, and its review, reports or budgets are not all out")]
    mark_finished(settings, {WEEK: 1}, MONTH_LATER.replace(tzinfo=UTC))
    assert weeks_to_run(settings) == []


def test_what_fails_again_is_tried_again_with_the_next_publication(settings, store):
    publish(settings, "one", MONTH_LATER, Week())
    run_due(settings, store)
    first = lost(settings)
    publish(settings, "two", MONTH_LATER.replace(day=8), Week(), revisions={WEEK: 1})
    assert len({key for key, _ in first + lost(settings)}) == 2


def test_a_new_revision_of_a_finished_week_must_be_finished_too(settings, store):
    publish(settings, "one", MONTH_LATER, Week())
    run_due(settings, store)
    mark_finished(settings, {WEEK: 1}, MONTH_LATER.replace(tzinfo=UTC))
    publish(settings, "two", MONTH_LATER, Week(fingerprint="content-2"), revisions={WEEK: 1})
    run_due(settings, store)
    assert [reason for _, reason in lost(settings)] == ["revision 2 is stored and not published"]
