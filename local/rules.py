"""The template's Rules: what parameters must be in each other's company, checked before anything is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.intrinsics import Resolver
from local.parameters import ParameterError, ParameterValue


def check_rules(rules: Mapping[str, Mapping[str, Any]], parameters: Mapping[str, ParameterValue]) -> None:
    """Raises ParameterError with the description of each assertion that does not hold, as CloudFormation tells it."""
    resolver = Resolver(parameters)
    broken = [
        assertion["AssertDescription"]
        for rule in rules.values()
        if resolver.resolve(rule.get("RuleCondition", True))
        for assertion in rule["Assertions"]
        if not resolver.resolve(assertion["Assert"])
    ]
    if broken:
        raise ParameterError("; ".join(broken))
