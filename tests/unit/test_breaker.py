"""The circuit breaker: what is found of Segmind, and who may ask it then."""

from datetime import UTC, datetime, timedelta

import pytest

from sasha.core.breaker import FAILURES_TO_OPEN, Finding, ProviderState, change
from sasha.core.errors import Busy, Code

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
FRESH = ProviderState(key_configured=True, version=1)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def down(times: int, state: ProviderState = FRESH) -> ProviderState:
    for _ in range(times):
        state = state.found(Finding.DOWN, NOW)
    return state


def test_a_fresh_one_lets_everybody_ask() -> None:
    assert FRESH.workers_wait_until(NOW) is None
    assert FRESH.callers_wait_until(NOW) is None


def test_a_few_failures_in_a_row_are_only_counted() -> None:
    state = down(FAILURES_TO_OPEN - 1)
    assert (state.failures, state.callers_wait_until(NOW)) == (FAILURES_TO_OPEN - 1, None)


def test_one_more_opens_it() -> None:
    state = down(FAILURES_TO_OPEN)
    assert state.callers_wait_until(NOW) == later(15)
    assert state.reason is Code.PROVIDER_UNAVAILABLE
    assert state.workers_wait_until(NOW) == later(15)


def test_a_success_in_between_begins_the_count_anew() -> None:
    state = down(FAILURES_TO_OPEN - 1, down(FAILURES_TO_OPEN - 1).found(Finding.WORKS, NOW))
    assert state.callers_wait_until(NOW) is None


def test_failures_that_lie_far_apart_have_nothing_to_do_with_each_other() -> None:
    state = down(FAILURES_TO_OPEN - 1).found(Finding.DOWN, later(601))
    assert (state.failures, state.callers_wait_until(later(601))) == (1, None)


@pytest.mark.parametrize(
    ("finding", "reason"),
    [
        (Finding.REJECTED_KEY, Code.PROVIDER_REJECTED_KEY),
        (Finding.OUT_OF_CREDITS, Code.PROVIDER_OUT_OF_CREDITS),
    ],
)
def test_what_everybody_would_meet_opens_it_at_once(finding: Finding, reason: Code) -> None:
    state = FRESH.found(finding, NOW)
    assert (state.callers_wait_until(NOW), state.reason) == (later(60), reason)
    assert state.workers_wait_until(NOW) == later(60)


def test_those_who_asked_before_it_opened_do_not_keep_it_open_longer() -> None:
    opened = down(FAILURES_TO_OPEN)
    assert down(4, opened) == opened


def test_after_its_time_one_may_find_out_and_the_others_look_again_soon() -> None:
    state = down(FAILURES_TO_OPEN)
    assert state.is_half_open(later(15))
    assert state.callers_wait_until(later(15)) is None
    probed = state.probed("a-request", later(165))
    assert probed.workers_wait_until(later(16)) == probed.callers_wait_until(later(16)) == later(21)
    assert probed.workers_wait_until(later(163)) == later(165)


def test_who_asked_before_it_opened_and_fails_meanwhile_does_not_end_the_probe() -> None:
    probed = down(FAILURES_TO_OPEN).probed("a-request", later(165))
    assert probed.found(Finding.DOWN, later(20)) == probed


def test_a_prober_that_died_is_followed_by_another() -> None:
    state = down(FAILURES_TO_OPEN).probed("a-request", later(195))
    assert state.workers_wait_until(later(196)) is None
    assert state.is_half_open(later(196))


def test_a_prober_who_finds_it_working_closes_it() -> None:
    state = down(FAILURES_TO_OPEN).probed("a-request", later(165)).found(Finding.WORKS, later(20), "a-request")
    assert (state.failures, state.blocked_until) == (0, None)
    assert state.workers_wait_until(later(20)) is None


def test_a_prober_who_finds_it_down_opens_it_for_longer_each_time() -> None:
    state, now, blocks = down(FAILURES_TO_OPEN), NOW, []
    for _ in range(6):
        assert state.blocked_until is not None
        blocks.append((state.blocked_until - now).total_seconds())
        now = state.blocked_until
        state = state.probed("a-request", now + timedelta(seconds=180)).found(Finding.DOWN, now, "a-request")
    assert blocks == [15, 30, 60, 120, 120, 120]


def test_a_prober_who_learns_nothing_lets_the_next_one_try() -> None:
    state = down(FAILURES_TO_OPEN).probed("a-request", later(195)).found(Finding.NOTHING, later(20), "a-request")
    assert state.is_half_open(later(20))
    assert state.workers_wait_until(later(20)) is None


def test_a_pace_makes_workers_wait_and_callers_not() -> None:
    state = FRESH.paced(later(40), NOW)
    assert state.workers_wait_until(NOW) == later(40)
    assert state.callers_wait_until(NOW) is None


def test_a_pace_beyond_belief_is_asked_about_again_within_a_minute() -> None:
    assert FRESH.paced(later(1e9), NOW).workers_wait_until(NOW) == later(60)


def test_a_shorter_pace_does_not_shorten_a_longer_one() -> None:
    assert FRESH.paced(later(40), NOW).paced(later(5), NOW).workers_wait_until(NOW) == later(40)


def test_a_new_key_begins_anew() -> None:
    state = FRESH.found(Finding.REJECTED_KEY, NOW).keyed(True)
    assert (state.key_configured, state.callers_wait_until(NOW), state.failures) == (True, None, 0)


class States:
    """One state in memory, changed by somebody else as often as told just before it is replaced."""

    def __init__(self, others: int) -> None:
        self.state, self._others = FRESH, others

    def get(self) -> ProviderState:
        return self.state

    def replace(self, before: ProviderState, after: ProviderState) -> bool:
        if self._others:
            self._others -= 1
            self.state = self.state.found(Finding.DOWN, NOW)
        if self.state != before:
            return False
        self.state = after
        return True


def test_a_change_builds_on_what_others_have_found_meanwhile() -> None:
    states = States(others=2)
    change(states, lambda state: state.found(Finding.DOWN, NOW))
    assert states.state.failures == 3


def test_a_change_that_changes_nothing_is_not_stored() -> None:
    states = States(others=1)
    assert change(states, lambda state: state.found(Finding.WORKS, NOW)) == FRESH


def test_where_others_are_always_faster_it_is_said() -> None:
    with pytest.raises(Busy):
        change(States(others=100), lambda state: state.found(Finding.DOWN, NOW))


def test_two_who_find_the_same_make_two_changes() -> None:
    assert FRESH.found(Finding.DOWN, NOW) != FRESH.found(Finding.DOWN, NOW)
