"""A stack whose secrets are missing, wrong or broken: who is told what, and that nothing is held for nobody."""

import json
from typing import Any

import pytest

from tests.functional.world import SEGMIND_KEY, Answer, World

PROMPT = {"prompt": "a red fox in the snow", "img_width": 512, "img_height": 512}
NO_KEYS = ["", "not JSON {", "[]", '{"key": "SG_1"}', '{"api_key": {"a": 1}}']
NO_SECRETS = ["not JSON {", "[]", '{"origin": ""}', '{"origin": 5}', '{"other": "x"}']


@pytest.fixture
def key(world: World) -> str:
    return world.open_account()


def ask(world: World, key: str, **more: Any) -> Answer:
    return world.call("POST", "/v2/BigDug-Sasha", PROMPT, key=key, **more)


class TestSegmindsKey:
    @pytest.fixture(autouse=True)
    def mended(self, world: World) -> Any:
        yield
        world.rotate_segmind_key(SEGMIND_KEY)

    def put(self, world: World, text: str) -> None:
        world.clients.secretsmanager.put_secret_value(SecretId=world.stack.segmind_secret_id, SecretString=text or " ")
        world.clock.advance(61)

    @pytest.mark.parametrize("text", NO_KEYS)
    def test_a_secret_that_holds_none_is_noticed_and_told_in_words(self, world: World, key: str, text: str) -> None:
        self.put(world, text)
        first = ask(world, key).json["request_id"]
        world.deliver()
        answer = ask(world, key)
        assert (answer.status, answer.json["code"], answer.json["billed"]) == (503, "provider_unavailable", False)
        assert "the owner of this site has to enter a Segmind key" in answer.json["detail"]
        # Who was taken on before anybody knew is told whose trouble it is, and gets all back.
        failed = world.call("GET", f"/v2/requests/{first}", key=key)
        assert (failed.status, failed.json["failures"][0]["code"]) == (422, "provider_rejected_key")
        assert (world.balance(key), world.segmind.calls) == (1_000_000, [])

    @pytest.mark.parametrize("text", NO_KEYS)
    def test_once_it_is_mended_all_goes_on_by_itself(self, world: World, key: str, text: str) -> None:
        self.put(world, text)
        ask(world, key)
        world.deliver()
        world.rotate_segmind_key(SEGMIND_KEY)
        world.clock.advance(61)
        world.sweep()
        world.deliver()
        assert ask(world, key).status == 200

    def test_a_wrong_key_is_the_owners_trouble_and_no_callers(self, world: World, key: str) -> None:
        self.put(world, "SG_ffffffffffffffff")
        request_id = ask(world, key).json["request_id"]
        world.deliver()
        failed = world.call("GET", f"/v2/requests/{request_id}", key=key)
        assert failed.json["failures"][0]["code"] == "provider_rejected_key"
        assert "SG_" not in failed.content.decode()
        answer = ask(world, key)
        assert (answer.status, answer.json["code"]) == (503, "provider_unavailable")
        assert "Nothing was charged" in answer.json["detail"]
        assert world.balance(key) == 1_000_000

    def test_a_wrong_key_is_written_down_for_the_owner(self, world: World, key: str) -> None:
        self.put(world, "SG_ffffffffffffffff")
        ask(world, key)
        world.deliver()
        state = world.api_ports.states.get()
        assert (state.reason, state.key_configured) == ("provider_rejected_key", True)

    def test_the_right_one_entered_by_the_owner_lets_everybody_in_at_once(self, world: World, key: str) -> None:
        self.put(world, "SG_ffffffffffffffff")
        ask(world, key)
        world.deliver()
        world.enter_segmind_key(SEGMIND_KEY)
        request_id = ask(world, key).json["request_id"]
        world.deliver()
        assert world.call("GET", f"/v2/requests/{request_id}", key=key).json["status"] == "COMPLETED"


class TestGatewaySecret:
    @pytest.fixture(autouse=True)
    def mended(self, world: World) -> Any:
        before = world.stack.gateway_secret
        yield
        world.rotate_gateway_secret(before)

    def put(self, world: World, text: str) -> None:
        """As if somebody had edited it; the function starts anew."""
        world.clients.secretsmanager.put_secret_value(SecretId=world.stack.gateway_secret_id, SecretString=text)
        world.api = world.new_api()

    @pytest.mark.parametrize("text", NO_SECRETS)
    def test_the_version_before_a_broken_one_still_counts(self, world: World, key: str, text: str) -> None:
        self.put(world, text)
        assert ask(world, key, headers=world.through_cloudfront()).status == 200

    @pytest.mark.parametrize("text", NO_SECRETS)
    def test_a_broken_one_is_told_in_the_log_without_being_repeated(
        self, world: World, text: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        self.put(world, text)
        assert [record.getMessage() for record in caplog.records] == [
            'The gateway\'s secret is not {"origin": "…"} (AWSCURRENT)'
        ]

    @pytest.mark.parametrize(
        ("text", "claim"),
        [('{"origin": ""}', ""), ('{"origin": " "}', " "), ('{"origin": 5}', "5"), ("null", "None"), ("[]", "guessed")],
    )
    def test_a_broken_one_proves_nothing(self, world: World, text: str, claim: str) -> None:
        self.put(world, text)
        self.put(world, text)
        answer = world.call("POST", "/v2/BigDug-Sasha", PROMPT, headers=world.as_guest() | {"x-gateway-secret": claim})
        assert (answer.status, answer.json["code"]) == (503, "busy")
        assert world.items("REQUEST#") == []

    def test_while_none_can_be_read_the_pages_callers_are_asked_to_come_back(self, world: World, key: str) -> None:
        world.aws.break_down("GetSecretValue")
        world.api = world.new_api()
        answer = ask(world, key, headers=world.through_cloudfront())
        assert (answer.status, answer.json["code"], answer.json["retryable"]) == (503, "busy", True)

    def test_meanwhile_the_apis_own_address_works(self, world: World, key: str) -> None:
        self.put(world, "[]")
        self.put(world, "[]")
        assert ask(world, key).status == 200

    def test_a_new_one_is_looked_for_at_every_call(self, world: World, key: str) -> None:
        self.put(world, "[]")
        self.put(world, "[]")
        world.clients.secretsmanager.put_secret_value(
            SecretId=world.stack.gateway_secret_id, SecretString=json.dumps({"origin": world.stack.gateway_secret})
        )
        assert ask(world, key, headers=world.through_cloudfront()).status == 200
