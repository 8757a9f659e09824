"""Cases that the search of test_conservation.py has found, each in its shortest form."""

from sasha.core.fulfil import Fate
from tests.functional.world import World


def test_a_request_canceled_between_two_tries_stays_counted_for_what_may_have_been_billed(world: World) -> None:
    key = world.open_account()
    request_id = world.submit(key, samples=2, seed=7)
    world.segmind_fails("504", seed=7)
    world.segmind_fails("429", seed=8)
    assert world.deliver() == [Fate.RELEASED]

    world.cancel_by_core(request_id)

    request = world.request(request_id)
    assert [(failure.index, failure.perhaps_billed) for failure in request.failures] == [(0, True), (1, False)]
    spent = next(used for counter, used in world.counters().items() if counter.startswith("spend#"))
    assert spent == world.api_ports.limits.segmind_price_micros
    assert world.balance(key) == 1_000_000
