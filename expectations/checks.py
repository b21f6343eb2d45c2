"""The grammar of checks: the kinds of question a criterion may ask of a lead, as typed values.

Belongs here: each kind's fields, the columns it reads and what an absent value means to it. Does not belong here:
how a kind becomes SQL (`compile.py`) or an expectation (`suites.py`).

Three-valued: a check passes, fails, or could not be evaluated. `when_missing` says which of the three an absent value
is. A required value and a consent default to `defect`: their absence is exactly what the check is about, and a consent
that nobody recorded was not given. Every other check defaults to `unevaluable`: an unknown number of employees is
neither enough nor too few, and calling it either would start the argument that the ledger exists to end.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from expectations.subjects import CRITERION_COLUMNS, DAYS_SINCE_SAME_EMAIL, HANDED_OFF_AT, Kind

Missing = Literal["defect", "unevaluable", "pass"]
Number = StrictInt | StrictFloat
DOMAIN_LISTS = Path(__file__).parent / "domains"
MAX_DEPTH = 6


def _plain(text: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError("a value may not hold control characters")
    return text


Text = Annotated[StrictStr, AfterValidator(_plain)]


class CheckBase(BaseModel):
    """What all kinds share: the answer for an absent value."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    default_missing: ClassVar[Missing] = "unevaluable"

    when_missing: Missing | None = None

    @property
    def missing(self) -> Missing:
        """The answer for an absent value: as stated, else the kind's default."""
        return self.when_missing or self.default_missing

    def columns(self) -> tuple[str, ...]:
        """The subject columns the check reads, in the order in which they are shown."""
        raise NotImplementedError

    def kinds(self) -> dict[str, tuple[Kind, ...]]:
        """The kinds of column each of `columns()` may be."""
        raise NotImplementedError


class OneColumn(CheckBase):
    """A check of a single column."""

    accepts: ClassVar[tuple[Kind, ...]] = ("text", "number", "bool", "timestamp")
    column: Text

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def kinds(self) -> dict[str, tuple[Kind, ...]]:
        return {self.column: self.accepts}


class Required(OneColumn):
    """The value is there (for text: something other than white space)."""

    kind: Literal["required"]
    default_missing: ClassVar[Missing] = "defect"

    @model_validator(mode="after")
    def _missing_is_the_defect(self) -> "Required":
        if self.when_missing not in (None, "defect"):
            raise ValueError("a required value that is missing is a defect; remove when_missing")
        return self


class InValues(OneColumn):
    """A check against a list of values, compared exactly (case matters)."""

    values: Annotated[list[StrictBool | Number | Text], Field(min_length=1)]

    def kinds(self) -> dict[str, tuple[Kind, ...]]:
        return {self.column: (self._value_kind(),)}

    def _value_kind(self) -> Kind:
        first = self.values[0]
        if isinstance(first, bool):
            return "bool"
        return "text" if isinstance(first, str) else "number"

    @model_validator(mode="after")
    def _one_type(self) -> "InValues":
        families = {"bool" if isinstance(v, bool) else "text" if isinstance(v, str) else "number" for v in self.values}
        if len(families) > 1:
            raise ValueError("values are of different types; put texts such as NO, yes or 1 in quotes")
        return self


class OneOf(InValues):
    """The value is one of `values`."""

    kind: Literal["one_of"]


class NotOneOf(InValues):
    """The value is none of `values`."""

    kind: Literal["not_one_of"]


class Between(OneColumn):
    """`min` <= value <= `max`."""

    kind: Literal["between"]
    accepts: ClassVar[tuple[Kind, ...]] = ("number",)
    min: Number
    max: Number

    @model_validator(mode="after")
    def _ordered(self) -> "Between":
        if self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}; exchange them")
        return self


class AtLeast(OneColumn):
    """The value is `min` or more."""

    kind: Literal["at_least"]
    accepts: ClassVar[tuple[Kind, ...]] = ("number",)
    min: Number


class Pattern(OneColumn):
    """A check against a regular expression (RE2 syntax: no look-around, no back-references)."""

    accepts: ClassVar[tuple[Kind, ...]] = ("text",)
    pattern: Annotated[Text, Field(min_length=1, max_length=1000)]


class Matches(Pattern):
    """`pattern` is found in the value; anchor it with ^ and $ to match the whole."""

    kind: Literal["matches"]


class NotMatches(Pattern):
    """`pattern` is not found in the value."""

    kind: Literal["not_matches"]


class ValidEmail(OneColumn):
    """The value is a well-formed e-mail address with a dotted domain."""

    kind: Literal["valid_email"]
    accepts: ClassVar[tuple[Kind, ...]] = ("text",)
    column: Text = "email"


class DomainNotIn(OneColumn):
    """The value, a mail domain, is on none of the named `lists` (files in `domains/`) and not among `domains`."""

    kind: Literal["domain_not_in"]
    accepts: ClassVar[tuple[Kind, ...]] = ("text",)
    column: Text = "email_domain"
    lists: list[Text] = []
    domains: list[Text] = []

    @model_validator(mode="after")
    def _known_lists(self) -> "DomainNotIn":
        known = sorted(path.stem for path in DOMAIN_LISTS.glob("*.txt"))
        unknown = sorted(set(self.lists) - set(known))
        if unknown:
            raise ValueError(f"no list {', '.join(unknown)}; there are {', '.join(known)}")
        if not self.lists and not self.domains:
            raise ValueError("name at least one of lists or domains")
        return self

    def excluded(self) -> tuple[str, ...]:
        """Every excluded domain, lower case, sorted."""
        named = (domain for name in self.lists for domain in read_domains(name))
        return tuple(sorted({domain.lower() for domain in (*named, *self.domains)}))


class UniqueWithin(CheckBase):
    """No earlier lead had the same e-mail address in the `days` before this one."""

    kind: Literal["unique_within"]
    column: Literal["email"] = "email"
    days: Annotated[StrictInt, Field(ge=0)]

    def columns(self) -> tuple[str, ...]:
        return (self.column, DAYS_SINCE_SAME_EMAIL)

    def kinds(self) -> dict[str, tuple[Kind, ...]]:
        return {self.column: ("text",), DAYS_SINCE_SAME_EMAIL: ("number",)}


class RecentWithin(OneColumn):
    """The instant lies no more than `days` before the handoff."""

    kind: Literal["recent_within"]
    accepts: ClassVar[tuple[Kind, ...]] = ("timestamp",)
    days: Annotated[StrictInt, Field(ge=0)]

    def columns(self) -> tuple[str, ...]:
        return (self.column, HANDED_OFF_AT)

    def kinds(self) -> dict[str, tuple[Kind, ...]]:
        return {self.column: self.accepts, HANDED_OFF_AT: ("timestamp",)}


class ConsentGiven(OneColumn):
    """The person agreed to be contacted."""

    kind: Literal["consent_given"]
    default_missing: ClassVar[Missing] = "defect"
    accepts: ClassVar[tuple[Kind, ...]] = ("bool",)
    column: Text = "consent"


class Compound(CheckBase):
    """A check of checks, in Kleene's three-valued logic."""

    checks: Annotated[list["Check"], Field(min_length=1)]

    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(column for check in self.checks for column in check.columns()))

    def kinds(self) -> dict[str, tuple[Kind, ...]]:
        parts = [check.kinds() for check in self.checks]
        every = ("text", "number", "bool", "timestamp")
        return {
            column: tuple(k for k in every if all(k in part.get(column, every) for part in parts))
            for column in self.columns()
        }


class AnyOf(Compound):
    """At least one check passes; could not be evaluated when none passes and one could not be evaluated."""

    kind: Literal["any_of"]


class AllOf(Compound):
    """Every check passes; fails as soon as one fails."""

    kind: Literal["all_of"]


Check = Annotated[
    Required | OneOf | NotOneOf | Between | AtLeast | Matches | NotMatches | ValidEmail | DomainNotIn | UniqueWithin
    | RecentWithin | ConsentGiven | AnyOf | AllOf,
    Field(discriminator="kind"),
]  # fmt: skip

AnyOf.model_rebuild()
AllOf.model_rebuild()


def walk(check: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], CheckBase]]:
    """`check` and every check inside it, each with its path in the document."""
    yield path, check
    if isinstance(check, Compound):
        for index, part in enumerate(check.checks):
            yield from walk(part, (*path, "checks", index))


@cache
def read_domains(name: str) -> tuple[str, ...]:
    """The domains of list `name` (`domains/<name>.txt`): one per line, `#` begins a comment line."""
    lines = (DOMAIN_LISTS / f"{name}.txt").read_text().splitlines()
    return tuple(line.strip().lower() for line in lines if line.strip() and not line.startswith("#"))


def column_problem(check: CheckBase, column: str) -> str | None:
    """Why `check` cannot read `column` of a subject; None when it can."""
    actual = CRITERION_COLUMNS.get(column)
    if actual is None:
        return f"there is no column {column}; a criterion may use {', '.join(sorted(CRITERION_COLUMNS))}"
    accepted = check.kinds()[column]
    if actual not in accepted:
        return f"{column} is a {actual}, the check needs a {' or '.join(accepted) or 'column of one type'}"
    return None
