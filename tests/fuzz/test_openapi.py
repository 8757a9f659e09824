"""Thousands of made-up calls against the running stack: whatever comes, the API answers as /openapi.json says."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.running import ROOT, Running, run_locally

pytestmark = pytest.mark.verify

HERE = Path(__file__).parent
SCHEMATHESIS = ROOT / ".schemathesis/bin/schemathesis"
# On a fresh stack each time: what plays DynamoDB takes a second of processor time to tell a thousand ledger entries.
ROUNDS = 3
# Per round and operation; ten of them have something to vary. What is tried in any case comes on top.
EXAMPLES = 140
CASES_AT_LEAST = 5_000
SUBMITS = ("POST /v1/BigDug-Sasha", "POST /v2/BigDug-Sasha")
ACCEPTED_AT_LEAST = 0.3
CREDITS_USD = "100000"
# Nothing may be refused for being too much: what is behind the limits is to be tried.
LIMITS = ("RequestsPerMinute=10000", "MonthlySpendLimitMicros=1000000000000", "WorkerConcurrency=2")


@dataclass(frozen=True)
class Course:
    """How it went: Schemathesis's words where it found something, and every call that it made by (operation, status).

    `operations` are those of the description; `differences` are the books' at the end.
    """

    found: str
    calls: Counter[tuple[str, int]]
    operations: list[str]
    differences: list[Any]

    def of(self, *operations: str) -> Counter[int]:
        """The calls of these operations by status."""
        counted: Counter[int] = Counter()
        for (operation, status), count in self.calls.items():
            if operation in operations:
                counted[status] += count
        return counted


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    assert SCHEMATHESIS.exists(), "`make verify` installs it"
    rounds = [try_out(tmp_path_factory.mktemp("fuzz")) for _ in range(ROUNDS)]
    return Course(
        found="".join(each.found for each in rounds),
        calls=sum((each.calls for each in rounds), Counter()),
        operations=rounds[0].operations,
        differences=[difference for each in rounds for difference in each.differences],
    )


def try_out(folder: Path) -> Course:
    """One round."""
    with run_locally("--latency", "0", "--parameter-overrides", *LIMITS) as stack:
        # Segmind's credits do not end either, and pictures cost hardly any time.
        settings = {"picture_style": "plain", "picture_format": "jpeg", "price_micros": 0}
        httpx.put(f"{stack.segmind_url}/_emulator/settings", json=settings, trust_env=False).raise_for_status()
        return schemathesis(stack, folder)


def schemathesis(stack: Running, folder: Path) -> Course:
    """Against the stack, as two users of it."""
    users = {"first": new_key(stack, "First"), "second": new_key(stack, "Second")}
    headers = {name: [{"name": "x-api-key", "value": key}] for name, key in users.items()}
    auth = {"auth": [{"name": name, "fixedHeaders": header} for name, header in headers.items()]}
    (folder / "users.json").write_text(json.dumps(auth))
    environment = {
        **os.environ,
        "FUZZ_HOOKS": str(HERE / "hooks.py"),
        "FUZZ_CALLS": str(folder / "calls.jsonl"),
        "FUZZ_USERS": str(folder / "users.json"),
    }
    command = [SCHEMATHESIS, "--config-file", HERE / "schemathesis.toml", "run", f"{stack.page}/openapi.json"]
    command += ["--checks", "all", "--max-examples", str(EXAMPLES)]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    made = map(json.loads, (folder / "calls.jsonl").read_text().splitlines())
    document = httpx.get(f"{stack.page}/openapi.json", trust_env=False).json()
    return Course(
        found=ran.stdout + ran.stderr if ran.returncode else "",
        calls=Counter((call["operation"], call["status"]) for call in made),
        operations=[f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item],
        differences=owner(stack, "audit")["differences"],
    )


def test_nothing_contradicts_the_description(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{table(course)}")  # noqa: T201 the counts
    assert course.found == ""


def test_nothing_breaks(course: Course) -> None:
    assert {call: count for call, count in course.calls.items() if call[1] >= 500} == {}


def test_the_cases_are_many(course: Course) -> None:
    assert course.calls.total() >= CASES_AT_LEAST


def test_every_operation_is_tried_and_does_what_it_is_for(course: Course) -> None:
    in_vain = {each for each in course.operations if not any(status < 400 for status in course.of(each))}
    # The description itself is read before all others, and leads to no case of its own; and what can be canceled must
    # wait, where here nothing has to.
    assert in_vain <= {"GET /openapi.json", "POST /v2/requests/{request_id}/cancel"}


def test_they_reach_behind_the_validation(course: Course) -> None:
    submits = course.of(*SUBMITS)
    accepted = sum(count for status, count in submits.items() if status < 300)
    assert accepted >= ACCEPTED_AT_LEAST * submits.total()


def test_the_books_agree(course: Course) -> None:
    assert course.differences == []


def table(course: Course) -> str:
    """The counts by operation and status."""
    statuses = sorted({status for _, status in course.calls})
    operations = sorted({operation for operation, _ in course.calls})
    width = max(map(len, operations))
    lines = [f"{course.calls.total():,} calls".ljust(width) + "".join(f"{status:>6}" for status in statuses)]
    for operation in operations:
        counts = course.of(operation)
        lines.append(operation.ljust(width) + "".join(f"{counts[status] or '':>6}" for status in statuses))
    return "\n".join(lines)


def new_key(running: Running, name: str) -> str:
    """The API key of a new account that can afford everything."""
    account = owner(running, "accounts", "create", name, "--top-up", CREDITS_USD, "--reference", "fuzz")["id"]
    return str(owner(running, "keys", "create", account)["key"])


def owner(running: Running, *words: str) -> Any:
    """What the owner's command tells."""
    command = [sys.executable, "-m", "cli", "--endpoint-url", running.aws_endpoint_url, "--json", *words]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
