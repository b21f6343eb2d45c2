"""What is wrong with a YAML document that a user writes: file, line, field, and what to do about it.

Belongs here: reading such a document into its model, and naming each fault by its line. Does not belong here: what a
document means (`contract.py`, and the sources' declaration).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from expectations.located_yaml import Located, YamlError, parse_located

Model = TypeVar("Model", bound=BaseModel)
Where = tuple[str | int, ...]
Named = Callable[[Located, Where], str | None]
"""Which entry of the document a place belongs to; it goes before the field's name."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the document: where, which field, what, and what to do about it."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.message}"


@dataclass(frozen=True)
class Document(Generic[Model]):
    """A document as read: its model (None when it does not validate), and every problem found so far."""

    path: Path
    located: Located
    named: Named
    model: Model | None
    problems: list[Problem]

    def problem(self, where: Where, message: str) -> Problem:
        """A problem at a place of the document."""
        return _problem(self.path, self.located, self.named, where, message)


def read_document(path: Path, model: type[Model], setting: str, named: Named) -> Document[Model]:
    """Read and validate the document at `path`; `setting` is the variable that says where it lies."""

    def unreadable(line: int, message: str) -> Document[Model]:
        return Document(path, Located(None, {}), named, None, [Problem(str(path), line, "file", message)])

    try:
        located = parse_located(path.read_text(encoding="utf-8"))
    except OSError as error:
        remedy = f"cannot be read ({error.strerror}); set {setting} to its path"
        return unreadable(1, remedy)
    except UnicodeDecodeError:
        return unreadable(1, "is not UTF-8; save it as UTF-8")
    except YamlError as error:
        return unreadable(error.line, error.message)
    try:
        return Document(path, located, named, model.model_validate(located.data), [])
    except ValidationError as error:
        found = [_invalid(path, located, named, item) for item in error.errors(include_input=False)]
        return Document(path, located, named, None, by_line(found))


def by_line(problems: Iterable[Problem]) -> list[Problem]:
    """In the document's order; of several ways in which one field is wrong, the first."""
    first = {(problem.line, problem.field): problem for problem in reversed(list(problems))}
    return sorted(first.values(), key=lambda problem: (problem.line, problem.field))


_REMEDIES = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not a field here; remove it or correct its spelling",
    "int_type": "must be a number",
    "float_type": "must be a number",
    "bool_type": "must be a single value: a text, a number, true or false",
    "string_type": "must be a text; put it in quotes",
    "date_from_datetime_parsing": "is not a date; write it as 2025-03-31",
    "date_type": "is not a date; write it as 2025-03-31",
}


def _invalid(path: Path, located: Located, named: Named, error: ErrorDetails) -> Problem:
    """A field that the grammar does not accept. Only a missing field is named though the document lacks it."""
    where = located.known(error["loc"])
    if error["type"] == "missing":
        where = (*where, error["loc"][-1])
    return _problem(path, located, named, where, _REMEDIES.get(error["type"], error["msg"]))


def _problem(path: Path, located: Located, named: Named, where: Where, message: str) -> Problem:
    steps = [str(step) for step in where if isinstance(step, str)]
    field = steps[-1] if steps else "document"
    entry = named(located, where)
    field = f"{entry}.{field}" if entry else field
    return Problem(str(path), located.line(where), field, message.removeprefix("Value error, "))
