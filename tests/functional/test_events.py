"""The events of events/, which `sam local invoke` uses, against the requests that `make run` seeds."""

import json
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.functions import ROOT
from local.http_api import proxy_answer
from local.running import Options
from local.seed import DEMO_CREDITS_MICROS, DEMO_KEY, QUEUED_REQUEST, seed
from local.stack import ANSWERS_BUCKET
from sasha.core.request import Status
from sasha.messages import take
from sasha.publishing.custom_resource import answer_to
from sasha.publishing.files import page_files
from sasha.publishing.ports import PublishingPorts
from sasha.wiring_site import SiteSettings, publishing_ports
from tests.functional.world import Answer, World

EVENTS = Path(__file__).parents[2] / "events"


@pytest.fixture(autouse=True)
def seeded(world: World) -> None:
    seed(world.stack, world.clients)


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def call(world: World, name: str) -> Answer:
    answer = proxy_answer(world.api(event(name), world.context))
    return Answer(answer.status, {name.lower(): value for name, value in answer.headers}, answer.body)


def test_the_demo_account_has_five_dollars_left(world: World) -> None:
    assert world.balance(DEMO_KEY) == DEMO_CREDITS_MICROS


def test_submit(world: World) -> None:
    answer = call(world, "submit")
    assert (answer.status, answer.json["status"]) == (200, "QUEUED")
    assert world.hints() == [answer.json["request_id"]]


def test_submit_v1_waits_for_the_picture(world: World) -> None:
    world.clock.while_waiting = world.deliver
    answer = call(world, "submit_v1")
    assert (answer.status, answer.json["images"][0]["seed"]) == (200, 42)


def test_status(world: World) -> None:
    answer = call(world, "status")
    assert (answer.status, answer.json["status"], answer.json["metrics"]["total_time"]) == (200, "COMPLETED", 3.2)


def test_result(world: World) -> None:
    answer = call(world, "result")
    assert (answer.status, len(answer.json["images"])) == (200, 1)
    assert world.s3_accepts(answer.json["output"])


def test_bad_request(world: World) -> None:
    answer = call(world, "bad_request")
    assert answer.status == 400
    assert {fault["pointer"] for fault in answer.json["errors"]} == {"/prompt", "/samples", "/scheduler"}


def test_worker(world: World) -> None:
    (record,) = event("worker")["Records"]
    take(record["body"], lambda: 180.0, world.worker_ports)
    assert world.request(QUEUED_REQUEST).status is Status.COMPLETED


def test_the_waiting_request_is_left_alone_by_the_sweeper(world: World) -> None:
    world.clock.advance(3600)
    world.sweep()
    assert world.request(QUEUED_REQUEST).status is Status.QUEUED


class TestPage:
    """The two of SiteFunction. `sam local` calls it from a container, and on this machine's usual ports."""

    def asked(self, world: World, name: str) -> dict[str, str]:
        environment = {**world.environment("SiteFunction"), "SITE_FOLDER": str(ROOT / "frontend")}
        settings = SiteSettings.read(environment)

        def ports() -> PublishingPorts:
            return publishing_ports(settings, world.session, lambda: 900.0)

        return answer_to(event(name), lambda: page_files(settings.site_folder), ports)

    def test_page(self, world: World) -> None:
        answer = self.asked(world, "page")
        assert (answer["Status"], answer["Reason"].endswith(" files published, 0 removed")) == ("SUCCESS", True)

    def test_page_delete(self, world: World) -> None:
        answer = self.asked(world, "page_delete")
        assert answer["Reason"] == "The stack lives on (CREATE_COMPLETE): its buckets are left as they are"

    @pytest.mark.parametrize("name", ["page", "page_delete"])
    def test_they_are_what_the_template_has_cloudformation_send(self, world: World, name: str) -> None:
        sent, page = event(name), world.stack.template.resources["Page"]
        assert (sent["ResourceType"], sent["LogicalResourceId"]) == (page["Type"], "Page")
        assert sent["ResourceProperties"].keys() == page["Properties"].keys()

    @pytest.mark.parametrize("name", ["page", "page_delete"])
    def test_they_are_answered_where_containers_reach_the_local_aws(self, name: str) -> None:
        url = urlsplit(event(name)["ResponseURL"])
        hosts = tomllib.loads((ROOT / "samconfig.toml").read_text())["default"]["local_invoke"]["parameters"][
            "add_host"
        ]
        assert f"{url.hostname}:host-gateway" in hosts
        assert url.port == Options().port_of(2)
        assert url.path.startswith(f"/{ANSWERS_BUCKET}/")


def test_every_event_is_used_here() -> None:
    used = {"submit", "submit_v1", "status", "result", "bad_request", "worker", "sweeper", "page", "page_delete"}
    assert {path.stem for path in EVENTS.glob("*.json")} == used
