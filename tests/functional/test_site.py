"""The owner's words, from the function's environment to the model's description and to the errors where they help."""

import pytest
from pydantic import ValidationError

from sasha.settings import ApiSettings
from sasha.wiring import api_ports
from tests.functional.world import World

WORDS = {
    "SITE_NAME": "Füchse & Co",
    "CONTACT_URL": "mailto:owner@example.org",
    "GET_KEY_URL": "https://example.org/keys",
    "TERMS_URL": "https://example.org/terms",
    "PRIVACY_URL": "https://example.org/privacy",
}
WHERE = "Keys and credits: https://example.org/keys"


@pytest.fixture
def told(world: World) -> World:
    """The stack of an owner who says all of this."""
    world.api_settings = ApiSettings.read(world.environment("ApiFunction") | WORDS)
    world.api_ports = api_ports(world.api_settings, world.session, world.clock)
    world.api = world.new_api()
    return world


def test_the_page_is_told_by_the_models_description(told: World) -> None:
    assert told.call("GET", "/v1/models/BigDug-Sasha").json["site"] == {
        name.lower().replace("site_", ""): value for name, value in WORDS.items()
    }


def test_who_has_no_key_is_told_where_to_get_one(told: World) -> None:
    answer = told.call("POST", "/v1/BigDug-Sasha", {"prompt": "a red fox"})
    assert (answer.status, answer.json["detail"].endswith(WHERE)) == (401, True)
    assert answer.json["error"] == answer.json["detail"]


def test_who_cannot_pay_is_told_where_credits_are(told: World) -> None:
    answer = told.call("POST", "/v2/BigDug-Sasha", {"prompt": "a red fox"}, key=told.open_account(1))
    assert (answer.status, answer.json["detail"].endswith(WHERE)) == (406, True)


def test_a_visitor_whose_pictures_are_spent_is_told_too(told: World) -> None:
    told.limit(guest_images_per_day=1)
    answer = [told.guest_asks() for _ in range(2)][-1]
    assert (answer.json["code"], answer.json["detail"].endswith(WHERE)) == ("allowance_spent", True)


def test_other_errors_say_nothing_of_keys(told: World) -> None:
    answer = told.call("GET", "/v2/requests/nothing", key=told.open_account())
    assert (answer.status, "example.org" in answer.json["detail"]) == (404, False)


@pytest.mark.parametrize("name", WORDS)
def test_the_function_does_not_start_without_its_words(world: World, name: str) -> None:
    environment = world.environment("ApiFunction")
    del environment[name]
    with pytest.raises(ValidationError, match=name.lower()):
        ApiSettings.read(environment)


@pytest.mark.parametrize(("name", "value"), [(name, "javascript:alert(1)") for name in WORDS if name != "SITE_NAME"])
def test_nor_with_a_link_that_is_none(world: World, name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name.lower()):
        ApiSettings.read(world.environment("ApiFunction") | {name: value})


def test_what_is_said_of_a_bad_environment_repeats_nothing_of_it(world: World) -> None:
    """It goes to the log, and Lambda's environment holds the function's credentials."""
    environment = world.environment("ApiFunction") | {"AWS_SECRET_ACCESS_KEY": "not-to-be-told"}
    del environment["SITE_NAME"]
    with pytest.raises(ValidationError) as refused:
        ApiSettings.read({"AWS_SECRET_ACCESS_KEY": "not-to-be-told", **environment})
    assert "input_value" not in str(refused.value)
