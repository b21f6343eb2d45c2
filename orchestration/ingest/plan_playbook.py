"""What is wrong with the playbook's file: fields of its rules, and the roles, sources and segments they name.

Belongs here: problems with the line of the very field. Does not belong here: what a rule may say
(`control/playbook.py`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from expectations.located_yaml import Located, YamlError, parse_located
from orchestration.control.playbook import STREAMS, Rule, RuleProblem, read_rules
from orchestration.ingest.plan_problem import Plan, PlanProblem
from orchestration.ingest.plan_tables import plan_file

FILE = plan_file("playbook")
Step = tuple[str | int, ...]

_REMEDIES = {
    "missing": "add it",
    "extra_forbidden": f"remove it; a rule has the fields {', '.join(Rule.model_fields)}",
    "twice": "give one of them the next version",
    "overlap": "set valid_to of the earlier version",
}


def field_problems(plan_dir: Path) -> list[PlanProblem]:
    """Every field that the grammar refuses, or why the file cannot be read at all."""
    return read_playbook(plan_dir / FILE, FILE)[1]


def read_playbook(path: Path, name: str) -> tuple[tuple[Rule, ...], list[PlanProblem]]:
    """The rules of a playbook's file that can be read, and every problem of it, told under `name`.

    An empty playbook is a problem: the lake could not tell that its rules had ended.
    """

    def unreadable(line: int | None, message: str, remedy: str) -> tuple[tuple[Rule, ...], list[PlanProblem]]:
        return (), [PlanProblem(name, line, None, message, remedy)]

    try:
        document: Any = parse_located(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        return unreadable(None, "is not UTF-8", "save it as UTF-8")
    except YamlError as error:
        return unreadable(error.line, error.message, "write valid YAML")
    content: Any = document.data or []
    if not isinstance(content, list) or not all(isinstance(rule, dict) for rule in cast("list[Any]", content)):
        return unreadable(1, "is not a list of rules", "begin each rule with `- id:` in the first column")
    if not content:
        return unreadable(None, "holds no rule", "end a rule with valid_to, do not delete it")
    rules, problems = read_rules(cast("list[dict[str, Any]]", content))
    return rules, [_problem(document, name, each) for each in problems]


def reference_problems(plan_dir: Path, plan: Plan) -> list[PlanProblem]:
    """Every role, source, segment or stream that a rule names and the plan (or the control) does not have."""
    if not (plan_dir / FILE).exists():
        return []
    document = _document(plan_dir)
    known = {
        "owners": {row["owner"] for row in plan["owners"]},
        "sources": {row["source"] for row in plan["sources"]},
        "segments": {row["segment"] for row in plan["segments"]},
        "streams": set(STREAMS),
    }
    rules, _ = read_rules(document.data)
    found: list[PlanProblem] = []
    for index, rule in enumerate(rules):
        for path, value, table in _references(rule):
            if value not in known[table]:
                place = table if table == "streams" else plan_file(table)
                line, column = document.line((index, *path)), ".".join(str(step) for step in path)
                remedy = f"use one of {', '.join(sorted(known[table]))}"
                found.append(PlanProblem(FILE, line, column, f"{value!r} is not in {place}", remedy))
    return found


def _references(rule: Rule) -> Iterator[tuple[Step, str, str]]:
    """Path of the field, the name in it, and the table that must know it."""
    yield ("owner",), rule.owner, "owners"
    yield ("approver",), rule.approver, "owners"
    lists: tuple[tuple[Step, tuple[str, ...], str], ...] = (
        (("deputies",), rule.deputies, "owners"),
        (("scope", "sources"), rule.scope.sources, "sources"),
        (("scope", "exclude"), rule.scope.exclude, "sources"),
        (("scope", "segments"), rule.scope.segments, "segments"),
    )
    for path, names, table in lists:
        for place, name in enumerate(names):
            yield (*path, place), name, table
    for field in ("trigger", "rollback_if"):
        condition = getattr(rule, field)
        if condition is not None:
            yield (field, "of" if condition.metric == "post_prob" else "stream"), condition.on_stream, "streams"


def _problem(document: Located, name: str, problem: RuleProblem) -> PlanProblem:
    remedy = _REMEDIES.get(problem.kind, "mend the value")
    return PlanProblem(name, document.line((problem.index, *problem.path)), problem.field, problem.message, remedy)


def _document(plan_dir: Path) -> Located:
    """The file, already known to be readable."""
    document: Any = parse_located((plan_dir / FILE).read_text(encoding="utf-8-sig"))
    return document
