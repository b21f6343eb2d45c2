"""Who the leads are: name, address, title, company; their defects made visible in these.

Belongs here: attributes of leads, all invented. Does not belong here: which defects a lead has (`quality.py`).
"""

from dataclasses import dataclass

import numpy as np

from orchestration.simulation.arrays import Bools, Floats, Ints, Purpose, pick, stream
from orchestration.simulation.cohort import Cohort
from orchestration.simulation.pool import COUNTRIES, SERVED, Pool, words
from orchestration.simulation.quality import Defect
from orchestration.simulation.rows import Column, Either, Ident, Joined, Text, Upper, arrow, compute

FREE_HOSTS = ("gmail.com", "yahoo.com", "outlook.com", "hotmail.com", "icloud.com")
SCHOOLS = ("State College", "Institute of Technology", "City University")
SCHOOL_HOSTS = ("state-college.edu", "tech-institute.edu", "city-university.edu")
RIVALS = ("Rivalsoft", "Northpeak Systems", "Otherworks")
RIVAL_HOSTS = ("rivalsoft.example", "northpeak-systems.example", "otherworks.example")
OTHER_HOSTS = FREE_HOSTS + SCHOOL_HOSTS + RIVAL_HOSTS
OTHER_COMPANIES = SCHOOLS + RIVALS

LEVELS = ("VP", "Director", "Head", "Senior Manager", "Manager", "Chief")
FIELDS = ("Operations", "IT", "Revenue Operations", "Finance", "Procurement", "Information Security", "Sales")
BUYER_TITLES = tuple(f"{level} of {field}" for level in LEVELS for field in FIELDS)
OTHER_TITLES = ("Marketing Intern", "IT Trainee", "Summer Intern", "Trainee", "Administrative Assistant")
STUDENT_TITLES = ("Student", "Graduate Student", "Professor")
TITLES = BUYER_TITLES + OTHER_TITLES + STUDENT_TITLES
# 555-0100 to 555-0199 are set aside for fiction.
PHONES = tuple(f"+1-{area}-555-01{line:02d}" for area in (202, 312, 415, 512, 617, 718) for line in range(100))

FIRST_NAMES, LAST_NAMES = 256, 4096
KNOWN_ACCOUNT, SEGMENT_KNOWN, FIXED_LATER, NO_TITLE = 0.7, 0.6, 0.2, 0.45
SIZE_UNKNOWN, CONSENT_UNKNOWN = 0.01, 0.003
HANDOFF_SCORE = 50
"""Marketing hands off leads from this score on."""


@dataclass(frozen=True)
class People:
    """Attributes per lead, as codes (-1: empty); a duplicate shows those of the person it repeats."""

    company: Ints
    """Index into the pool; -1 for students, competitors and private persons."""
    other_company: Ints
    known_account: Bools
    segment_known: Bools
    first: Ints
    last: Ints
    host: Ints
    """Index into OTHER_HOSTS, -1 for the company's own domain."""
    no_mail: Bools
    person: Ints
    title: Ints
    phone: Ints
    phone_later: Ints
    country: Ints
    employees: Floats
    employees_later: Floats
    consent: Bools
    consent_unknown: Bools
    score: Floats
    label: Floats
    """Which of its source's CRM values the lead carries, 0 to 1."""


def draw_people(pool: Pool, cohort: Cohort, seed: int) -> People:
    """Draw the attributes of a cohort's leads such that each shows its defects."""
    rng = stream(seed, Purpose.PEOPLE, cohort.index)
    count, person = len(cohort.cell), cohort.person

    def has(defect: Defect) -> Bools:
        return (cohort.defect == defect) | (cohort.second_defect == defect)

    student, rival, free = has(Defect.STUDENT), has(Defect.COMPETITOR), has(Defect.FREE_MAIL)
    outside = student | rival
    company = np.where(outside, -1, _companies(rng, pool, cohort, has(Defect.TOO_SMALL), has(Defect.CUSTOMER)))
    host = np.where(free, rng.integers(0, len(FREE_HOSTS), count), -1)
    which = rng.integers(0, 3, count)
    host = np.where(student, len(FREE_HOSTS) + which, np.where(rival, len(FREE_HOSTS) + 3 + which, host))
    unreachable = has(Defect.NO_CONTACT)
    # Below enterprise a missing phone is no defect: nobody calls there first.
    no_mail = unreachable & ((rng.random(count) < 0.2) | (cohort.segment == 0))
    phone = rng.integers(0, len(PHONES), count)
    gap = np.where(unreachable & ~no_mail, -1, phone)
    employees = np.where(company >= 0, pool.employees[np.maximum(company, 0)], np.nan).astype(np.float64)
    employees = np.where(rng.random(count) < SIZE_UNKNOWN, np.nan, employees)
    country = np.where(company >= 0, pool.country[np.maximum(company, 0)], pick(rng, SERVED, count))
    foreign = rng.integers(len(SERVED), len(COUNTRIES), count)
    drawn = People(
        company=company,
        other_company=np.where(student, which, np.where(rival, 3 + which, -1)),
        known_account=((rng.random(count) < KNOWN_ACCOUNT) & ~free) | has(Defect.CUSTOMER),
        segment_known=rng.random(count) < SEGMENT_KNOWN,
        first=rng.integers(0, FIRST_NAMES, count),
        last=rng.integers(0, LAST_NAMES, count),
        host=host,
        no_mail=no_mail,
        person=person,
        title=_titles(rng, has(Defect.WRONG_ROLE), student),
        phone=gap,
        phone_later=np.where(rng.random(count) < FIXED_LATER, phone, gap),
        country=np.where(has(Defect.WRONG_REGION), foreign, country),
        employees=employees,
        employees_later=np.rint(employees * 1.02),
        consent=~has(Defect.NO_CONSENT),
        consent_unknown=rng.random(count) < CONSENT_UNKNOWN,
        score=_scores(rng, cohort),
        label=rng.random(count),
    )
    return _of_persons(drawn, person)


def _companies(rng: np.random.Generator, pool: Pool, cohort: Cohort, small: Bools, customer: Bools) -> Ints:
    """The company of each lead: of its target segment, of one below when too small, or a customer."""
    below = np.where(rng.random(len(small)) < 0.6, cohort.segment - 1, -1)
    wanted = pool.choose(rng, np.where(small, below, cohort.segment))
    return np.where(customer & ~small, pool.choose_customer(rng, cohort.segment), wanted)


def _titles(rng: np.random.Generator, wrong: Bools, student: Bools) -> Ints:
    count = len(wrong)
    title = rng.integers(0, len(BUYER_TITLES), count)
    other = len(BUYER_TITLES) + rng.integers(0, len(OTHER_TITLES), count)
    other = np.where(rng.random(count) < NO_TITLE, -1, other)
    title = np.where(wrong, other, title)
    pupil = len(BUYER_TITLES) + len(OTHER_TITLES) + rng.integers(0, len(STUDENT_TITLES), count)
    return np.where(student, pupil, title)


def _scores(rng: np.random.Generator, cohort: Cohort) -> Floats:
    """0 to 100; from HANDOFF_SCORE on exactly the leads that are handed off, ready ones somewhat higher."""
    count = len(cohort.cell)
    draw = np.where(cohort.ready, rng.beta(3, 2, count), rng.beta(2, 3, count))
    share = np.where(cohort.handed_off, HANDOFF_SCORE + draw * (100 - HANDOFF_SCORE), draw * (HANDOFF_SCORE - 1))
    return np.round(share, 1).astype(np.float64)


def _of_persons(drawn: People, person: Ints) -> People:
    own = {"person", "score", "label"}
    values = vars(drawn)
    return People(**{name: value if name in own else value[person] for name, value in values.items()})


def first_name(people: People) -> Column:
    """Invented given names."""
    return Text(people.first, compute.utf8_capitalize(words(np.arange(FIRST_NAMES), 2)))


def last_name(people: People) -> Column:
    """Invented family names."""
    return Text(people.last, compute.utf8_capitalize(words(np.arange(LAST_NAMES) + 3, 3)))


def email(people: People, pool: Pool, cohort_index: int) -> Column:
    """An address per person: unlike persons never share one, duplicates do, some of them in capitals."""
    lower = _address(people, pool, cohort_index, ())
    repeated = _repeated(people)
    return Either(repeated & (np.arange(len(repeated)) % 3 == 0), Upper(lower), lower)


def tagged_email(people: People, pool: Pool, cohort_index: int) -> Column:
    """The same addresses where no two records may share one: duplicates come with a tag (name+tag@host)."""
    repeated = _repeated(people)
    tag = ("+", Ident("", np.arange(len(repeated)), 6))
    return Either(repeated, _address(people, pool, cohort_index, tag), _address(people, pool, cohort_index, ()))


def _repeated(people: People) -> Bools:
    return people.person != np.arange(len(people.person))


def _address(people: People, pool: Pool, cohort_index: int, tag: tuple[Column | str, ...]) -> Column:
    hosts = arrow.concat_arrays([pool.domains, arrow.array(OTHER_HOSTS)])
    host = np.where(people.host >= 0, pool.count + people.host, people.company)
    return Joined(
        (
            Text(people.first, words(np.arange(FIRST_NAMES), 2)),
            ".",
            Text(people.last, words(np.arange(LAST_NAMES) + 3, 3)),
            Ident(f"{cohort_index % 10_000}", people.person, 6),
            *tag,
            "@",
            Text(np.where(people.no_mail, -1, host), hosts),
        )
    )
