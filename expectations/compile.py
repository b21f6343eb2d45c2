"""From a check to SQL: a predicate that is true (passes), false (fails) or null (could not be evaluated).

Belongs here: the meaning of each check kind on DuckDB, and how a value is written so that it stays a value. Does not
belong here: to which leads a criterion applies (`Scope` says it, `judge.py` and `suites.py` use it) or what is done
with the answers.

SQL's own three-valued logic is the right one here: `and`, `or` and `not` over null are Kleene's.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from expectations import checks
from expectations.checks import CheckBase
from expectations.document import Criterion
from expectations.subjects import DAYS_SINCE_SAME_EMAIL, HANDED_OFF_AT, SEGMENT

# A mailbox as web forms accept it (WHATWG), with a dot in the domain and none at an end or doubled in the local part.
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
EMAIL_PATTERN = rf"{_LOCAL}(?:\.{_LOCAL})*@{_LABEL}(?:\.{_LABEL})+"
LONGEST_EMAIL = 254

_BLANK = r"[\s\p{Z}]*"
_SAFE_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")


def quote(value: bool | int | float | str) -> str:
    """`value` as an SQL literal; whatever a text holds, it ends where it ends."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + value.replace("'", "''") + "'"


def instant(value: datetime) -> str:
    """A naive UTC instant as an SQL literal."""
    return f"timestamp '{value.isoformat(sep=' ')}'"


def name(column: str) -> str:
    """A column's name in SQL; names come from a fixed list, so anything else is an error of ours."""
    if not _SAFE_IDENTIFIER.fullmatch(column):
        raise ValueError(f"{column!r} is not a column name")
    return column


def present_text(column: str) -> str:
    """A text column as the checks read it: one of nothing but blanks, of any script, is absent.

    (Trimming every value would cost five times as much.)
    """
    return f"case when not regexp_full_match({name(column)}, {quote(_BLANK)}) then {name(column)} end"


@dataclass(frozen=True)
class Scope:
    """Which leads a criterion applies to: handed off in [`starts_at`, `ends_at`) (UTC), in one of `segments`."""

    starts_at: datetime
    ends_at: datetime | None
    segments: tuple[str, ...]

    @classmethod
    def of(cls, criterion: Criterion, zone: ZoneInfo) -> "Scope":
        return cls(criterion.starts_at(zone), criterion.ends_at(zone), tuple(criterion.segments))

    def time_sql(self) -> str:
        """In force at the handoff: true or false (null only without a handoff time)."""
        begun = f"{HANDED_OFF_AT} >= {instant(self.starts_at)}"
        return begun if self.ends_at is None else f"{begun} and {HANDED_OFF_AT} < {instant(self.ends_at)}"

    def segment_sql(self) -> str:
        """In one of the segments: null when the lead's segment is unknown and the criterion asks for one."""
        return f"{SEGMENT} in ({_list(self.segments)})" if self.segments else "true"

    def sql(self) -> str:
        """Applies for certain."""
        return f"{self.time_sql()} and {self.segment_sql()}"


def predicate(check: CheckBase) -> str:
    """`check` as a boolean SQL expression over a subject's columns; null is `could not be evaluated`."""
    sql = _COMPILERS[type(check)](check)
    if check.missing == "unevaluable" or isinstance(check, checks.Required):
        return f"({sql})"
    return f"coalesce({sql}, {quote(check.missing == 'pass')})"


def outcome(criterion: Criterion, scope: Scope, unevaluable: bool = False) -> str:
    """The criterion's answer per lead as TINYINT: 1 passes, 0 fails, 2 could not be evaluated, null does not apply.

    `unevaluable` answers 2 wherever it applies, without reading the columns of the check.
    """
    answer = "2" if unevaluable else f"coalesce(cast({predicate(criterion.check)} as tinyint), 2)"
    answers = f"when {scope.time_sql()} then {answer}"
    if scope.segments:
        within = scope.segment_sql()
        answers = f"when not ({scope.time_sql()}) then null when {within} then {answer} when ({within}) is null then 2"
    return f"cast(case {answers} end as tinyint)"


def observed(check: CheckBase) -> str:
    """What the check saw, as text: the value itself, or `column=value` pairs when it reads several columns."""
    columns = [name(column) for column in check.columns()]
    if len(columns) == 1:
        return f"cast({columns[0]} as varchar)"
    pairs = (f"'{column}=' || coalesce(cast({column} as varchar), '')" for column in columns)
    return "concat_ws(', ', " + ", ".join(pairs) + ")"


def _list(values: tuple[bool | int | float | str, ...] | list[bool | int | float | str]) -> str:
    return ", ".join(quote(value) for value in values)


def _required(check: checks.Required) -> str:
    return f"{name(check.column)} is not null"


def _one_of(check: checks.OneOf) -> str:
    return f"{name(check.column)} in ({_list(check.values)})"


def _not_one_of(check: checks.NotOneOf) -> str:
    return f"{name(check.column)} not in ({_list(check.values)})"


def _between(check: checks.Between) -> str:
    return f"{name(check.column)} between {quote(check.min)} and {quote(check.max)}"


def _at_least(check: checks.AtLeast) -> str:
    return f"{name(check.column)} >= {quote(check.min)}"


def _matches(check: checks.Matches) -> str:
    return f"regexp_matches({name(check.column)}, {quote(check.pattern)})"


def _not_matches(check: checks.NotMatches) -> str:
    return f"not regexp_matches({name(check.column)}, {quote(check.pattern)})"


def _valid_email(check: checks.ValidEmail) -> str:
    column = name(check.column)
    return f"length({column}) <= {LONGEST_EMAIL} and regexp_full_match({column}, {quote(EMAIL_PATTERN)})"


def _domain_not_in(check: checks.DomainNotIn) -> str:
    # Looked up by hash: written as a list, DuckDB compares with each of the hundreds of domains in turn.
    return f"lower({name(check.column)}) not in (select unnest([{_list(check.excluded())}]))"


def _unique_within(check: checks.UniqueWithin) -> str:
    # No days since the same address means: with an address, nobody had it before; without one, nothing is known.
    within = f"coalesce({DAYS_SINCE_SAME_EMAIL} > {check.days}, true)"
    return f"case when {name(check.column)} is not null then {within} end"


def _recent_within(check: checks.RecentWithin) -> str:
    return f"{name(check.column)} >= {HANDED_OFF_AT} - interval {check.days} day"


def _consent_given(check: checks.ConsentGiven) -> str:
    return name(check.column)


def _any_of(check: checks.AnyOf) -> str:
    return " or ".join(predicate(part) for part in check.checks)


def _all_of(check: checks.AllOf) -> str:
    return " and ".join(predicate(part) for part in check.checks)


_COMPILERS: dict[type[CheckBase], Callable[..., str]] = {
    checks.Required: _required,
    checks.OneOf: _one_of,
    checks.NotOneOf: _not_one_of,
    checks.Between: _between,
    checks.AtLeast: _at_least,
    checks.Matches: _matches,
    checks.NotMatches: _not_matches,
    checks.ValidEmail: _valid_email,
    checks.DomainNotIn: _domain_not_in,
    checks.UniqueWithin: _unique_within,
    checks.RecentWithin: _recent_within,
    checks.ConsentGiven: _consent_given,
    checks.AnyOf: _any_of,
    checks.AllOf: _all_of,
}
