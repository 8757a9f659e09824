"""The template's parameters: `--parameter-overrides Name=Value …` checked as CloudFormation checks them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

ParameterValue = str | list[str]


class ParameterError(ValueError):
    """A parameter that CloudFormation would refuse; the text names it and what is allowed."""


def parse_overrides(words: Iterable[str]) -> dict[str, str]:
    """`["Name=Value", …]`, as the SAM CLI takes them, to `{name: value}`. Raises ParameterError for another form."""
    overrides = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise ParameterError(f"--parameter-overrides takes Name=Value, not {word!r}")
        overrides[name] = value
    return overrides


def parameter_values(
    declared: Mapping[str, Mapping[str, Any]], overrides: Mapping[str, str]
) -> dict[str, ParameterValue]:
    """Each declared parameter's override or default, as CloudFormation substitutes it: a string, or a list of them.

    Raises ParameterError, naming every parameter that is unknown, missing or outside its bounds.
    """
    faults = [
        f"{name} is not a parameter; there are {', '.join(declared)}" for name in overrides if name not in declared
    ]
    values: dict[str, ParameterValue] = {}
    for name, rules in declared.items():
        value = overrides.get(name, rules.get("Default"))
        if value is None:
            faults.append(f"{name} has no default: give it a value")
            continue
        text = str(value)
        items = [item.strip() for item in text.split(",")] if rules["Type"] == "CommaDelimitedList" else [text]
        fault = next((fault for item in items if (fault := _fault(item, rules))), None)
        if fault:
            # A NoEcho value is never repeated: it is a key.
            shown = "that" if str(rules.get("NoEcho", "")).lower() == "true" else repr(text)
            faults.append(f"{name} must be {fault}, not {shown}")
        values[name] = items if rules["Type"] == "CommaDelimitedList" else text
    if faults:
        raise ParameterError("; ".join(faults))
    return values


def _fault(value: str, rules: Mapping[str, Any]) -> str | None:
    """What the value should have been, or None if it is fine."""
    if rules["Type"] == "Number":
        return _number_fault(value, rules)
    if "AllowedValues" in rules and value not in rules["AllowedValues"]:
        return f"one of {', '.join(map(str, rules['AllowedValues']))}"
    length = int(rules.get("MinLength", 0)), int(rules.get("MaxLength", 4096))
    if not length[0] <= len(value) <= length[1]:
        return f"{length[0]} to {length[1]} characters long"
    if "AllowedPattern" in rules and not re.fullmatch(rules["AllowedPattern"], value):
        return str(rules.get("ConstraintDescription", f"like {rules['AllowedPattern']}"))
    return None


def _number_fault(value: str, rules: Mapping[str, Any]) -> str | None:
    low, high = rules.get("MinValue"), rules.get("MaxValue")
    bounds = "a number" + (f" from {low} to {high}" if low is not None and high is not None else "")
    try:
        number = Decimal(value)
    except InvalidOperation:
        return bounds
    if not number.is_finite() or (low is not None and number < low) or (high is not None and number > high):
        return bounds
    return None
