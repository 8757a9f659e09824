"""The bounds that keep every request under nine minutes, and under ten where the functions' clocks differ."""

from local.template import load_template
from sasha.core import timing
from sasha.core.sweep import STOP_BEFORE_END_S

# Segmind's SDK polls for so long.
SDK_GIVES_UP_S = 600
# How far the functions' clocks may be apart, each from the true time (tests/functional/test_skew.py).
SKEW_S = 5
LONGEST_S = (
    timing.PATIENCE_S + timing.WORKER_TIMEOUT_S + timing.CLAIM_MARGIN_S + timing.SWEEP_PERIOD_S + timing.SWEEP_TIME_S
)


def test_the_bounds_sum_to_nine_minutes_at_most() -> None:
    assert LONGEST_S <= 9 * 60


def test_with_clocks_that_differ_it_ends_before_the_sdk_gives_up() -> None:
    """Two bounds hang on what one clock wrote and another reads, so each may last longer by what is between the two.

    The patience: the API writes `give_up_at`, and a worker that is behind still claims after it, at 245 s. The claim:
    the worker writes `claimed_until`, and a sweeper that is behind it takes it for a live one so much longer. All else
    is measured by one clock. A clock that counts for both, a worker's behind the API's and before the sweeper's, cannot
    count twice: at worst the API's is before the true time and the sweeper's behind it, by SKEW_S each.
    """
    assert LONGEST_S + 2 * SKEW_S <= SDK_GIVES_UP_S
    # Nor is a live claim taken for a dead one: its worker lives on when a sweeper before it thinks that it is over.
    assert timing.CLAIM_MARGIN_S > 2 * SKEW_S


def test_the_template_keeps_the_bounds_of_the_code() -> None:
    template = load_template()
    assert template.properties("WorkerFunction")["Timeout"] == timing.WORKER_TIMEOUT_S
    longest = template.parameters["ProviderTimeoutSeconds"]["MaxValue"]
    assert longest + timing.STORE_AND_SETTLE_S <= timing.WORKER_TIMEOUT_S


def test_the_sweeper_comes_as_often_as_the_bounds_say() -> None:
    (schedule,) = load_template().properties("SweeperFunction")["Events"].values()
    minutes, rest = divmod(timing.SWEEP_PERIOD_S, 60)
    assert (schedule["Properties"]["Schedule"], rest) == (f"rate({minutes} minute{'s' * (minutes > 1)})", 0)


def test_a_sweep_ends_before_its_function_does_and_before_the_next_one_begins() -> None:
    timeout_s = load_template().properties("SweeperFunction")["Timeout"]
    assert timing.SWEEP_TIME_S + STOP_BEFORE_END_S <= timeout_s < timing.SWEEP_PERIOD_S
