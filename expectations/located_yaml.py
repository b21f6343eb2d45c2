"""YAML with the line of every value, so that an error can say where.

Belongs here: reading a document into plain values plus the line of each path. Does not belong here: what the
document means (`contract.py`).
"""

from dataclasses import dataclass
from typing import Any

import yaml

Path = tuple[str | int, ...]


class YamlError(ValueError):
    """The text is not usable YAML: `line` (from 1) and `message` say where and why."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line
        self.message = message


@dataclass(frozen=True)
class Located:
    """Plain values (dict, list, scalars) and the line, from 1, on which each path begins."""

    data: Any
    lines: dict[Path, int]

    def known(self, path: Path) -> Path:
        """`path` without the steps that the document does not have (a union's tag in a validator's location)."""
        known: Path = ()
        for step in path:
            if (*known, step) in self.lines:
                known = (*known, step)
        return known

    def line(self, path: Path) -> int:
        """The line of `path`, or of its nearest ancestor that stands in the document."""
        return self.lines.get(self.known(path), 1)

    def value(self, path: Path) -> Any:
        """The value at `path`; None where the document has none."""
        if path not in self.lines:
            return None
        value = self.data
        for step in path:
            value = value[step]
        return value


def parse_located(text: str) -> Located:
    """Read one YAML document; raises YamlError with the line for bad syntax, a repeated key or an alias."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Path, int] = {}
        data = None if node is None else _build(loader, node, (), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else 1, error.problem or "not YAML") from error
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, YamlError):
            raise
        raise YamlError(1, str(error)) from error
    finally:
        loader.dispose()
    return Located(data, lines)


def _build(loader: yaml.SafeLoader, node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    line = node.start_mark.line + 1
    if path in lines:
        raise YamlError(line, f"`{path[-1]}` stands twice (first on line {lines[path]}); keep one")
    lines[path] = line
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, item, (*path, index), lines) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return {key.value: _build(loader, value, (*path, key.value), lines) for key, value in node.value}
    try:
        return loader.construct_object(node)
    except ValueError as error:
        raise YamlError(line, f"`{node.value}` is not a value: {error}") from error
