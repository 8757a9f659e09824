"""What template.yaml lets its functions do, statement by statement."""

from collections.abc import Iterator
from typing import Any

from local.template import load_template

template = load_template()


def statements(role: str) -> Iterator[dict[str, Any]]:
    """Those of a role's policies, be they there always or on a condition."""
    for _, statement in conditional_statements(role):
        yield statement


def conditional_statements(role: str) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """The same, each with the condition on which it is there."""
    for policy in template.properties(role)["Policies"]:
        condition, of_it, otherwise = policy.get("Fn::If", (None, policy, None))
        assert otherwise in (None, {"Ref": "AWS::NoValue"})
        for statement in of_it["PolicyDocument"]["Statement"]:
            yield condition, statement


def actions(statement: dict[str, Any]) -> list[str]:
    return as_list(statement["Action"])


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
