"""DELETE /v2/requests/{id}/images/{n}: one picture goes, the others and the books stay; the last takes all with it."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from sasha.core.read import erase
from tests.functional.strict_aws import Died
from tests.functional.world import Answer, World


@pytest.fixture
def key(world: World) -> str:
    return world.open_account()


@pytest.fixture
def finished(world: World, key: str) -> str:
    """Three pictures, 0 to 2, and one that failed."""
    world.segmind_fails("400", seed=10)
    request_id = world.submit(key, seed=7, samples=4)
    world.deliver()
    return request_id


def erase_one(world: World, key: str, request_id: str, index: int | str) -> Answer:
    return world.call("DELETE", f"/v2/requests/{request_id}/images/{index}", key=key)


def result(world: World, key: str, request_id: str) -> Answer:
    return world.call("GET", f"/v2/requests/{request_id}", key=key)


def left(world: World, request_id: str) -> list[int]:
    """Which pictures are on record; they must be those in the bucket."""
    on_record = [image.index for image in world.request(request_id).images]
    assert world.pictures() == [f"outputs/{request_id}/{index}" for index in on_record]
    return on_record


class TestOnePicture:
    def test_its_file_is_gone_and_the_others_are_there(self, world: World, key: str, finished: str) -> None:
        answer = erase_one(world, key, finished, 1)
        assert (answer.status, answer.content) == (204, b"")
        assert left(world, finished) == [0, 2]

    def test_the_result_tells_of_the_others(self, world: World, key: str, finished: str) -> None:
        before = result(world, key, finished).json
        erase_one(world, key, finished, 0)
        told = result(world, key, finished)
        assert (told.status, told.json["status"]) == (200, "COMPLETED")
        assert [image["index"] for image in told.json["images"]] == [1, 2]
        assert told.json["output"] == told.json["images"][0]["url"]
        same = ("failures", "parameters", "seed", "created_at", "completed_at", "expires_at")
        assert {name: told.json[name] for name in same} == {name: before[name] for name in same}

    def test_so_does_the_history(self, world: World, key: str, finished: str) -> None:
        erase_one(world, key, finished, 0)
        (told,) = world.call("GET", "/v2/requests", key=key).json["results"]
        assert [image["index"] for image in told["images"]] == [1, 2]
        assert (told["erased"], told["prompt"]) == (False, "a red fox in the snow")

    def test_its_permanent_address_says_that_it_was_erased(self, world: World, key: str, finished: str) -> None:
        erase_one(world, key, finished, 0)
        answer = world.call("GET", f"/v2/requests/{finished}/images/0", key=key)
        assert (answer.status, answer.json["code"]) == (410, "erased")
        assert world.call("GET", f"/v2/requests/{finished}/images/1", key=key).status == 303

    def test_what_was_delivered_stays_charged(self, world: World, key: str, finished: str) -> None:
        counters, ledger = world.counters(), world.ledger(key)
        erase_one(world, key, finished, 0)
        assert world.balance(key) == 1_000_000 - 3 * 12_000
        assert (world.counters(), world.ledger(key)) == (counters, ledger)
        assert result(world, key, finished).json["metrics"]["cost"] == 0.036

    def test_it_can_be_repeated(self, world: World, key: str, finished: str) -> None:
        assert [erase_one(world, key, finished, 1).status for _ in range(2)] == [204, 204]
        assert left(world, finished) == [0, 2]

    def test_repeating_writes_nothing(self, world: World, key: str, finished: str) -> None:
        erase_one(world, key, finished, 1)
        world.aws.reset()
        erase_one(world, key, finished, 1)
        assert {operation for _, operation in world.aws.calls} == {"BatchGetItem", "GetItem"}

    @pytest.mark.parametrize("index", [3, 4, 999, 1000, "-1", "01", "x", "0x0", "%D9%A1", "9" * 30])
    def test_one_that_never_was_is_404(self, world: World, key: str, finished: str, index: int | str) -> None:
        answer = erase_one(world, key, finished, index)
        assert (answer.status, answer.json["code"]) == (404, "not_found")
        assert left(world, finished) == [0, 1, 2]

    def test_it_can_still_be_erased_when_it_has_expired(self, world: World, key: str, finished: str) -> None:
        world.clock.advance(7 * 24 * 3600 + 1)
        assert erase_one(world, key, finished, 1).status == 204


class TestTheLastPicture:
    def test_takes_prompt_and_parameters_with_it(self, world: World, key: str, finished: str) -> None:
        for index in (2, 0, 1):
            assert erase_one(world, key, finished, index).status == 204
        assert left(world, finished) == []
        assert "fox" not in json.dumps(world.items())
        for path in ("", "/images/0"):
            answer = world.call("GET", f"/v2/requests/{finished}{path}", key=key)
            assert (answer.status, answer.json["code"]) == (410, "erased")
        (told,) = world.call("GET", "/v2/requests", key=key).json["results"]
        assert (told["erased"], told["prompt"], told["images"]) == (True, None, [])
        assert world.balance(key) == 1_000_000 - 3 * 12_000

    def test_can_be_repeated_too(self, world: World, key: str, finished: str) -> None:
        for _ in range(2):
            assert [erase_one(world, key, finished, index).status for index in (0, 1, 2, 3)] == [204, 204, 204, 404]

    def test_the_same_goes_for_a_request_that_was_erased_at_once(self, world: World, key: str, finished: str) -> None:
        world.call("DELETE", f"/v2/requests/{finished}", key=key)
        assert [erase_one(world, key, finished, index).status for index in (0, 2, 3)] == [204, 204, 404]

    def test_the_whole_request_can_be_erased_after_one_picture(self, world: World, key: str, finished: str) -> None:
        erase_one(world, key, finished, 1)
        assert world.call("DELETE", f"/v2/requests/{finished}", key=key).status == 204
        assert left(world, finished) == []
        assert erase_one(world, key, finished, 1).status == 204


class TestWhatHasNoPictures:
    def test_a_waiting_request_loses_nothing(self, world: World, key: str) -> None:
        answer = erase_one(world, key, world.submit(key), 0)
        assert (answer.status, answer.json["code"]) == (409, "not_cancelable")

    def test_nor_does_one_with_a_picture_that_still_runs(self, world: World, key: str) -> None:
        world.segmind_fails("429", seed=8)
        request_id = world.submit(key, seed=7, samples=2)
        world.deliver()
        assert erase_one(world, key, request_id, 0).status == 409
        assert left(world, request_id) == [0]

    def test_a_failed_one_keeps_its_parameters(self, world: World, key: str) -> None:
        request_id = world.submit(key)
        world.call("POST", f"/v2/requests/{request_id}/cancel", key=key)
        assert erase_one(world, key, request_id, 0).status == 404
        assert result(world, key, request_id).json["parameters"]["prompt"] == "a red fox in the snow"


class TestAGuestsPicture:
    @pytest.mark.parametrize("with_header", [True, False])
    def test_is_erased_by_whoever_knows_the_requests_id(self, world: World, with_header: bool) -> None:
        request_id = world.guest_asks(samples=2).json["request_id"]
        world.deliver()
        headers = world.as_guest() if with_header else {}
        answer = world.call("DELETE", f"/v2/requests/{request_id}/images/1", headers=headers)
        assert (answer.status, left(world, request_id)) == (204, [0])

    def test_an_accounts_is_none_of_a_guests_business(self, world: World, finished: str) -> None:
        path = f"/v2/requests/{finished}/images/0"
        assert world.call("DELETE", path, headers=world.as_guest()).status == 404
        assert world.call("DELETE", path).status == 401
        assert left(world, finished) == [0, 1, 2]


class TestTrouble:
    def test_the_file_goes_before_the_mark(self, world: World, key: str, finished: str) -> None:
        world.aws.die_at("UpdateItem")
        with pytest.raises(Died):
            erase_one(world, key, finished, 1)
        world.aws.recover()
        assert f"outputs/{finished}/1" not in world.pictures()
        assert erase_one(world, key, finished, 1).status == 204
        assert left(world, finished) == [0, 2]

    def test_a_file_that_cannot_be_erased_leaves_no_mark(self, world: World, key: str, finished: str) -> None:
        world.aws.break_down("DeleteObjects")
        answer = erase_one(world, key, finished, 1)
        assert (answer.status, answer.json["code"]) == (500, "internal")
        assert left(world, finished) == [0, 1, 2]

    @pytest.mark.parametrize("operation", ["DeleteObjects", "UpdateItem"])
    @pytest.mark.parametrize("index", [1, 0])
    def test_an_answer_that_is_lost_changes_nothing(
        self, world: World, key: str, finished: str, operation: str, index: int
    ) -> None:
        if index == 0:  # the last one
            erase_one(world, key, finished, 1)
            erase_one(world, key, finished, 2)
        world.aws.lose_answer_of(operation)
        assert erase_one(world, key, finished, index).status == 204
        assert left(world, finished) == ([0, 2] if index else [])

    def test_a_mark_that_nobody_heard_of_is_found_by_the_next_call(self, world: World, key: str, finished: str) -> None:
        world.aws.lose_answer_of("UpdateItem", times=3)
        assert erase_one(world, key, finished, 1).status == 500
        assert erase_one(world, key, finished, 1).status == 204
        assert left(world, finished) == [0, 2]

    def test_conflicts_are_waited_out(self, world: World, key: str, finished: str) -> None:
        world.aws.conflict_times("UpdateItem", 3)
        assert erase_one(world, key, finished, 1).status == 204
        assert left(world, finished) == [0, 2]

    @pytest.mark.parametrize("meanwhile", [0, 1, None])
    def test_another_who_erases_meanwhile_does_not_stand_in_the_way(
        self, world: World, key: str, finished: str, meanwhile: int | None
    ) -> None:
        request = world.request(finished)
        world.aws.do_before("UpdateItem", lambda: erase(request, world.api_ports, meanwhile))
        assert erase_one(world, key, finished, 1).status == 204
        assert left(world, finished) == {0: [2], 1: [0, 2], None: []}[meanwhile]

    def test_the_last_two_erased_side_by_side_take_all_with_them(self, world: World, key: str, finished: str) -> None:
        erase_one(world, key, finished, 2)
        request = world.request(finished)
        world.aws.do_before("UpdateItem", lambda: erase(request, world.api_ports, 0))
        assert erase_one(world, key, finished, 1).status == 204
        assert world.request(finished).erased_at is not None

    def test_all_four_may_be_erased_side_by_side(self, world: World, key: str) -> None:
        request_id = world.submit(key, samples=4)
        world.deliver()
        request = world.request(request_id)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda index: erase(request, world.api_ports, index), range(4)))
        assert left(world, request_id) == []
        assert world.request(request_id).erased_at is not None


class TestRepeatingTheSubmit:
    def ask(self, world: World, key: str, accept: str) -> Answer:
        body = {"prompt": "a red fox in the snow", "seed": 7, "samples": 2, "img_width": 512, "img_height": 512}
        headers = {"idempotency-key": "k", "accept": accept}
        return world.call("POST", "/v1/BigDug-Sasha", body, key=key, headers=headers)

    def test_what_is_left_is_told(self, world: World, key: str) -> None:
        world.clock.while_waiting = world.deliver
        request_id = self.ask(world, key, "application/json").json["request_id"]
        erase_one(world, key, request_id, 0)
        again = self.ask(world, key, "application/json")
        assert (again.status, [image["seed"] for image in again.json["images"]]) == (200, [8])
        assert self.ask(world, key, "image/*").headers["x-seed-value"] == "8"
        assert world.balance(key) == 1_000_000 - 2 * 12_000

    def test_when_nothing_is_left_that_is_said(self, world: World, key: str) -> None:
        world.clock.while_waiting = world.deliver
        request_id = self.ask(world, key, "application/json").json["request_id"]
        for index in range(2):
            erase_one(world, key, request_id, index)
        assert self.ask(world, key, "application/json").status == 410
