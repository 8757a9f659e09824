"""An upstream that serves nobody: who is kept away, who finds out, and how fast it is asked when it is busy."""

import threading

import pytest

from local.emulator.faults import Fault
from sasha.core.breaker import FAILURES_TO_OPEN
from sasha.core.fulfil import Fate
from sasha.core.request import Status
from tests.functional.strict_aws import Died
from tests.functional.world import World

PROMPT = {"prompt": "a red fox in the snow", "img_width": 512, "img_height": 512}


@pytest.fixture
def key(world: World) -> str:
    world.clock.set("2026-11-22T14:30:00+00:00")
    return world.open_account()


def open_it(world: World, key: str) -> None:
    """As many requests as it takes meet an upstream that is down."""
    world.segmind_fails("502 html", times=FAILURES_TO_OPEN)
    for _ in range(FAILURES_TO_OPEN):
        world.submit(key)
    world.deliver()


def half_open_it(world: World, key: str) -> None:
    """The same, and a while later: who has been waiting has lost its message and has nothing to do with it."""
    world.lose_messages()
    open_it(world, key)
    world.clock.advance(16)


def test_an_upstream_that_is_down_is_told_to_callers_before_anything_is_held(world: World, key: str) -> None:
    open_it(world, key)
    balance = world.balance(key)
    answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key)
    assert (answer.status, answer.json["code"], answer.headers["retry-after"]) == (503, "provider_unavailable", "16")
    assert world.balance(key) == balance == 1_000_000


@pytest.mark.parametrize("fault", ["502 html", "503", "reset after", "refused"])
def test_whatever_the_trouble_is_it_opens(world: World, key: str, fault: str) -> None:
    world.segmind_fails(fault, times=FAILURES_TO_OPEN)
    for _ in range(FAILURES_TO_OPEN):
        world.submit(key)
    world.deliver()
    assert world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key).status == 503


@pytest.mark.parametrize("fault", ["400", "500", "500 html", "html", "429"])
def test_what_one_callers_request_may_meet_alone_does_not_open_it(world: World, key: str, fault: str) -> None:
    world.segmind_fails(fault, times=10)
    for _ in range(10):
        world.submit(key)
    world.deliver()
    assert world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key).status == 200


@pytest.mark.parametrize("fault", ["empty", "no image", "json without a picture", "500 html", "500 json object"])
def test_a_bad_caller_alone_does_not_keep_a_good_one_out(world: World, key: str, fault: str) -> None:
    bad = world.open_account()
    world.segmind_fails(fault, times=10)
    failed = [world.submit(bad) for _ in range(10)]
    world.deliver()
    assert {world.request(each).failures[0].code for each in failed} == {"bad_provider_answer"}
    request_id = world.submit(key)
    world.deliver()
    assert world.request(request_id).status is Status.COMPLETED


def test_while_it_is_open_nothing_is_claimed(world: World, key: str) -> None:
    waiting = world.submit(key)
    world.lose_messages()
    open_it(world, key)
    asked = len(world.segmind.calls)
    world.clock.advance(10)
    world.sweep()
    world.hint(waiting)
    assert world.deliver() == [Fate.POSTPONED]
    assert (len(world.segmind.calls), world.request(waiting).status) == (asked, Status.QUEUED)


def test_one_finds_out_and_the_others_follow(world: World, key: str) -> None:
    waiting = [world.submit(key) for _ in range(3)]
    half_open_it(world, key)
    fates: list[Fate | None] = []

    def others_come() -> None:
        for request_id in waiting[1:]:
            world.hint(request_id)
        fates.extend(world.deliver())

    world.hint(waiting[0])
    world.while_segmind_works(others_come)
    assert world.deliver() == [Fate.SETTLED]
    assert fates == [Fate.POSTPONED, Fate.POSTPONED]

    world.clock.advance(6)
    world.deliver()
    assert [world.request(request_id).status for request_id in waiting] == [Status.COMPLETED] * 3


def test_of_two_who_want_to_find_out_one_does(world: World, key: str) -> None:
    waiting = [world.submit(key) for _ in range(2)]
    half_open_it(world, key)
    asked = len(world.segmind.calls)
    for request_id in waiting:
        world.hint(request_id)
    fates: list[Fate | None] = []

    def the_other_comes() -> None:
        fates.extend(world.deliver_one())

    world.aws.do_before("PutItem", the_other_comes)
    fates.extend(world.deliver_one())
    assert sorted(str(fate) for fate in fates) == ["postponed", "settled"]
    assert len(world.segmind.calls) == asked + 1


def test_the_same_message_twice_does_not_keep_its_request_from_finding_out(world: World, key: str) -> None:
    waiting = world.submit(key)
    half_open_it(world, key)
    world.hint(waiting)
    world.hint(waiting)
    fates: list[Fate | None] = []

    def the_same_comes_again() -> None:
        fates.extend(world.deliver_one())

    # After the probe was taken, before the request is claimed.
    world.aws.do_before("UpdateItem", the_same_comes_again)
    fates.extend(world.deliver_one())

    assert fates == [Fate.NOT_CLAIMED, Fate.SETTLED]


def test_still_down_it_opens_again_for_longer(world: World, key: str) -> None:
    waiting = world.submit(key)
    half_open_it(world, key)
    world.segmind_fails("502 html")
    world.hint(waiting)
    world.deliver()
    answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key)
    assert (answer.status, answer.headers["retry-after"]) == (503, "31")


def test_a_prober_that_finds_it_busy_has_found_it_working(world: World, key: str) -> None:
    waiting = world.submit(key)
    half_open_it(world, key)
    world.segmind_fails("429 iso")
    world.hint(waiting)
    assert world.deliver() == [Fate.RELEASED]
    assert world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key).status == 200
    # At the pace that Segmind asked for.
    assert world.deliver() == [Fate.POSTPONED]
    world.clock.advance(62)
    world.deliver()
    assert world.request(waiting).status is Status.COMPLETED


def test_a_prober_that_dies_is_followed_by_another(world: World, key: str) -> None:
    waiting = [world.submit(key) for _ in range(2)]
    half_open_it(world, key)
    world.hint(waiting[0])
    world.aws.die_at("PutObject")
    with pytest.raises(Died):
        world.deliver()
    world.aws.recover()
    world.clock.advance(181)
    world.hint(waiting[1])
    assert world.deliver() == [Fate.SETTLED]
    assert world.request(waiting[1]).status is Status.COMPLETED


@pytest.mark.parametrize("fault", ["502 html", "400"])
def test_who_finds_out_too_late_does_not_end_the_probe_of_whoever_took_over(world: World, key: str, fault: str) -> None:
    late, prompt = world.submit(key, seed=7), world.submit(key, seed=8)
    half_open_it(world, key)
    world.segmind_fails(fault, seed=7)
    world.hint(late)

    def so_much_time_passes_that_another_one_begins_to_find_out() -> None:
        world.clock.advance(181 - 30)
        world.hint(prompt)
        # It stands still before its claim: to all others it is at work.
        world.aws.die_at("UpdateItem")
        with pytest.raises(Died):
            world.deliver_one()
        world.aws.recover()

    # After the first one's probe was taken, before its request is claimed.
    world.aws.do_before("UpdateItem", so_much_time_passes_that_another_one_begins_to_find_out)
    assert world.deliver_one() == [Fate.SETTLED]

    assert world.api_ports.states.get().is_probed_with(prompt, world.clock.now())
    assert world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key).status == 503


def test_a_probe_that_fails_a_week_later_blocks_for_seconds(world: World, key: str) -> None:
    open_it(world, key)
    world.clock.advance(7 * 24 * 3600)
    world.segmind_fails("502 html")
    world.submit(key)
    world.deliver()
    answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key)
    assert (answer.status, answer.headers["retry-after"]) == (503, "16")


def test_a_new_request_is_taken_on_to_find_out(world: World, key: str) -> None:
    open_it(world, key)
    world.clock.advance(16)
    request_id = world.submit(key)
    world.deliver()
    assert world.request(request_id).status is Status.COMPLETED
    assert world.api_ports.states.get().blocked_until is None


def test_a_full_minute_at_segmind_makes_all_workers_wait(world: World, key: str) -> None:
    world.segmind_fails("429 iso")
    first, second = world.submit(key), world.submit(key)
    assert world.deliver() == [Fate.RELEASED, Fate.POSTPONED]
    assert len(world.segmind.calls) == 1
    world.clock.advance(62)
    assert world.deliver() == [Fate.SETTLED, Fate.SETTLED]
    assert {world.request(request_id).status for request_id in (first, second)} == {Status.COMPLETED}


def test_who_waits_is_not_hinted_at_twice(world: World, key: str) -> None:
    world.segmind_fails("429 iso")
    for _ in range(2):
        world.submit(key)
    world.deliver()
    world.clock.advance(45)
    world.sweep()
    assert len(world.hints()) == 2


def test_while_one_finds_out_callers_are_asked_to_come_back_in_seconds(world: World, key: str) -> None:
    waiting = world.submit(key)
    half_open_it(world, key)
    refused: list[tuple[int, str]] = []

    def someone_calls() -> None:
        answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key)
        refused.append((answer.status, answer.headers["retry-after"]))

    world.hint(waiting)
    world.while_segmind_works(someone_calls)
    world.deliver()
    assert refused == [(503, "6")]
    assert world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key).status == 200


@pytest.mark.parametrize("operation", ["UpdateItem", "PutItem"])
def test_a_probe_that_cannot_begin_or_whose_answer_is_lost_keeps_nobody_waiting(
    world: World, key: str, operation: str
) -> None:
    first, second = world.submit(key), world.submit(key)
    world.lose_messages()
    open_it(world, key)
    world.clock.advance(16.123456)
    if operation == "UpdateItem":
        world.aws.break_down("UpdateItem", times=1)
    else:
        world.aws.lose_answer_of("PutItem", times=3)
    for request_id in (first, second):
        world.hint(request_id)
        world.deliver()
    assert world.request(second).status is Status.COMPLETED


def test_what_something_in_between_refuses_is_one_requests_trouble(world: World, key: str) -> None:
    for status in (401, 403, 406):
        world.segmind.script(Fault("status", status=status, body="<html>no</html>"), times=2)
        world.submit(key)
        world.deliver()
        world.segmind.script()
    assert world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key).status == 200


def test_a_plain_refusal_does_not_close_it(world: World, key: str) -> None:
    world.segmind_fails("502 html", times=FAILURES_TO_OPEN - 1)
    for _ in range(FAILURES_TO_OPEN - 1):
        world.submit(key)
    world.deliver()
    world.segmind_fails("400")
    world.submit(key)
    world.deliver()
    world.segmind_fails("502 html")
    world.submit(key)
    world.deliver()
    assert world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key).status == 503


def test_a_state_that_cannot_be_read_stops_nobody(world: World, key: str) -> None:
    world.put(
        {
            "pk": {"S": "STATE#PROVIDER"}, "sk": {"S": "STATE"}, "version": {"N": "9"},
            "key_configured": {"BOOL": True}, "failures": {"S": "many"},
        }
    )  # fmt: skip
    request_id = world.submit(key)
    world.deliver()
    assert world.sweep().finished
    assert world.request(request_id).status is Status.COMPLETED


def test_a_closed_one_costs_no_write(world: World, key: str) -> None:
    world.submit(key)
    world.aws.calls.clear()
    world.deliver()
    assert [operation for _, operation in world.aws.calls].count("PutItem") == 0


def test_two_at_once_count_both_failures(world: World, key: str) -> None:
    world.segmind_fails("502 html", times=2)
    for _ in range(2):
        world.submit(key)
    threads = [threading.Thread(target=world.deliver_one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.api_ports.states.get().failures == 2


def test_a_request_that_was_put_off_is_left_alone_by_its_other_messages(world: World) -> None:
    key = world.open_account()
    world.segmind_fails("429 iso")
    world.submit(key)
    second = world.submit(key)
    assert world.deliver() == [Fate.RELEASED, Fate.POSTPONED]
    waiting = world.hints()

    world.hint(second)
    assert world.deliver() == [Fate.NOT_CLAIMED]

    assert world.hints() == waiting
