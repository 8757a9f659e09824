"""A death injected at each step of the design's table, and what is left of it afterwards."""

import threading

import pytest

from local.emulator.faults import Fault
from sasha.core.fulfil import Fate
from sasha.core.request import Status
from sasha.core.sweep import Care, look_after
from tests.functional.strict_aws import Died
from tests.functional.world import World

PATIENCE_AND_CLAIM_S = 240 + 180 + 30


@pytest.fixture
def key(world: World) -> str:
    return world.open_account()


def test_after_the_transaction_before_sqs(world: World, key: str) -> None:
    world.aws.die_at("SendMessage")
    with pytest.raises(Died):
        world.submit(key)
    world.aws.recover()
    (request_id,) = world.open_requests()

    world.clock.advance(31)
    world.sweep()
    world.deliver()

    assert world.request(request_id).status is Status.COMPLETED
    assert len(world.segmind.ledger) == 1


def test_after_the_claim_before_the_post(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.die_before_posting()
    self_destruct(world)
    assert_refunded_and_never_asked_again(world, key, request_id, billed=0)


def test_after_the_post_before_s3(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.aws.die_at("PutObject")
    self_destruct(world)
    assert_refunded_and_never_asked_again(world, key, request_id, billed=1)


def test_after_s3_before_settling_salvage_delivers(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.aws.die_at("UpdateItem", after=1)
    self_destruct(world)

    world.clock.advance(PATIENCE_AND_CLAIM_S)
    world.sweep()

    request = world.request(request_id)
    assert (request.status, len(request.images)) == (Status.COMPLETED, 1)
    assert world.balance(key) == 988_000


def test_with_some_pictures_stored_salvage_delivers_these_and_refunds_the_rest(world: World, key: str) -> None:
    world.segmind_fails("400", seed=8)
    request_id = world.submit(key, seed=7, samples=3)
    world.aws.die_at("TransactWriteItems")
    self_destruct(world)

    world.clock.advance(PATIENCE_AND_CLAIM_S)
    world.sweep()

    request = world.request(request_id)
    assert [image.index for image in request.images] == [0, 2]
    assert [(failure.index, failure.code) for failure in request.failures] == [(1, "outcome_unknown")]
    assert world.balance(key) == 1_000_000 - 2 * 12_000


def test_while_a_stale_worker_still_runs_its_settle_misses(world: World, key: str) -> None:
    request_id = world.submit(key)

    def time_passes_and_the_sweeper_comes() -> None:
        world.clock.advance(PATIENCE_AND_CLAIM_S)
        world.sweep()

    world.while_segmind_works(time_passes_and_the_sweeper_comes)
    world.deliver()

    assert world.request(request_id).status is Status.FAILED
    assert world.balance(key) == 1_000_000


def test_a_sweeper_that_died_midway_is_followed_by_another(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.aws.die_at("UpdateItem", after=1)
    self_destruct(world)
    world.clock.advance(PATIENCE_AND_CLAIM_S)
    world.aws.die_at("ListObjectsV2")
    with pytest.raises(Died):
        world.sweep()
    world.aws.recover()

    world.clock.advance(120)
    world.sweep()

    assert world.request(request_id).status is Status.COMPLETED


def test_sqs_never_delivers_the_sweeper_queues_again(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.lose_messages()
    world.clock.advance(31)
    world.sweep()
    assert world.hints() == [request_id]


def test_nobody_had_time_the_request_is_given_up(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.lose_messages()
    world.clock.advance(241)
    world.sweep()
    request = world.request(request_id)
    assert (request.status, request.failures[0].code) == (Status.FAILED, "waited_too_long")
    assert world.balance(key) == 1_000_000


def test_canceled_while_being_claimed_one_wins(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.aws.do_before("UpdateItem", lambda: world.cancel_by_core(request_id))
    assert world.deliver() == [Fate.NOT_CLAIMED]
    assert world.request(request_id).failures[0].code == "canceled"
    assert (world.balance(key), world.segmind.calls) == (1_000_000, [])


def test_canceled_after_it_was_claimed_the_claim_wins(world: World, key: str) -> None:
    request_id = world.submit(key)
    refused: list[int] = []

    def cancel() -> None:
        refused.append(world.call("POST", f"/v2/requests/{request_id}/cancel", key=key).status)

    world.while_segmind_works(cancel)
    world.deliver()
    assert refused == [409]
    assert world.balance(key) == 988_000


def test_an_answer_lost_after_the_claim_was_written_does_not_lose_the_claim(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.aws.lose_answer_of("UpdateItem")
    world.deliver()
    assert world.request(request_id).status is Status.COMPLETED


def test_an_answer_lost_before_the_table_is_busy_does_not_lose_the_submit(world: World, key: str) -> None:
    world.aws.lose_answer_of("TransactWriteItems")
    world.aws.break_down("TransactWriteItems", "ThrottlingException", after=1)

    answer = world.call("POST", "/v2/BigDug-Sasha", {"prompt": "a red fox in the snow"}, key=key)

    world.aws.recover()
    assert answer.status == 200
    assert world.open_requests() == [answer.json["request_id"]]
    assert world.balance(key) == 988_000


def test_an_answer_lost_after_settling_refunds_once(world: World, key: str) -> None:
    world.segmind_fails("400")
    request_id = world.submit(key)
    world.aws.lose_answer_of("TransactWriteItems")
    world.deliver()
    assert world.request(request_id).status is Status.FAILED
    assert world.balance(key) == 1_000_000


@pytest.mark.parametrize("content", [b"", b"no picture of ours"])
def test_an_object_that_is_no_picture_is_not_delivered(world: World, key: str, content: bytes) -> None:
    request_id = world.submit(key)
    world.die_before_posting()
    self_destruct(world)
    world.clients.s3.put_object(Bucket=world.stack.outputs_bucket, Key=f"outputs/{request_id}/0", Body=content)
    assert_refunded_and_never_asked_again(world, key, request_id, billed=0)


def test_an_empty_picture_in_the_bucket_is_told_once_and_is_in_nobodys_way(
    world: World, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    left = [world.submit(key, samples=2, seed=7) for _ in range(2)]
    world.lose_messages()
    for request_id in left:
        # The second picture comes first, and is shown; the other one is on record nowhere when the worker settles.
        world.segmind.script(Fault("delay", delay_s=0.2, seed=7))
        world.hint(request_id)
        world.aws.die_at("UpdateItem", after=2)
        self_destruct(world)
    empty = f"outputs/{left[0]}/0"
    world.clients.s3.put_object(Bucket=world.stack.outputs_bucket, Key=empty, Body=b"")

    world.clock.advance(PATIENCE_AND_CLAIM_S)
    swept = [world.sweep(), world.sweep()]

    told = [record.__dict__["key"] for record in caplog.records if "empty" in record.getMessage()]
    assert told == [empty]
    assert [(each.done[Care.SALVAGED], each.troubled) for each in swept] == [(2, {}), (0, {})]
    requests = [world.request(request_id) for request_id in left]
    assert [[image.index for image in request.images] for request in requests] == [[1], [0, 1]]
    assert [failure.code for failure in requests[0].failures] == ["outcome_unknown"]
    assert world.balance(key) == 1_000_000 - 3 * 12_000


def test_two_sweepers_at_once_settle_once(world: World, key: str) -> None:
    for _ in range(5):
        world.submit(key)
    world.lose_messages()
    world.clock.advance(241)
    sweepers = [threading.Thread(target=world.sweep) for _ in range(2)]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join()
    assert world.balance(key) == 1_000_000
    assert sum(entry["kind"]["S"] == "refund" for entry in world.ledger(key)) == 5


def test_a_sweep_stops_in_time_and_says_so(world: World, key: str) -> None:
    world.submit(key)
    world.clock.advance(31)
    assert not world.sweep(seconds_left=9).finished


def test_a_sweep_ends_after_its_own_time(world: World, key: str) -> None:
    for _ in range(18):  # more than are looked after at once
        world.submit(key)
    world.clock.advance(31)
    world.aws.do_before("UpdateItem", lambda: world.clock.advance(31))
    assert not world.sweep().finished


def test_what_the_index_names_too_early_is_left_alone(world: World, key: str) -> None:
    request_id = world.submit(key)
    assert look_after(request_id, world.sweeper_ports).care is Care.NOT_DUE


def test_salvage_keeps_the_failures_that_are_known(world: World, key: str) -> None:
    world.segmind_fails("400", seed=7)
    world.segmind_fails("429", seed=8)
    request_id = world.submit(key, seed=7, samples=2)
    world.deliver()
    world.die_before_posting()
    world.clock.advance(130)
    self_destruct(world)

    world.clock.advance(PATIENCE_AND_CLAIM_S)
    world.sweep()

    codes = [failure.code for failure in world.request(request_id).failures]
    assert codes == ["provider_error", "outcome_unknown"]


def test_a_claim_that_meets_conflicts_is_made_all_the_same(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.aws.conflict_times("UpdateItem", 2)
    world.deliver()
    assert world.request(request_id).status is Status.COMPLETED


def test_a_picture_that_is_paid_for_is_stored_at_the_third_try(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.aws.break_down("PutObject", times=2)
    world.deliver()
    assert world.request(request_id).status is Status.COMPLETED
    assert len(world.segmind.ledger) == 1


def test_a_settlement_that_fails_at_first_is_repeated(world: World, key: str) -> None:
    world.segmind_fails("400")
    request_id = world.submit(key)
    world.aws.break_down("TransactWriteItems", times=2)
    world.deliver()
    assert world.request(request_id).failures[0].code == "provider_error"
    assert world.balance(key) == 1_000_000


def test_a_lost_answer_to_showing_a_picture_does_not_lose_the_claim(world: World, key: str) -> None:
    request_id = world.submit(key, samples=2, seed=7)
    world.segmind.script(Fault("delay", delay_s=0.2, seed=8))
    world.aws.lose_answer_of("UpdateItem", times=3, after=1)
    world.deliver()
    assert len(world.request(request_id).images) == 2
    assert world.request(request_id).status is Status.COMPLETED


def test_secrets_manager_down_before_the_post_is_no_failure(world: World, key: str) -> None:
    request_id = world.submit(key)
    world.aws.break_down("GetSecretValue")
    assert world.deliver() == [Fate.RELEASED]
    world.aws.recover()
    world.clock.advance(30)
    world.deliver()
    assert world.request(request_id).status is Status.COMPLETED


def test_a_blocked_provider_is_not_asked(world: World, key: str) -> None:
    first, second = world.submit(key), world.submit(key)
    world.segmind_fails("401", times=2)
    assert world.deliver() == [Fate.SETTLED, Fate.POSTPONED]
    assert len(world.segmind.calls) == 2
    world.clock.advance(62)
    world.deliver()
    assert (world.request(first).status, world.request(second).status) == (Status.FAILED, Status.COMPLETED)


def test_an_emptied_secret_is_written_down_as_no_key(world: World, key: str) -> None:
    world.submit(key)
    world.rotate_segmind_key("")
    world.deliver()
    assert not world.api_ports.states.get().key_configured


def test_one_unreadable_request_does_not_starve_the_others(world: World, key: str) -> None:
    broken, healthy = world.submit(key), world.submit(key)
    world.break_item(broken)
    world.lose_messages()
    world.clock.advance(241)
    swept = world.sweep()
    assert world.request(healthy).status is Status.FAILED
    assert list(swept.troubled) == [broken]
    world.mend_item(broken, samples=1)


def test_an_unswept_stack_without_a_key_asks_for_a_check(world: World) -> None:
    world.without_segmind_key()
    world.sweep()
    assert [message["MessageBody"] for message in world.aws.messages] == ['{"check": "provider"}']


def self_destruct(world: World) -> None:
    with pytest.raises(Died):
        world.deliver()
    world.aws.recover()


def assert_refunded_and_never_asked_again(world: World, key: str, request_id: str, billed: int) -> None:
    world.clock.advance(PATIENCE_AND_CLAIM_S)
    world.sweep()
    world.deliver()
    request = world.request(request_id)
    assert (request.status, request.failures[0].code) == (Status.FAILED, "outcome_unknown")
    assert (len(world.segmind.ledger), world.balance(key)) == (billed, 1_000_000)
