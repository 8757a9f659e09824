"""The bounds that keep every request under nine minutes."""

from local.template import load_template
from sasha.core import timing


def test_the_bounds_sum_to_nine_minutes_at_most() -> None:
    total_s = (
        timing.PATIENCE_S
        + timing.WORKER_TIMEOUT_S
        + timing.CLAIM_MARGIN_S
        + timing.SWEEP_PERIOD_S
        + timing.SWEEP_TIME_S
    )
    assert total_s <= 9 * 60


def test_the_template_keeps_the_bounds_of_the_code() -> None:
    template = load_template()
    assert template.properties("WorkerFunction")["Timeout"] == timing.WORKER_TIMEOUT_S
    (schedule,) = template.properties("SweeperFunction")["Events"].values()
    assert schedule["Properties"]["Schedule"] == "rate(1 minute)"
    longest = template.parameters["ProviderTimeoutSeconds"]["MaxValue"]
    assert longest + timing.STORE_AND_SETTLE_S <= timing.WORKER_TIMEOUT_S
