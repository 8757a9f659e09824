"""The Segmind emulator over HTTP: the contract's every status and header, its books, and each scripted fault."""

import base64
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from local.emulator.faults import Fault, Kind
from local.emulator.server import SegmindEmulator

ROOT = Path(__file__).parents[2]
KEY = "SG_0123456789abcdef"
MODEL = "/v1/BigDug-Sasha"
ACCOUNTING = ("x-request-id", "x-cost", "x-remaining-credits", "x-generation-time", "x-seed-value")
Generate = Callable[..., httpx.Response]


@pytest.fixture
def segmind() -> Iterator[SegmindEmulator]:
    with SegmindEmulator(api_keys=(KEY,), picture_style="plain") as emulator:
        yield emulator


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """One for all: making one costs more than a test."""
    with httpx.Client(timeout=5) as client:
        yield client


@pytest.fixture
def client(segmind: SegmindEmulator, http: httpx.Client) -> httpx.Client:
    http.base_url = httpx.URL(segmind.url)
    return http


@pytest.fixture
def generate(client: httpx.Client) -> Generate:
    """POST to the model: fields of the body by name."""

    def post(path: str = MODEL, key: str | None = KEY, **fields: Any) -> httpx.Response:
        body = {"prompt": "a red fox in the snow", "seed": 42, "img_width": 512, "img_height": 512, **fields}
        return client.post(path, json=body, headers={"x-api-key": key} if key else {})

    return post


def image(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as opened:
        opened.load()
        return opened


class TestSuccess:
    def test_the_answer_is_the_picture_s_bytes(self, generate: Generate) -> None:
        answer = generate()

        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert image(answer.content).size == (512, 512)

    def test_the_headers_tell_the_accounting(self, generate: Generate) -> None:
        headers = generate().headers

        assert (headers["x-cost"], headers["x-remaining-credits"], headers["x-seed-value"]) == ("0.012", "4.988", "42")
        assert len(headers["x-request-id"]) == 32
        assert float(headers["x-generation-time"]) >= 0
        assert "x-rate-limit-reset-at-utc" in headers

    def test_base64_gives_the_picture_in_json(self, generate: Generate) -> None:
        answer = generate(base64=True)

        assert base64.b64decode(answer.json()["image"]) == generate().content
        assert answer.headers["x-cost"] == "0.012"

    def test_a_setting_chooses_the_format(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.configure(picture_format="jpeg")

        answer = generate()

        assert answer.headers["content-type"] == "image/jpeg"
        assert image(answer.content).format == "JPEG"

    def test_seed_minus_one_is_drawn_and_told(self, segmind: SegmindEmulator, generate: Generate) -> None:
        seed = int(generate(seed=-1).headers["x-seed-value"])

        assert segmind.ledger[0].seed == seed >= 0

    def test_several_samples_give_the_first_picture_and_are_all_billed(
        self, segmind: SegmindEmulator, generate: Generate
    ) -> None:
        answer = generate(samples=3)

        assert answer.content == generate().content
        assert answer.headers["x-cost"] == "0.036"
        assert segmind.ledger[0].parameters["samples"] == 3

    def test_numbers_and_booleans_may_come_as_strings(self, generate: Generate) -> None:
        assert generate(samples="1", base64="false", seed="42", guidance_scale="8.5").status_code == 200

    def test_a_landscape_is_drawn_unless_told_otherwise(self, http: httpx.Client) -> None:
        with SegmindEmulator() as segmind:
            body = {"prompt": "a lake", "seed": 1, "img_width": 512, "img_height": 512}
            answer = http.post(segmind.url + MODEL, json=body, headers={"x-api-key": segmind.api_key})

        assert image(answer.content).getcolors(10_000) is None  # more colours than that


class TestRefusals:
    """None of them is billed."""

    @pytest.fixture(autouse=True)
    def nothing_is_billed(self, segmind: SegmindEmulator) -> Iterator[None]:
        before = segmind.credits_micros
        yield
        assert (segmind.ledger, segmind.credits_micros) == ([], before)

    def test_a_missing_key(self, generate: Generate) -> None:
        answer = generate(key=None)

        assert (answer.status_code, answer.json()) == (401, {"error": "Missing Authorization or x-api-key in header"})

    def test_a_key_in_the_authorization_header_is_a_missing_key(self, client: httpx.Client) -> None:
        answer = client.post(MODEL, json={"prompt": "a fox"}, headers={"authorization": f"Bearer {KEY}"})

        assert (answer.status_code, answer.json()) == (401, {"error": "Missing Authorization or x-api-key in header"})

    @pytest.mark.parametrize("key", ["SG_ffffffffffffffff", "nonsense", f"{KEY}, {KEY}"])
    def test_a_wrong_key(self, generate: Generate, key: str) -> None:
        answer = generate(key=key)

        assert answer.status_code == 401
        assert answer.json() == {"error": "Unauthorized. API key is invalid or may have expired..."}

    def test_a_revoked_key(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.configure(api_keys=["SG_fedcba9876543210"])

        assert generate().status_code == 401

    def test_an_unknown_model(self, generate: Generate) -> None:
        answer = generate("/v1/BigDug-Sascha")

        assert (answer.status_code, answer.json()) == (404, {"error": "Model not found"})

    @pytest.mark.parametrize("path", ["/", "/v2/BigDug-Sasha", "/v1", "/v3/x"])
    def test_an_unknown_path(self, generate: Generate, path: str) -> None:
        assert generate(path).status_code == 404

    @pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE", "PATCH"])
    def test_a_wrong_verb_gets_a_page(self, client: httpx.Client, verb: str) -> None:
        answer = client.request(verb, MODEL, headers={"x-api-key": KEY})

        assert answer.status_code == 405
        assert answer.headers["content-type"].startswith("text/html")
        assert "<html>" in answer.text

    @pytest.mark.parametrize(
        "fields",
        [
            {"prompt": None},
            {"prompt": "   "},
            {"samples": 5},
            {"samples": 1.5},
            {"img_width": 513},
            {"scheduler": "Euler b"},
            {"num_inference_steps": 19},
            {"guidance_scale": 25.5},
            {"seed": 10**20},
            {"no_such_field": 1},
        ],
    )
    def test_a_bad_parameter(self, generate: Generate, fields: dict[str, Any]) -> None:
        answer = generate(**fields)

        assert answer.status_code == 400
        assert next(iter(fields)) in answer.json()["error"]

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"[" * 100_000, b"\xff\xfe"])
    def test_a_body_that_is_no_object(self, client: httpx.Client, body: bytes) -> None:
        headers = {"x-api-key": KEY, "content-type": "application/json"}
        answer = client.post(MODEL, content=body, headers=headers)

        assert answer.status_code == 400
        assert isinstance(answer.json()["error"], str)

    def test_a_wrong_content_type_is_one_of_the_three_406(self, client: httpx.Client) -> None:
        answer = client.post(MODEL, data={"prompt": "a fox"}, headers={"x-api-key": KEY})

        assert answer.status_code == 406
        assert "Invalid content type" in answer.json()["error"]

    def test_too_few_credits_are_the_second(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.credits_micros = 11_999
        try:
            answer = generate()
        finally:
            segmind.credits_micros = 5_000_000

        assert answer.status_code == 406
        assert "Insufficient credits" in answer.json()["error"]

    def test_the_team_s_limit_is_the_third(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.configure(team_limit_micros=11_999)

        answer = generate()

        assert answer.status_code == 406
        assert "Team spending limit" in answer.json()["error"]

    def test_a_body_beyond_10_mb(self, segmind: SegmindEmulator) -> None:
        with connect(segmind) as connection:
            connection.sendall(f"POST {MODEL} HTTP/1.1\r\nhost: x\r\ncontent-length: 10000001\r\n\r\n".encode())
            assert read_all(connection).startswith(b"HTTP/1.1 413")

    def test_a_body_of_no_stated_length(self, segmind: SegmindEmulator) -> None:
        with connect(segmind) as connection:
            connection.sendall(f"POST {MODEL} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".encode())
            assert read_all(connection).startswith(b"HTTP/1.1 411")


class TestCredits:
    def test_they_are_told_in_dollars(self, client: httpx.Client, generate: Generate) -> None:
        generate()

        answer = client.get("/v1/get-user-credits", headers={"x-api-key": KEY})

        assert answer.json() == {"credits": 4.988, "free-credits": 0.0}

    def test_a_key_is_needed(self, client: httpx.Client) -> None:
        assert client.get("/v1/get-user-credits").status_code == 401

    def test_they_can_only_be_read(self, client: httpx.Client) -> None:
        answer = client.post("/v1/get-user-credits", headers={"x-api-key": KEY})

        assert (answer.status_code, answer.headers["content-type"]) == (405, "text/html; charset=utf-8")

    def test_the_last_cent_can_be_spent_and_no_more(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.credits_micros = 24_000

        assert [generate().status_code for _ in range(3)] == [200, 200, 406]
        assert segmind.credits_micros == 0

    def test_calls_at_once_cannot_overspend(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.credits_micros = 60_000

        with ThreadPoolExecutor(20) as pool:
            statuses = list(pool.map(lambda _: generate().status_code, range(20)))

        assert sorted(statuses) == [200] * 5 + [406] * 15
        assert (segmind.credits_micros, len(segmind.ledger)) == (0, 5)


class TestRateLimit:
    @pytest.fixture
    def clock(self) -> list[datetime]:
        """One entry: the time. The emulator's clock stands still but for what a test does to it."""
        return [datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)]

    @pytest.fixture
    def segmind(self, clock: list[datetime]) -> Iterator[SegmindEmulator]:
        settings: dict[str, Any] = {"api_keys": (KEY,), "picture_style": "plain", "rate_limit_per_minute": 2}
        with SegmindEmulator(now=lambda: clock[0], **settings) as emulator:
            yield emulator

    def test_what_is_above_the_limit_is_refused_and_told_when_to_come_back(
        self, segmind: SegmindEmulator, generate: Generate
    ) -> None:
        answers = [generate() for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].headers["x-rate-limit-reset-at-utc"] == "2026-11-22T12:01:01Z"
        assert "retry-after" not in answers[2].headers
        assert isinstance(answers[2].json()["error"], str)
        assert len(segmind.ledger) == 2

    def test_the_time_may_be_in_seconds_since_1970(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.configure(rate_limit_reset_format="epoch", rate_limit_per_minute=0)

        told = int(generate().headers["x-rate-limit-reset-at-utc"])

        assert datetime.fromtimestamp(told, UTC) == datetime(2026, 11, 22, 12, 1, 1, tzinfo=UTC)

    def test_a_minute_later_there_is_room_again(self, clock: list[datetime], generate: Generate) -> None:
        before = [generate().status_code for _ in range(3)]
        clock[0] += timedelta(seconds=60)

        assert (before, generate().status_code) == ([200, 200, 429], 200)


class TestLatency:
    def test_it_is_the_whole_time_of_a_call(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.configure(picture_style="landscape", latency_s=0.3)

        started = time.perf_counter()
        answer = generate(img_width=1024, img_height=1024, seed=99)

        took = time.perf_counter() - started
        assert 0.3 <= float(answer.headers["x-generation-time"]) <= took

    def test_calls_at_once_do_not_wait_for_each_other(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.latency_s = 0.6

        started = time.perf_counter()
        with ThreadPoolExecutor(8) as pool:
            assert {answer.status_code for answer in pool.map(lambda n: generate(seed=n), range(8))} == {200}

        assert time.perf_counter() - started < 4  # one after the other: 4.8

    def test_a_refusal_comes_at_once(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.latency_s = 5

        started = time.perf_counter()
        assert generate(key=None).status_code == 401
        assert time.perf_counter() - started < 4


class TestBooks:
    def test_a_billed_call_is_in_the_ledger(self, segmind: SegmindEmulator, generate: Generate) -> None:
        answer = generate(seed=7, guidance_scale=9)

        (line,) = segmind.ledger
        assert (line.api_key, line.slug, line.prompt) == (KEY, "BigDug-Sasha", "a red fox in the snow")
        assert (line.seed, line.cost_micros, line.parameters["guidance_scale"]) == (7, 12_000, 9)
        assert line.request_id == answer.headers["x-request-id"]
        assert timedelta() <= datetime.now(UTC) - line.at < timedelta(seconds=5)

    def test_every_post_is_among_the_calls_with_its_end(self, segmind: SegmindEmulator, generate: Generate) -> None:
        generate()
        generate(samples=9)
        generate("/v1/nothing")

        calls = segmind.calls
        assert [(call.status, call.outcome, call.billed) for call in calls] == [
            (200, "answered", True),
            (400, "answered", False),
            (404, "answered", False),
        ]
        assert (calls[0].body["seed"], calls[0].headers["x-api-key"]) == (42, KEY)
        assert all(call.ended_at and call.ended_at >= call.at for call in calls)

    def test_a_call_is_seen_and_billed_while_it_runs(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.latency_s = 0.4
        thread = threading.Thread(target=generate)
        thread.start()
        wait_until(lambda: len(segmind.ledger) == 1)

        assert [(call.status, call.outcome) for call in segmind.calls] == [(None, "running")]
        thread.join()

    def test_a_client_that_goes_away_has_been_billed(self, segmind: SegmindEmulator, client: httpx.Client) -> None:
        segmind.latency_s = 0.2
        with pytest.raises(httpx.ReadTimeout):
            client.post(MODEL, json={"prompt": "a fox"}, headers={"x-api-key": KEY}, timeout=0.05)

        wait_until(lambda: segmind.calls[0].outcome != "running")
        assert len(segmind.ledger) == 1

    def test_a_reset_forgets_all_but_the_settings(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.configure(picture_format="jpeg")
        generate()
        segmind.script(Fault("empty"))

        segmind.reset()

        assert (segmind.ledger, segmind.calls, segmind.pending_faults) == ([], [], [])
        assert (segmind.credits_micros, segmind.settings.picture_format) == (5_000_000, "jpeg")


class TestScript:
    def test_faults_come_in_order_and_then_no_more(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("status", status=500), Fault("status", status=403))

        assert [generate().status_code for _ in range(3)] == [500, 403, 200]

    def test_a_series_can_be_repeated(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("status", status=500), Fault("status", status=403), times=2)

        assert [generate().status_code for _ in range(5)] == [500, 403, 500, 403, 200]

    def test_a_fault_can_wait_for_its_seed(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("status", status=500, seed=8), Fault("status", status=403))

        assert [generate(seed=seed).status_code for seed in (7, 7, "8", 8)] == [403, 200, 500, 200]

    def test_a_reset_can_wait_for_its_seed(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("reset", seed=8))

        assert generate(seed=7).status_code == 200
        with pytest.raises(httpx.TransportError):
            generate(seed=8)

    @pytest.mark.parametrize(
        ("kind", "fields"),
        [
            ("nothing", {}),
            ("status", {}),
            ("status", {"status": 42}),
            ("empty", {"status": 500}),
            ("delay", {}),
            ("drip", {"bytes_per_s": 0}),
        ],
    )
    def test_a_fault_that_makes_no_sense_is_refused(self, kind: Kind, fields: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"."):
            Fault(kind, **fields)


class TestFaults:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 406, 410, 422, 429, 500, 503])
    def test_a_status_has_segmind_s_envelope_and_is_not_billed(
        self, segmind: SegmindEmulator, generate: Generate, status: int
    ) -> None:
        segmind.script(Fault("status", status=status))

        answer = generate()

        assert answer.status_code == status
        assert list(answer.json()) == ["error"]
        assert segmind.ledger == []

    @pytest.mark.parametrize("status", [405, 502, 504])
    def test_some_come_as_a_page(self, segmind: SegmindEmulator, generate: Generate, status: int) -> None:
        segmind.script(Fault("status", status=status))

        answer = generate()

        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")

    @pytest.mark.parametrize(
        ("body", "content_type", "content"),
        [
            ({"error": "no"}, "application/json", b'{"error": "no"}'),
            ('{"error": "no"}', "application/json", b'{"error": "no"}'),
            ("<html></html>", "text/html; charset=utf-8", b"<html></html>"),
            ("no", "text/plain; charset=utf-8", b"no"),
            ("", "text/plain; charset=utf-8", b""),
            (b"\x00\xff", "application/octet-stream", b"\x00\xff"),
        ],
    )
    def test_a_status_can_have_any_body(
        self, segmind: SegmindEmulator, generate: Generate, body: Any, content_type: str, content: bytes
    ) -> None:
        segmind.script(Fault("status", status=504, body=body))

        answer = generate()

        assert (answer.headers["content-type"], answer.content) == (content_type, content)

    def test_a_status_can_have_headers(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("status", status=429, headers={"X-Rate-Limit-Reset-At-Utc": "whenever"}))

        assert generate().headers["x-rate-limit-reset-at-utc"] == "whenever"

    def test_a_429_says_when_it_ends(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("status", status=429))

        told = datetime.fromisoformat(generate().headers["x-rate-limit-reset-at-utc"])

        assert timedelta(seconds=50) < told - datetime.now(UTC) < timedelta(seconds=70)

    def test_a_status_can_hide_that_the_job_was_billed(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("status", status=504, billed=True))

        assert generate().status_code == 504
        assert len(segmind.ledger) == 1

    def test_a_delay_comes_before_the_usual_answer(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("delay", delay_s=0.2))

        started = time.perf_counter()
        answer = generate()

        assert 0.2 <= time.perf_counter() - started < 1
        assert image(answer.content).size == (512, 512)
        assert float(answer.headers["x-generation-time"]) < 0.1

    def test_any_fault_can_be_delayed(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("status", status=502, delay_s=0.2))

        started = time.perf_counter()
        assert generate().status_code == 502
        assert 0.2 <= time.perf_counter() - started < 1

    def test_a_reset_comes_before_the_body_is_read_and_is_not_billed(self, segmind: SegmindEmulator) -> None:
        segmind.script(Fault("reset"))

        with connect(segmind) as connection:
            connection.sendall(f"POST {MODEL} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n".encode())
            with pytest.raises(ConnectionResetError):
                connection.recv(1)

        assert [(call.status, call.outcome, call.fault) for call in segmind.calls] == [(None, "reset", "reset")]
        assert segmind.ledger == []

    def test_a_reset_can_come_after_the_billing(self, segmind: SegmindEmulator) -> None:
        segmind.script(Fault("reset_after_billing"))
        body = json.dumps({"prompt": "a fox", "img_width": 512, "img_height": 512})
        head = f"POST {MODEL} HTTP/1.1\r\nhost: x\r\nx-api-key: {KEY}\r\ncontent-type: application/json\r\n"

        with connect(segmind) as connection:
            connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
            with pytest.raises(ConnectionResetError):
                connection.recv(1)

        assert [(call.status, call.outcome) for call in segmind.calls] == [(None, "reset")]
        assert len(segmind.ledger) == 1

    def test_a_billed_call_can_be_met_with_silence(self, segmind: SegmindEmulator, client: httpx.Client) -> None:
        segmind.script(Fault("silent_after_billing"))

        with pytest.raises(httpx.ReadTimeout):
            client.post(MODEL, json={"prompt": "a fox"}, headers={"x-api-key": KEY}, timeout=0.3)

        assert len(segmind.ledger) == 1
        wait_until(lambda: [call.outcome for call in segmind.calls] == ["client gone"])

    def test_an_answer_can_break_off(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("truncated"))

        with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            generate()

        assert [(call.outcome, call.billed) for call in segmind.calls] == [("truncated", True)]

    def test_an_answer_can_trickle(self, segmind: SegmindEmulator, generate: Generate) -> None:
        whole = generate().content
        segmind.script(Fault("drip", bytes_per_s=len(whole) / 0.3))

        started = time.perf_counter()
        answer = generate()

        assert 0.25 <= time.perf_counter() - started < 1.5
        assert answer.content == whole
        assert len(segmind.ledger) == 2

    def test_a_page_can_stand_for_a_picture(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("html"))

        answer = generate()

        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")

    def test_a_200_can_be_empty(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("empty"))

        answer = generate()

        assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "image/png", b"")

    def test_a_picture_can_be_none(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("not_a_picture"))

        answer = generate()

        assert (answer.headers["content-type"], answer.content) == ("image/png", b"this is no picture")

    def test_a_picture_can_break_off_in_a_whole_answer(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("half_picture"))

        half, whole = generate().content, generate().content

        assert half == whole[: len(whole) // 2]

    def test_an_answer_can_be_very_large(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("large", size=50_000_000))

        answer = generate()

        assert len(answer.content) == 50_000_000
        assert answer.content.startswith(b"\x89PNG")

    @pytest.mark.parametrize(
        ("kind", "picture_in"),
        [
            ("json_image", lambda answer: answer["image"]),
            ("json_image_list", lambda answer: answer["image"][0]),
            ("json_images", lambda answer: answer["images"][0]),
            ("json_data_url", lambda answer: answer["image"].removeprefix("data:image/png;base64,")),
        ],
    )
    def test_a_picture_can_come_in_json(
        self, segmind: SegmindEmulator, generate: Generate, kind: Kind, picture_in: Callable[[Any], str]
    ) -> None:
        segmind.script(Fault(kind))

        answer = generate()

        assert answer.headers["content-type"] == "application/json"
        assert base64.b64decode(picture_in(answer.json()), validate=True) == generate().content

    def test_base64_can_be_broken(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("json_broken_base64"))

        with pytest.raises(ValueError, match="base64"):
            base64.b64decode(generate().json()["image"], validate=True)

    def test_a_picture_can_come_as_a_public_url(
        self, segmind: SegmindEmulator, generate: Generate, http: httpx.Client
    ) -> None:
        segmind.script(Fault("json_urls"))

        answer = generate()
        result = answer.json()

        shown = http.get(result["images"][0]["url"])
        assert (result["status"], result["output"]) == ("COMPLETED", result["images"][0]["url"])
        assert (shown.headers["content-type"], shown.content) == ("image/png", generate().content)
        assert result["request_id"] == answer.headers["x-request-id"] == segmind.ledger[0].request_id

    def test_the_url_can_be_on_a_foreign_host(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("json_urls", url="http://169.254.169.254/latest/meta-data"))

        assert generate().json()["images"][0]["url"] == "http://169.254.169.254/latest/meta-data"

    def test_the_picture_can_be_on_another_host(
        self, segmind: SegmindEmulator, generate: Generate, http: httpx.Client
    ) -> None:
        segmind.script(Fault("json_url_foreign"))

        url = generate().json()["output"]

        assert httpx.URL(url).host == "localhost"
        assert http.get(url).content == generate().content

    def test_what_is_behind_a_url_can_be_very_large(
        self, segmind: SegmindEmulator, generate: Generate, http: httpx.Client
    ) -> None:
        segmind.script(Fault("json_url_large", size=20_000_000))

        shown = http.get(generate().json()["output"])

        assert len(shown.content) == 20_000_000
        assert shown.content.startswith(b"\x89PNG")

    def test_a_url_can_fail_at_first(self, segmind: SegmindEmulator, generate: Generate, http: httpx.Client) -> None:
        segmind.script(Fault("json_url_fails_once"))

        url = generate().json()["output"]

        assert [http.get(url).status_code for _ in range(3)] == [503, 200, 200]

    def test_a_url_can_redirect_to_the_picture(
        self, segmind: SegmindEmulator, generate: Generate, http: httpx.Client
    ) -> None:
        segmind.script(Fault("json_url_redirects"))

        shown = http.get(generate().json()["output"])

        assert shown.status_code == 302
        assert http.get(shown.headers["location"]).content == generate().content

    def test_a_url_can_be_none(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("json_url_unparsable"))

        with pytest.raises(httpx.InvalidURL):
            httpx.URL(generate().json()["output"])

    def test_a_header_can_be_taken_away(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("status", status=429, headers={"x-rate-limit-reset-at-utc": None}))

        assert "x-rate-limit-reset-at-utc" not in generate().headers

    def test_the_headers_can_be_missing(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("without_headers"))

        answer = generate()

        assert image(answer.content).size == (512, 512)
        assert not [name for name in answer.headers if name.startswith("x-")]

    def test_a_200_can_have_any_body(self, segmind: SegmindEmulator, generate: Generate) -> None:
        segmind.script(Fault("status", status=200, body={"message": "no picture here"}))

        assert generate().json() == {"message": "no picture here"}
        assert len(segmind.ledger) == 1

    def test_a_call_that_is_refused_anyway_is_not_billed_for_a_fault(
        self, segmind: SegmindEmulator, generate: Generate
    ) -> None:
        segmind.script(Fault("truncated"))

        assert generate(key=None).status_code == 401
        assert segmind.ledger == []


class TestControl:
    """The same for other processes."""

    def test_the_ledger_and_the_calls_can_be_read(self, client: httpx.Client, generate: Generate) -> None:
        generate()

        (line,), (call,) = client.get("/_emulator/ledger").json(), client.get("/_emulator/calls").json()

        assert (line["seed"], line["cost_micros"]) == (42, 12_000)
        assert (call["status"], call["billed"], call["request_id"]) == (200, True, line["request_id"])

    def test_faults_can_be_scripted(self, client: httpx.Client, generate: Generate) -> None:
        faults = [{"kind": "status", "status": 502, "body": {"error": "no"}}, {"kind": "empty", "seed": 42}]
        assert client.post("/_emulator/faults", json=faults).status_code == 204

        assert [fault["kind"] for fault in client.get("/_emulator/faults").json()] == ["status", "empty"]
        assert generate().json() == {"error": "no"}
        assert generate().content == b""

    @pytest.mark.parametrize("faults", [[{"kind": "nothing"}], [{"kind": "empty", "what": 1}], {"kind": "empty"}, [1]])
    def test_a_fault_that_makes_no_sense_is_told(self, client: httpx.Client, faults: Any) -> None:
        answer = client.post("/_emulator/faults", json=faults)

        assert answer.status_code == 400
        assert answer.json()["error"]

    def test_settings_can_be_changed(self, client: httpx.Client, generate: Generate) -> None:
        changes = {"latency_s": 0.1, "credits_micros": 12_000, "picture_format": "webp", "rate_limit_per_minute": 9}
        assert client.put("/_emulator/settings", json=changes).status_code == 204

        answer = generate()

        assert (answer.headers["content-type"], answer.headers["x-remaining-credits"]) == ("image/webp", "0.00")
        assert float(answer.headers["x-generation-time"]) >= 0.1
        assert client.get("/_emulator/settings").json()["rate_limit_per_minute"] == 9

    @pytest.mark.parametrize(
        "changes",
        [{"latency_s": -1}, {"latency_s": "long"}, {"picture_format": "gif"}, {"no_such": 1}, {"api_keys": ["x"]}],
    )
    def test_settings_that_make_no_sense_change_nothing(
        self, segmind: SegmindEmulator, client: httpx.Client, changes: dict[str, Any]
    ) -> None:
        before = segmind.settings

        assert client.put("/_emulator/settings", json=changes | {"price_micros": 1}).status_code == 400
        assert segmind.settings == before

    def test_all_can_be_forgotten(self, segmind: SegmindEmulator, client: httpx.Client, generate: Generate) -> None:
        generate()

        assert client.delete("/_emulator").status_code == 204
        assert (segmind.ledger, segmind.calls) == ([], [])

    def test_an_unknown_route_is_not_found(self, client: httpx.Client) -> None:
        assert client.get("/_emulator/images/nothing.png").status_code == 404
        assert client.get("/_emulator/anything").status_code == 404


class TestServer:
    def test_200_connections_at_once_are_answered(self, segmind: SegmindEmulator) -> None:
        connections = [connect(segmind) for _ in range(200)]
        question = f"GET /v1/get-user-credits HTTP/1.1\r\nhost: x\r\nx-api-key: {KEY}\r\n\r\n".encode()
        try:
            for _ in range(2):  # twice on each: they stay open
                for connection in connections:
                    connection.sendall(question)
                assert {read_json(connection) for connection in connections} == {
                    b'{"credits": 5.0, "free-credits": 0.0}'
                }
        finally:
            for connection in connections:
                connection.close()

    def test_a_connection_serves_many_calls(self, segmind: SegmindEmulator, generate: Generate) -> None:
        started = time.perf_counter()
        assert {generate().status_code for _ in range(50)} == {200}
        assert time.perf_counter() - started < 2
        assert len(segmind.ledger) == 50

    def test_its_end_leaves_no_thread_and_no_open_port(self) -> None:
        before = set(threading.enumerate())
        with SegmindEmulator(latency_s=30, picture_style="plain") as segmind:
            idle = connect(segmind)
            waiting = connect(segmind)
            body = b'{"prompt": "a fox"}'
            head = f"POST {MODEL} HTTP/1.1\r\nx-api-key: {segmind.api_key}\r\ncontent-type: application/json\r\n"
            waiting.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
            wait_until(lambda: len(segmind.ledger) == 1)
            started = time.perf_counter()

        assert time.perf_counter() - started < 2
        assert set(threading.enumerate()) == before
        with pytest.raises(ConnectionRefusedError):
            connect(segmind)
        idle.close()
        waiting.close()

    def test_a_taken_port_is_told(self, segmind: SegmindEmulator) -> None:
        with pytest.raises(OSError, match="in use"):
            SegmindEmulator(segmind.port)

    def test_the_program_says_where_it_listens_and_ends_when_told_to(self, http: httpx.Client) -> None:
        environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'functions'}"}
        command = [sys.executable, "-m", "local.emulator", "--json", "--latency", "0", "--picture-style", "plain"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            ready = json.loads(program.stdout.readline())
            answer = http.post(ready["url"] + MODEL, json={"prompt": "a fox"}, headers={"x-api-key": ready["api_key"]})
            program.send_signal(signal.SIGTERM)

            assert program.wait(10) == 0
        assert image(answer.content).size == (1024, 1024)
        assert set(ACCOUNTING) <= set(answer.headers)


def connect(segmind: SegmindEmulator) -> socket.socket:
    return socket.create_connection(("127.0.0.1", segmind.port), timeout=5)


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while block := connection.recv(65536):
        received += block
    return received


def read_json(connection: socket.socket) -> bytes:
    """The body of one answer whose connection stays open: a flat object."""
    received = b""
    while not received.endswith(b"}"):
        received += connection.recv(65536)
    return received.partition(b"\r\n\r\n")[2]


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 3
    while not true():
        assert time.monotonic() < until
        time.sleep(0.005)
