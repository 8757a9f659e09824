"""Every key and secret can be replaced while requests are under way, and no caller notices."""

import threading
from typing import Any

import pytest

from sasha.core.request import Status
from tests.functional.world import SEGMIND_KEY, World

NEW_KEY = "SG_fedcba9876543210"
NEW_SECRET = "another-secret-of-the-gateways"


class TestSegmindsKey:
    """The README's order: make another at Segmind, enter it here, revoke the old one there."""

    @pytest.fixture(autouse=True)
    def restored(self, world: World) -> Any:
        yield
        world.rotate_segmind_key(SEGMIND_KEY)

    def rotate(self, world: World) -> None:
        world.segmind.configure(api_keys=(SEGMIND_KEY, NEW_KEY))
        world.enter_segmind_key(NEW_KEY)
        world.segmind.configure(api_keys=(NEW_KEY,))

    def test_no_request_fails_whatever_it_is_doing_just_then(self, world: World) -> None:
        key = world.open_account()
        world.submit(key)
        world.deliver()  # so that the worker has the old key in its memory
        ids = [world.submit(key, samples=4, seed=10 * n) for n in range(6)]
        world.while_segmind_works(lambda: self.rotate(world), seed=10)
        workers = [threading.Thread(target=world.deliver_one) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        ids.append(world.submit(key))
        world.deliver()
        assert {world.request(each).status for each in ids} == {Status.COMPLETED}
        assert [world.request(each).failures for each in ids] == [()] * len(ids)

    def test_no_picture_is_asked_for_twice_or_billed_twice(self, world: World) -> None:
        key = world.open_account()
        world.submit(key, seed=1)
        world.deliver()
        self.rotate(world)
        world.submit(key, samples=4, seed=10)
        world.deliver()
        seeds = [billed.seed for billed in world.segmind.ledger]
        assert sorted(seeds) == [1, 10, 11, 12, 13]
        assert {billed.api_key for billed in world.segmind.ledger if billed.seed >= 10} == {NEW_KEY}

    def test_new_callers_are_taken_on_all_the_time(self, world: World) -> None:
        key = world.open_account()
        for _ in range(2):
            self.rotate(world)
            request_id = world.submit(key)
            world.deliver()
            assert world.request(request_id).status is Status.COMPLETED
        assert world.api_ports.states.get().blocked_until is None

    def test_in_the_wrong_order_what_is_under_way_is_refunded_and_the_new_key_mends_it(self, world: World) -> None:
        key = world.open_account()
        world.segmind.configure(api_keys=(NEW_KEY,))
        failed = world.submit(key)
        world.deliver()
        assert world.request(failed).status is Status.FAILED
        assert world.balance(key) == 1_000_000
        world.enter_segmind_key(NEW_KEY)
        request_id = world.submit(key)
        world.deliver()
        assert world.request(request_id).status is Status.COMPLETED


class TestGatewaySecret:
    """A deploy makes a new version first and then tells CloudFront, whose edges follow one by one."""

    @pytest.fixture(autouse=True)
    def restored(self, world: World) -> Any:
        yield
        world.rotate_gateway_secret(world.stack.gateway_secret)

    def test_callers_through_old_and_new_edges_are_let_in_all_the_time(self, world: World) -> None:
        key = world.open_account()
        old = world.through_cloudfront()
        new = {**old, "x-gateway-secret": NEW_SECRET}
        answers = [world.call("GET", "/v1/get-user-credits", key=key, headers=old)]
        world.rotate_gateway_secret(NEW_SECRET)
        answers += [world.call("GET", "/v1/get-user-credits", key=key, headers=old)]
        world.clock.advance(11)
        for headers in (new, old, new):
            answers.append(world.call("GET", "/v1/get-user-credits", key=key, headers=headers))
        world.api = world.new_api()
        for headers in (old, new):
            answers.append(world.call("GET", "/v1/get-user-credits", key=key, headers=headers))
        assert [answer.status for answer in answers] == [200] * 7

    def test_after_the_next_one_the_oldest_is_worth_nothing(self, world: World) -> None:
        oldest = world.through_cloudfront()
        for secret in (NEW_SECRET, f"{NEW_SECRET}-2"):
            world.rotate_gateway_secret(secret)
        world.api = world.new_api()
        assert world.call("GET", "/v1/models/BigDug-Sasha", headers=oldest).status == 403


class TestApiKeys:
    def test_an_account_has_two_until_the_old_one_is_revoked(self, world: World) -> None:
        old = world.open_account()
        new = world.issue_key(old.split("_")[1])
        ids = [world.submit(key) for key in (old, new)]
        world.revoke(old)
        ids.append(world.submit(new))
        world.deliver()
        read = [world.call("GET", f"/v2/requests/{each}", key=new) for each in ids]
        assert [answer.json["status"] for answer in read] == ["COMPLETED"] * 3
        assert world.call("POST", "/v2/BigDug-Sasha", {"prompt": "a red fox"}, key=old).status == 401
