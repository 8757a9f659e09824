"""Reads template.yaml, so that the local stack is made of the very file that is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yaml"


@dataclass(frozen=True, slots=True)
class Template:
    """A SAM template as written: short tags (`!Ref`) in their long form (`{"Ref": …}`), nothing resolved."""

    parameters: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Mapping[str, Any]]
    conditions: Mapping[str, Any]
    globals: Mapping[str, Mapping[str, Any]]
    resources: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, Mapping[str, Any]]

    def of_type(self, *types: str) -> dict[str, Mapping[str, Any]]:
        """The resources of these CloudFormation types, by logical id."""
        return {name: resource for name, resource in self.resources.items() if resource["Type"] in types}

    def properties(self, logical_id: str) -> dict[str, Any]:
        """A resource's properties; a function's with the Globals section merged in, as SAM does."""
        resource = self.resources[logical_id]
        own = dict(resource.get("Properties", {}))
        if resource["Type"] != "AWS::Serverless::Function":
            return own
        shared = self.globals.get("Function", {})
        merged = {**shared, **own}
        variables = [part.get("Environment", {}).get("Variables", {}) for part in (shared, own)]
        merged["Environment"] = {"Variables": {**variables[0], **variables[1]}}
        return merged


def load_template(path: Path = TEMPLATE) -> Template:
    """Read a template file. Raises yaml.YAMLError for a broken one."""
    document = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 a SafeLoader
    return Template(
        parameters=document.get("Parameters", {}),
        rules=document.get("Rules", {}),
        conditions=document.get("Conditions", {}),
        globals=document.get("Globals", {}),
        resources=document["Resources"],
        outputs=document.get("Outputs", {}),
    )


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader plus CloudFormation's short tags."""


def _short_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)
