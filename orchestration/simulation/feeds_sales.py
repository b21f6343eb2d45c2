"""The sales teams' feeds as rows: opportunities, stage history, accounts, users.

Belongs here: which columns each extract has and what fills them. Does not belong here: any draw of a deal's course.
"""

from datetime import date

import numpy as np

from orchestration.simulation.arrays import NEVER, Bools, Ints, Purpose, day_number, stream
from orchestration.simulation.business_time import BusinessTime
from orchestration.simulation.company import AE, Company
from orchestration.simulation.journal import team_sizes, user_codes
from orchestration.simulation.life import DAY, HOUR
from orchestration.simulation.opportunities import STAGES, L, W
from orchestration.simulation.pool import COUNTRIES, INDUSTRIES, Pool
from orchestration.simulation.rows import Column, Date, Flag, Ident, Instant, Joined, Number, Rows, Stamp, Text
from orchestration.simulation.story import Setting, Story, account_id

DELETED_EVERY = 97
EXPECTED_DAYS = 60
REFRESHED_PER_WEEK = 6


def stage_rows(story: Story) -> Rows:
    """A row per stage that an opportunity enters."""
    deals = story.deals
    columns: dict[str, Column] = {
        "history_id": Ident(f"H{story.tag}-", deals.of * 16 + deals.visit, 8),
        "opportunity_id": story.opportunity_id(deals.of),
        "stage": Text.of(deals.stage, STAGES),
        "entered_at": Stamp(deals.entered),
        "actor_id": story.user(user_codes(story.company, story.life)[1][deals.lead[deals.of]]),
        "amount": Number(deals.amount_then),
    }
    return Rows(story.calendar.day(deals.entered), deals.entered, columns)


def visit_rows(story: Story) -> Rows:
    """A row per stage that an opportunity enters, and the same row again, closed, when it enters the next."""
    deals = story.deals
    last = np.append(deals.of[1:] != deals.of[:-1], True) if len(deals.of) else np.zeros(0, dtype=np.bool_)
    left = np.flatnonzero(~last)
    visit = np.concatenate([np.arange(len(deals.of)), left])
    closed = np.repeat([False, True], [len(deals.of), len(left)])
    left_at = np.where(closed, deals.entered[np.minimum(visit + 1, max(len(deals.of) - 1, 0))], NEVER)
    at = np.where(closed, left_at, deals.entered[visit])
    of = deals.of[visit]
    columns: dict[str, Column] = {
        "opportunity_id": story.opportunity_id(of),
        "account_id": account_id(story.people.company[deals.lead[of]]),
        "stage": Text.of(deals.stage[visit], STAGES),
        "entered_at": Stamp(deals.entered[visit]),
        "left_at": Stamp(left_at),
        "is_current": Flag(~closed),
        "created_at": Stamp(deals.opened[of]),
        "actor_id": story.user(user_codes(story.company, story.life)[1][deals.lead[of]]),
        "amount": Number(deals.amount_then[visit]),
    }
    return Rows(story.calendar.day(at), at, columns, key=visit)


def opportunity_rows(story: Story) -> Rows:
    """A row per opportunity and day on which it changed; a few of the lost ones are deleted later."""
    deals, company, people = story.deals, story.company, story.people
    lost = np.flatnonzero((deals.stage == L) & (deals.of % DELETED_EVERY == 0))
    lost = lost[np.append(deals.of[1:] != deals.of[:-1], True)[lost]] if len(lost) else lost
    row = np.concatenate([np.arange(len(deals.of)), lost])
    deleted = np.repeat([False, True], [len(deals.of), len(lost)])
    at = np.where(deleted, deals.entered[row] + 5 * DAY, deals.entered[row])
    of, stage = deals.of[row], deals.stage[row]
    lead = deals.lead[of]
    closed = (stage == W) | (stage == L)
    owner_company = people.company[lead]
    segment = story.cohort.segment[lead]
    expected = story.calendar.day(deals.opened)[of] + EXPECTED_DAYS
    columns: dict[str, Column] = {
        "opportunity_id": story.opportunity_id(of),
        "account_id": account_id(owner_company),
        "lead_id": story.lead_id(lead),
        "name": Joined((Text(owner_company, story.pool.names), " - ", Text.of(segment, _titles(company)))),
        "stage": Text.of(stage, STAGES),
        "amount": Number(deals.amount_then[row]),
        "currency": Text.of(np.zeros(len(row), dtype=np.int64), (story.currency,)),
        "owner_id": story.user(user_codes(company, story.life)[1][lead]),
        "created_at": Stamp(deals.opened[of]),
        "updated_at": Stamp(at),
        "close_date": Date(np.where(closed, story.calendar.day(deals.entered[row]), expected)),
        "is_deleted": Flag(deleted),
    }
    return Rows(story.calendar.day(at), at, columns, key=of)


def _titles(company: Company) -> list[str]:
    return [segment.title for segment in company.segments]


def won_account_rows(story: Story) -> Rows:
    """A row per account that a won deal makes a customer."""
    at = story.deals.closed_won
    won = np.flatnonzero((at < NEVER) & (story.people.company[story.deals.lead] >= 0))
    index = story.people.company[story.deals.lead[won]]
    customer = np.ones(len(won), dtype=np.bool_)
    return account_rows(story.company, story.pool, story.calendar, index, at[won], customer, 1.0)


def updated_account_rows(story: Story) -> Rows:
    """A row per customer whose head count the CRM refreshed in the cohort's week."""
    rng = stream(story.seed, Purpose.ACCOUNTS, story.cohort.index)
    count = REFRESHED_PER_WEEK
    index = story.pool.choose_customer(rng, rng.integers(0, len(story.company.segments), count))
    start = int(story.calendar.midnight(np.array([day_number(story.cohort.week)]))[0])
    at = start + np.sort(rng.integers(0, 5, count)) * DAY + rng.integers(9 * HOUR, 17 * HOUR, count)
    return account_rows(story.company, story.pool, story.calendar, index, at, np.ones(count, dtype=np.bool_), 1.05)


def opening_account_rows(setting: Setting) -> Rows:
    """The whole account list as it stood before the company's first week."""
    pool, calendar = setting.pool, setting.calendar
    before = int(calendar.midnight(np.array([day_number(setting.start)]))[0]) - DAY
    at = np.minimum(pool.created, before)
    return account_rows(setting.company, pool, calendar, np.arange(pool.count), at, pool.is_customer(), 1.0)


def account_rows(
    company: Company, pool: Pool, calendar: BusinessTime, index: Ints, at: Ints, customer: Bools, growth: float
) -> Rows:
    """Account records of the pool's companies `index`, as changed at `at`."""
    aes = team_sizes(company)[AE]
    first_ae = sum(team_sizes(company).values()) - aes
    columns: dict[str, Column] = {
        "account_id": account_id(index),
        "name": Text(index, pool.names),
        "domain": Text(index, pool.domains),
        "segment": Text.of(pool.segment[index], [segment.name for segment in company.segments]),
        "industry": Text.of(pool.industry[index], INDUSTRIES),
        "employees": Number(np.rint(pool.employees[index] * growth).astype(np.int64)),
        "country": Text.of(pool.country[index], COUNTRIES),
        "owner_id": Text.of(first_ae + (pool.owner[index] * aes).astype(np.int64), user_ids(company)),
        "created_at": Instant(np.minimum(pool.created[index], at)),
        "updated_at": Instant(at),
        "is_customer": Flag(customer),
    }
    return Rows(calendar.day(at), at, columns, key=index)


def user_ids(company: Company) -> tuple[str, ...]:
    """Ids of all users: marketing's queue, the SDRs, the AEs."""
    return tuple(
        f"U-{team.upper()}-{number:02d}" for team, size in team_sizes(company).items() for number in range(1, size + 1)
    )


def user_rows(setting: Setting) -> Rows:
    """Every user as known at the start, and one promotion in each quarter year after it."""
    company, start, last = setting.company, setting.start, setting.last_day
    teams = [(team, number) for team, size in team_sizes(company).items() for number in range(1, size + 1)]
    first = day_number(start)
    # The first workday of a quarter at ten: a date the CRM's administrator would choose.
    quarters = [
        day_number(date(year, month, 3)) for year in range(start.year, last.year + 1) for month in (1, 4, 7, 10)
    ]
    promoted = [day for day in quarters if first < day <= day_number(last)]
    user = np.array([*range(len(teams)), *((day // 91) % len(teams) for day in promoted)], dtype=np.int64)
    day = np.array([first - 400] * len(teams) + promoted, dtype=np.int64)
    at = day * DAY + 15 * HOUR
    senior = np.arange(len(user)) >= len(teams)
    names = [f"{team.upper()} {number:02d}" for team, number in teams]
    mails = [f"{team}-{number:02d}@example.com" for team, number in teams]
    team_names = list(team_sizes(company))
    team = np.array([team_names.index(team) for team, _ in teams])[user]
    columns: dict[str, Column] = {
        "user_id": Text.of(user, user_ids(company)),
        "updated_at": Stamp(at),
        "name": Text.of(user, names),
        "email": Text.of(user, mails),
        "team": Text.of(team, team_names),
        "role": Text.of(team * 2 + senior, [f"{grade}{name}" for name in team_names for grade in ("", "senior ")]),
        "is_active": Flag(np.ones(len(user), dtype=np.bool_)),
    }
    return Rows(day, at, columns)


def team_rows(setting: Setting) -> Rows:
    """A row per team of users."""
    names = list(team_sizes(setting.company))
    return setting.listing(len(names), {"team": Text.of(np.arange(len(names)), names)})
