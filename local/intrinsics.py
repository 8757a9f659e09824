"""Resolves CloudFormation's intrinsic functions (`Ref`, `Fn::Sub`, `Fn::If` …) once the physical names are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.parameters import ParameterValue

REGION = "us-east-1"
ACCOUNT_ID = "123456789012"  # moto's account
PSEUDO_PARAMETERS: Mapping[str, str] = {
    "AWS::AccountId": ACCOUNT_ID,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "sasha",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:stack/sasha/00000000-0000-4000-8000-000000000000",
    "AWS::URLSuffix": "amazonaws.com",
}
_PLACEHOLDER = re.compile(r"\$\{(!?)([A-Za-z0-9_.:]+)\}")
_ABSENT = object()  # what AWS::NoValue becomes, until the map or list around it drops it


@dataclass(frozen=True, slots=True)
class Resolver:
    """Turns template expressions into values.

    `names` are what `Ref` gives for a resource, `attributes` what `Fn::GetAtt` gives for (resource, attribute).
    A resource that is not among them stands for itself: its `Ref` is its logical id. A pseudo parameter among them
    counts more than this module's.
    """

    parameters: Mapping[str, ParameterValue]
    conditions: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def resolve(self, node: Any) -> Any:
        """The value of any part of a template. Raises ValueError for a function that it does not know."""
        value = self._resolve(node)
        return None if value is _ABSENT else value

    def _resolve(self, node: Any) -> Any:
        if isinstance(node, list):
            return [value for item in node if (value := self._resolve(item)) is not _ABSENT]
        if not isinstance(node, dict):
            return node
        function = _function(node)
        if function is None:
            return {key: value for key, item in node.items() if (value := self._resolve(item)) is not _ABSENT}
        return self._call(function, node[function])

    def _call(self, function: str, argument: Any) -> Any:
        if function not in _FUNCTIONS:
            raise ValueError(f"the local stack does not know {function}")
        return _FUNCTIONS[function](self, argument)

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _ABSENT
        for known in (self.names, PSEUDO_PARAMETERS, self.parameters):
            if name in known:
                return known[name]
        return name

    def _substitute(self, argument: Any) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def value(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in own:
                return str(self._resolve(own[name]))
            resource, dot, attribute = name.partition(".")
            return str(self._resolve({"Fn::GetAtt": [resource, attribute]} if dot else {"Ref": name}))

        return _PLACEHOLDER.sub(value, text)


_FUNCTIONS: Mapping[str, Callable[[Resolver, Any], Any]] = {
    "Ref": lambda of, name: of._ref(name),
    "Condition": lambda of, name: of._resolve(of.conditions[name]),
    "Fn::GetAtt": lambda of, pair: of.attributes.get((pair[0], pair[1]), ".".join(pair)),
    "Fn::Sub": lambda of, text: of._substitute(text),
    "Fn::If": lambda of, parts: of._resolve(parts[1] if of._resolve({"Condition": parts[0]}) else parts[2]),
    "Fn::Not": lambda of, parts: not of._resolve(parts[0]),
    "Fn::And": lambda of, parts: all(of._resolve(part) for part in parts),
    "Fn::Or": lambda of, parts: any(of._resolve(part) for part in parts),
    "Fn::Equals": lambda of, parts: str(of._resolve(parts[0])) == str(of._resolve(parts[1])),
    "Fn::Join": lambda of, parts: str(parts[0]).join(map(str, of._resolve(parts[1]))),
    "Fn::Select": lambda of, parts: of._resolve(parts[1])[int(parts[0])],
    "Fn::Split": lambda of, parts: str(of._resolve(parts[1])).split(parts[0]),
}


def references(node: Any) -> Iterator[tuple[str, str | None]]:
    """Every (logical id, attribute) that a part of a template refers to; the attribute of a plain `Ref` is None."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    if not isinstance(node, dict):
        return
    function = _function(node)
    if function == "Ref":
        yield node["Ref"], None
    elif function == "Fn::GetAtt":
        resource, attribute = node["Fn::GetAtt"]
        yield resource, attribute
    elif function == "Fn::Sub":
        text, own = (node[function], {}) if isinstance(node[function], str) else node[function]
        yield from references(own)
        for literal, name in _PLACEHOLDER.findall(text):
            if not literal and name not in own:
                resource, dot, attribute = name.partition(".")
                yield resource, attribute if dot else None
    else:
        for item in node.values():
            yield from references(item)


def _function(node: Mapping[str, Any]) -> str | None:
    """The intrinsic function that this map is a call of, if it is one. A policy's `Condition` map is none."""
    if len(node) != 1:
        return None
    name = next(iter(node))
    if name.startswith("Fn::") or (name in ("Ref", "Condition") and isinstance(node[name], str)):
        return name
    return None
