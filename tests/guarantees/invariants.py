"""What must always hold (design: the seven), judged by Segmind's books, the raw table, the bucket and every answer.

Each invariant yields what broke it, in words; nothing, where it holds.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from local.emulator.books import BilledCall, Call
from sasha.adapters.dynamodb.table import from_item
from sasha.core.errors import Code
from sasha.core.money import as_number
from sasha.core.request import GenerationRequest, Status
from sasha.web.schemas import Problem, Result, State
from tests.functional.world import SEGMIND_KEY, Answer
from tests.guarantees.matrix import Cell, Meaning, Point, Way
from tests.guarantees.matrix_expected import DELIVERED, expected, must_die, must_meet

NINE_MINUTES_S = 540
# What the owner takes for a picture, and Segmind of the owner: template.yaml's, not what the record says.
PRICE_MICROS = 12_000
SEGMIND_PRICE_MICROS = 12_000
# A sweep that dies is a minute without a sweeper, and the nine minutes count on one.
A_SWEEP_S = 60
# What Segmind may have charged the owner for, though nobody got a picture.
PERHAPS_BILLED = (Code.OUTCOME_UNKNOWN, Code.PROVIDER_TIMEOUT, Code.BAD_PROVIDER_ANSWER)
# The most that any request may send: one at its submit, one a minute by the sweeper while it waits (240 s), one for
# each time that it is put back. Errors put it back twice, a lack of room ever later: 2, 4, 8, 16, 32, 60 s.
MOST_MESSAGES = 1 + 5 + 7


@dataclass(frozen=True)
class StoredObject:
    content: bytes
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Evidence:
    """All that is left of a cell. `told` and `shut` are API answers, the latter to those who may not ask.

    `calls` are those that the emulator received, `unread_calls` how many were reset before their body was read (they
    are the first picture's), `asked` how often the worker's provider was called for each seed, `struck` how often it
    went the fault's way.
    """

    cell: Cell
    died: bool
    astray_meanwhile: Sequence[str]
    floods: Sequence[str]
    request: GenerationRequest
    top_up_micros: int
    seeds: tuple[int, int]
    asked: Mapping[int, int]
    struck: int
    calls: Sequence[Call]
    unread_calls: int
    billed: Sequence[BilledCall]
    items: Sequence[dict[str, Any]]
    items_after_replay: Sequence[dict[str, Any]]
    objects: Mapping[str, StoredObject]
    drawn: Sequence[bytes]
    told: Mapping[str, Answer]
    shut: Mapping[str, Answer]
    replay: Answer
    opens: Callable[[str], bool]
    answers: Sequence[Answer]
    logs: str
    sent: int
    sent_after_the_end: int

    def items_of(self, prefix: str) -> list[dict[str, Any]]:
        """Plain items whose pk begins so."""
        return [from_item(item) for item in self.items if item["pk"]["S"].startswith(prefix)]

    @property
    def delivered(self) -> set[int]:
        return {image.index for image in self.request.images}

    @property
    def has_met_fault(self) -> bool:
        """Whether a call has met the cell's fault, by the emulator's account or by the way that it went; where the
        second picture has one of its own, whether that was met too."""
        fault, first, second = self.cell.fault, *self.seeds
        faulty = {(call.body or {}).get("seed") for call in self.calls if call.fault}
        met = {
            Way.SEGMIND: not fault.is_none and first in faulty,
            Way.RESETTING: self.unread_calls > 0,
        }.get(fault.way, self.struck > 0)
        return met and (fault.beside is None or second in faulty)


Complaints = Iterator[str]


def never_billed_twice(seen: Evidence) -> Complaints:
    """1. At most one POST per picture whose outcome is not known to be unbilled."""
    for index, seed in enumerate(seen.seeds):
        posts = [call for call in seen.calls if (call.body or {}).get("seed") == seed]
        may_repeat = seen.cell.fault.meaning is Meaning.UNBILLED if index == 0 else seen.cell.fault.beside is not None
        unknown = [call for call in posts[:-1] if not (call.status == 401 or (call.fault and may_repeat))]
        unread = seen.unread_calls if index == 0 else 0
        if unknown or (unread and len(posts) + unread > 1):
            yield f"picture {index} was asked for again after a call of unknown outcome"
        billed = sum(line.seed == seed for line in seen.billed)
        if billed > 1:
            yield f"picture {index} was billed {billed} times"
        if seen.asked.get(seed, 0) > 1 and not may_repeat:
            yield f"the provider was called {seen.asked[seed]} times for picture {index}"
    strangers = {line.seed for line in seen.billed} - set(seen.seeds)
    if strangers:
        yield f"pictures that nobody asked for were billed: {strangers}"


def credits_are_conserved(seen: Evidence) -> Complaints:
    """2. Balance = top-ups - price × delivered - held, in whole micro-dollars, and = the ledger's sum.

    What counts against the owner's monthly limit is what Segmind may have billed, no more and no less.
    """
    yield from seen.astray_meanwhile
    request = seen.request
    (account,) = [item for item in seen.items_of(f"ACCOUNT#{request.account}") if item["sk"] == "ACCOUNT"]
    held = PRICE_MICROS * len(seen.seeds) if request.is_open else 0
    due = seen.top_up_micros - PRICE_MICROS * len(request.images) - held
    if account["balance_micros"] != due:
        yield f"the balance is {account['balance_micros']} and should be {due}"
    if not isinstance(account["balance_micros"], int):
        yield "the balance is not a whole number"
    yield from astray(seen.items)
    spent = sum(item["used"] for item in seen.items_of("COUNTER#spend#"))
    perhaps = len(request.images) + sum(failure.code in PERHAPS_BILLED for failure in request.failures)
    if spent != SEGMIND_PRICE_MICROS * perhaps:
        yield f"the spend counter is {spent}, with {perhaps} pictures perhaps billed"
    counted = seen.delivered | {failure.index for failure in request.failures if failure.perhaps_billed}
    uncounted = {seen.seeds.index(line.seed) for line in seen.billed} - counted
    if uncounted:
        yield f"Segmind has billed pictures that do not count as spent: {uncounted}"


def nothing_stays_open(seen: Evidence) -> Complaints:
    """3. COMPLETED or FAILED within nine minutes, and out of the index of open requests."""
    request = seen.request
    if request.status not in (Status.COMPLETED, Status.FAILED) or request.completed_at is None:
        yield f"it is still {request.status}"
        return
    (item,) = seen.items_of(f"REQUEST#{request.id}")
    if left := [name for name in ("open", "due_at", "claim_id", "claimed_until", "not_before") if name in item]:
        yield f"it has ended and still has {left}"
    dead_sweeps = any(point in (Point.SWEEPER_SETTLES, Point.SWEEPER_SETTLED) for point in seen.cell.death.value)
    allowed_s = NINE_MINUTES_S + (A_SWEEP_S if dead_sweeps else 0)
    took_s = (request.completed_at - request.created_at).total_seconds()
    if not 0 <= took_s <= allowed_s:
        yield f"it took {took_s:.0f} s"


def nothing_paid_is_lost(seen: Evidence) -> Complaints:
    """4. Every picture in the bucket is delivered, and what is delivered can be fetched, byte by byte."""
    prefix = f"outputs/{seen.request.id}/"
    stored = {int(key.removeprefix(prefix)) for key in seen.objects if key.startswith(prefix)}
    if stored != seen.delivered:
        yield f"in the bucket are {sorted(stored)}, delivered are {sorted(seen.delivered)}"
    for image in seen.told["result"].json.get("images", []):
        key = urlsplit(image["url"]).path.removeprefix("/")
        content = seen.objects[key].content if key in seen.objects else b""
        if content != seen.drawn[image["index"]] or len(content) != image["file_size"]:
            yield f"picture {image['index']} is not the one that Segmind drew"
        if not seen.opens(image["url"]):
            yield f"S3 refuses the URL of picture {image['index']}"


def one_key_one_request(seen: Evidence) -> Complaints:
    """5. The same body and key again: the same request, and nothing else has changed."""
    if seen.replay.status != 200 or seen.replay.json.get("request_id") != seen.request.id:
        yield f"repeating it gave {seen.replay.status} {seen.replay.content[:200]!r}"
    if seen.replay.headers.get("idempotent-replayed") != "true":
        yield "the repetition does not say so"
    if list(seen.items_after_replay) != list(seen.items):
        yield "the repetition has changed the table"
    if len(seen.items_of("REQUEST#")) != 1:
        yield f"one key made {len(seen.items_of('REQUEST#'))} requests"


def nobody_elses(seen: Evidence) -> Complaints:
    """6. Another account's request does not exist; without a key nothing is told."""
    for name, answer in seen.shut.items():
        wanted, code = (404, Code.NOT_FOUND) if name == "a stranger" else (401, Code.MISSING_API_KEY)
        if (answer.status, answer.json["code"]) != (wanted, code):
            yield f"{name} was answered {answer.status} {answer.json.get('code')}"


def the_key_is_nowhere(seen: Evidence) -> Complaints:
    """7. Segmind's key is not in the table, the bucket, an answer or the log."""
    secret = SEGMIND_KEY.removeprefix("SG_")
    places = {
        "the table": json.dumps([seen.items, seen.items_after_replay], default=str),
        "the bucket": "".join(f"{dict(one.metadata)}" for one in seen.objects.values()),
        "an answer": "".join(f"{answer.headers} {answer.content!r}" for answer in seen.answers),
        "the log": seen.logs,
    }
    for name, text in places.items():
        if secret in text:
            yield f"Segmind's key is in {name}"
    if any(secret.encode() in one.content for one in seen.objects.values()):
        yield "Segmind's key is in a picture"


def hints_are_few(seen: Evidence) -> Complaints:
    """Each message follows a move of the request, there are few of them, and none when it has ended."""
    yield from seen.floods
    if seen.sent > min(seen.request.version, MOST_MESSAGES):
        yield f"{seen.sent} messages were sent, with {seen.request.version} versions"
    if seen.sent_after_the_end:
        yield "a message was sent after the end"


def each_picture_ends_as_it_must(seen: Evidence) -> Complaints:
    """A picture arrives, or fails by the name that the contract implies for what happened to it."""
    ends = expected(seen.cell)
    failed: dict[int, str] = {failure.index: failure.code for failure in seen.request.failures}
    for index, allowed in ((0, ends.faulty), (1, ends.good)):
        end = DELIVERED if index in seen.delivered else failed.get(index, "neither delivered nor failed")
        if end not in allowed:
            yield f"picture {index} ended as {end!s}, not as {' or '.join(sorted(allowed))}"


def the_end_is_well_told(seen: Evidence) -> Complaints:
    """Result and status, as the API's own description has them."""
    request, result, status = seen.request, seen.told["result"], seen.told["status"]
    failed = request.status is Status.FAILED
    for name, answer in (("result", result), ("status", status)):
        if answer.status != (422 if failed else 200):
            yield f"the {name} was answered {answer.status}"
    try:
        Result.model_validate_json(result.content)
        State.model_validate_json(status.content)
    except ValidationError as invalid:
        yield f"an answer is malformed: {invalid}"
        return
    told = result.json
    if sorted(one["index"] for one in (*told["images"], *told["failures"])) != [0, 1]:
        yield "not every picture is told of once"
    if told["output"] != (told["images"][0]["url"] if told["images"] else None):
        yield "`output` is not the first picture"
    if failed and not (told["error"] and told["code"] in set(Code)):
        yield "a failure without a reason"
    cost = None if failed else as_number(PRICE_MICROS * len(request.images))
    if told["metrics"].get("cost") != cost or status.json["metrics"].get("cost") != cost:
        yield f"the cost is told as {told['metrics'].get('cost')} and is {cost}"


def each_picture_has_its_address(seen: Evidence) -> Complaints:
    """The permanent address leads to the picture, and to nothing where there is none."""
    for index in (0, 1):
        answer = seen.told[f"picture {index}"]
        if index not in seen.delivered:
            if Problem.model_validate_json(answer.content).code is not Code.NOT_FOUND:
                yield f"picture {index} was answered {answer.status}"
        elif answer.status != 303 or not seen.opens(answer.headers["location"]):
            yield f"picture {index} has no permanent address"


def it_died_where_it_was_to(seen: Evidence) -> Complaints:
    """An injected death that never comes proves nothing."""
    must = must_die(seen.cell)
    if must is not None and seen.died is not must:
        yield "its process did not die" if must else "its process died"


def the_fault_was_met(seen: Evidence) -> Complaints:
    """A fault that no call meets proves nothing either."""
    must = must_meet(seen.cell)
    if must is not None and seen.has_met_fault is not must:
        yield "no call has met the fault" if must else "a call has met the fault"


INVARIANTS: tuple[Callable[[Evidence], Complaints], ...] = (
    never_billed_twice,
    credits_are_conserved,
    nothing_stays_open,
    nothing_paid_is_lost,
    one_key_one_request,
    nobody_elses,
    the_key_is_nowhere,
    hints_are_few,
    each_picture_ends_as_it_must,
    the_end_is_well_told,
    each_picture_has_its_address,
    it_died_where_it_was_to,
    the_fault_was_met,
)


def broken(seen: Evidence) -> Iterator[str]:
    """Everything that does not hold, by invariant."""
    for invariant in INVARIANTS:
        try:
            yield from (f"{invariant.__name__}: {complaint}" for complaint in invariant(seen))
        except (LookupError, TypeError, ValueError) as error:
            yield f"{invariant.__name__}: cannot be judged: {error!r}"


def astray(items: Sequence[dict[str, Any]]) -> Complaints:
    """Accounts whose balance is not their ledger's sum, or not what their top-ups and requests leave of it.

    True at any moment, while requests are open too.
    """
    plain = [from_item(item) for item in items]
    balances: Counter[str] = Counter()
    ledger: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for item in plain:
        if item["sk"] == "ACCOUNT":
            balances[item["pk"]] = item["balance_micros"]
        elif item["sk"].startswith("LEDGER#"):
            ledger[item["pk"]] += item["amount_micros"]
            left[item["pk"]] += item["amount_micros"] if item["kind"] == "top_up" else 0
        elif item["sk"] == "REQUEST":
            pictures = item["samples"] if "open" in item else len(item["images"])
            left[f"ACCOUNT#{item['account']}"] -= PRICE_MICROS * pictures
    for account in {*balances, *ledger, *left}:
        figures = (balances[account], ledger[account], left[account])
        if len(set(figures)) > 1:
            yield f"{account} has {figures[0]} by its balance, {figures[1]} by its ledger, {figures[2]} by its requests"
