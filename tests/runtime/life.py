"""A life of the built functions with all its troubles, in which every secret is marked.

Callers are served and refused in every way, Segmind fails and repeats what it was asked, AWS and the table fail, a
worker dies. What was logged meanwhile is for the tests to search.
"""

import json
import re
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from local.http_api import proxy_answer, proxy_event
from local.messages import Answer, Request
from local.stack import ANSWERS_BUCKET
from sasha.core.account import Account, ApiKey, new_key
from sasha.core.breaker import FAILURES_TO_OPEN, Finding, change
from sasha.core.timing import iso
from tests.runtime.caller import Caller, Event
from tests.runtime.emulated import EmulatedFunction, FunctionError
from tests.runtime.marks import (
    ADDRESSES,
    BLOCKED_PROMPT,
    IDEMPOTENCY_KEY,
    NEGATIVE_PROMPT,
    PROMPT,
    RESPONSE_SIGNATURE,
    WRONG_GATEWAY_SECRET,
    WRONG_KEY,
    echoes,
)
from tests.runtime.observed import Refusal
from tests.runtime.surroundings import Surroundings

SIGNATURE = re.compile(r"X-Amz-Signature=([0-9a-f]{64})")
V1, V2 = "/v1/BigDug-Sasha", "/v2/BigDug-Sasha"
WANTED = {"prompt": PROMPT, "negative_prompt": NEGATIVE_PROMPT, "seed": 7, "img_width": 512, "img_height": 512}


@dataclass
class Life:
    """`codes` are those of all problems that callers were told, `marks` what no log may hold, by what it is."""

    around: Surroundings
    functions: dict[str, EmulatedFunction]
    event: Event
    codes: set[str] = field(default_factory=set)
    marks: dict[str, str] = field(default_factory=dict)
    told_when_idle: list[str] = field(default_factory=list)

    def live(self, caller: Caller) -> None:
        self.marks |= {
            "prompt": PROMPT,
            "negative prompt": NEGATIVE_PROMPT,
            "blocked prompt": BLOCKED_PROMPT,
            "wrong key": WRONG_KEY,
            "idempotency key": IDEMPOTENCY_KEY,
            "address": ADDRESSES[0],
            "IPv6 address": ADDRESSES[1],
            "wrong gateway secret": WRONG_GATEWAY_SECRET,
            "gateway secret": self.around.gateway_secret,
            "Segmind's key": self.around.segmind_key,
            "presigned URL": "X-Amz-",
            "CloudFormation's presigned URL": RESPONSE_SIGNATURE,
        }
        self.key = self.opens_account(5_000_000, requests_per_minute=1_000)
        self.sweeps_when_idle()
        self.serves()
        self.refuses()
        self.serves_guests()
        self.meets_segminds_troubles()
        self.meets_awss_troubles()
        self.meets_what_cannot_be_read()
        self.dies(caller)
        self.finds_segmind_closed()
        self.is_deployed()

    # ------------------------------------------------------------ means ----

    def opens_account(self, balance_micros: int, **more: Any) -> str:
        account_id = f"life{uuid4().hex[:12]}"
        now = datetime.now(UTC)
        account = Account(id=account_id, name="A life", balance_micros=balance_micros, opened_at=now, **more)
        self.around.accounts.open(account)
        key = new_key(account_id)
        self.around.accounts.add_key(ApiKey.of(key, issued_at=now))
        self.marks[f"key of {account_id}"] = key.rpartition("_")[2]
        return key

    def calls(self, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Answer:
        """What the API answers; underscores in the headers' names stand for hyphens."""
        path, _, query = path.partition("?")
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["x-api-key"] = key
        if body is not None:
            sent = {"content-type": "application/json", **sent}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        request = Request(method, path, query, sent, content)
        a_minute_ago = datetime.now(UTC).timestamp() - 60  # from then on nobody counts how long a caller has waited
        event = proxy_event(request, "api.test", a_minute_ago)
        answer = proxy_answer(self.functions["ApiFunction"].invoke(event))
        if answer.header("content-type") in ("application/problem+json", "application/json"):
            self.codes |= {str(told.get("code")) for told in [json.loads(answer.body)] if isinstance(told, dict)}
        for signature in SIGNATURE.findall(f"{answer.body!r} {answer.headers}"):
            self.marks[f"signature {signature[:8]}"] = signature
        return answer

    def submits(self, **parameters: Any) -> str:
        answer = self.calls("POST", V2, WANTED | parameters, key=self.key)
        assert answer.status == 200, answer.body
        return str(json.loads(answer.body)["request_id"])

    def delivers(self) -> None:
        for message in self.around.received():
            self.functions["WorkerFunction"].invoke(message)

    def sweeps(self) -> None:
        """When all that is open has become due."""
        for request_id in self.around.requests.ids_of(self.key.split("_")[1]):
            request = self.around.requests.get(request_id)
            if request and request.is_open:
                self.around.make_due(request)
        self.functions["SweeperFunction"].invoke(self.event("sweeper"))

    # --------------------------------------------------------- chapters ----

    def sweeps_when_idle(self) -> None:
        sweeper = self.functions["SweeperFunction"]
        sweeper.invoke(self.event("sweeper"))
        self.told_when_idle = sweeper.logged()

    def serves(self) -> None:
        named = {"key": self.key, "idempotency_key": IDEMPOTENCY_KEY}
        request_id = json.loads(self.calls("POST", V2, WANTED, **named).body)["request_id"]
        self.delivers()
        for accept in ("application/json", "image/*"):  # it has ended, so that it is not waited for
            assert self.calls("POST", V1, WANTED, accept=accept, **named).status == 200
        where = f"/v2/requests/{request_id}"
        result = json.loads(self.calls("GET", where, key=self.key).body)
        assert httpx.get(result["output"], trust_env=False).status_code == 200
        assert self.calls("GET", f"{where}/images/0", key=self.key).status == 303
        for path in (f"{where}/status", "/v2/requests", "/v2/usage", "/v1/get-user-credits", f"/v1/models{V1[3:]}"):
            assert self.calls("GET", path, key=self.key).status == 200
        assert self.calls("POST", V2, WANTED | {"seed": 8}, **named).status == 422
        assert self.calls("DELETE", f"{where}", key=self.key).status == 204
        assert self.calls("GET", where, key=self.key).status == 410

    def refuses(self) -> None:
        bodies = (b"{" + PROMPT.encode(), {"prompt": [PROMPT]}, {"prompt": PROMPT * 200}, WANTED | {PROMPT: 1})
        for body in (*bodies, {"prompt": BLOCKED_PROMPT}):
            assert self.calls("POST", V2, body, key=self.key).status == 400
        self.calls("POST", V2, WANTED)
        for key in (WRONG_KEY, f"{PROMPT}", f"{self.key},{self.key}"):
            assert self.calls("POST", V2, WANTED, key=key).status == 401
        self.calls("POST", V2, WANTED, key=self.key, x_gateway_secret=WRONG_GATEWAY_SECRET)
        self.calls("POST", V2, WANTED, key=self.opens_account(1, status="disabled"))
        self.calls("POST", V2, WANTED, key=self.opens_account(1))
        self.calls("POST", V2, WANTED, key=self.opens_account(1_000_000, requests_per_minute=0))
        self.calls("POST", V2, WANTED, key=self.key, content_type=f"text/{PROMPT}")
        self.calls("POST", V2, {"prompt": PROMPT * 3_000}, key=self.key)
        self.calls("GET", f"/{PROMPT}", key=self.key)
        self.calls("PUT", V2, WANTED, key=self.key)
        request_id = self.submits()
        self.calls("DELETE", f"/v2/requests/{request_id}", key=self.key)
        self.calls("POST", f"/v2/requests/{request_id}/cancel", key=self.key)
        self.calls("GET", f"/v2/requests/{request_id}", key=self.opens_account(1))

    def serves_guests(self) -> None:
        for address in ADDRESSES:
            cloudfront = {"x_gateway_secret": self.around.gateway_secret, "x_viewer_host": "page.test"}
            guest = {**cloudfront, "x_viewer_address": address, "sasha_guest": "1", "idempotency_key": str(uuid4())}
            self.marks[f"idempotency key of {address}"] = guest["idempotency_key"]
            answer = self.calls("POST", V2, WANTED | {"samples": 4}, **guest)
            self.delivers()
            self.calls("GET", f"/v2/requests/{json.loads(answer.body)['request_id']}", **guest)
            self.calls("POST", V2, WANTED | {"seed": 9}, **guest | {"idempotency_key": str(uuid4())})

    def meets_segminds_troubles(self) -> None:
        for fault in echoes(f"{PROMPT!r}, {NEGATIVE_PROMPT!r}, {self.around.segmind_key}"):
            self.submits()
            self.meets(fault)
        self.sweeps()  # what Segmind had no room for

    def meets(self, fault: dict[str, Any]) -> None:
        # A 401 has the key read again, and asked with once more.
        self.around.segmind_answers_next(*[fault] * (2 if fault.get("status") == 401 else 1))
        self.delivers()
        change(self.around.states, lambda state: state.keyed(True))

    def meets_awss_troubles(self) -> None:
        self.meets_the_apis_troubles()
        for operation, after in (("GetItem", 0), ("UpdateItem", 0), ("PutObject", 0), ("UpdateItem", 1)):
            self.submits()
            with self.aws_refusing("WorkerFunction", operation, after):
                self.delivers()
        self.submits(samples=2)
        with self.aws_refusing("WorkerFunction", "UpdateItem", after=1):  # the first of two pictures, shown early
            self.delivers()
        self.submits()
        self.meets({"kind": "status", "status": 401})  # the key has just been read
        for status, operation in ((403, "GetSecretValue"), (403, "PutItem"), (401, "GetSecretValue")):
            self.submits()
            with self.aws_refusing("WorkerFunction", operation):
                self.meets({"kind": "status", "status": status})
        for operation, after in (("GetItem", 0), ("GetItem", 1), ("UpdateItem", 0), ("SendMessage", 0)):
            self.submits()
            with self.aws_refusing("SweeperFunction", operation, after):
                self.sweeps()
        with self.aws_refusing("SweeperFunction", "Query"):
            try:
                self.sweeps()
            except FunctionError as error:
                told, _ = error.args
                assert PROMPT not in str(told)
            else:
                raise AssertionError("a sweep that sees nothing must not pass for one that succeeded")

    def meets_the_apis_troubles(self) -> None:
        api = "ApiFunction"
        for operation in ("BatchGetItem", "TransactWriteItems", "SendMessage"):
            with self.aws_refusing(api, operation):
                self.calls("POST", V2, WANTED, key=self.key)
        with self.aws_refusing(api, "TransactWriteItems", times=3, code="Throttling"):  # as often as botocore asks
            self.calls("POST", V2, WANTED, key=self.key)
        request_id = self.submits()
        with self.aws_refusing(api, "GetItem"):
            self.calls("GET", f"/v2/requests/{request_id}", key=self.key)
        with self.aws_refusing(api, "GetItem"):  # while it waits
            self.calls("POST", V1, WANTED, key=self.key, prefer="wait=1", accept="image/*")
        named = {"key": self.key, "idempotency_key": f"{IDEMPOTENCY_KEY}-again"}
        self.calls("POST", V2, WANTED, **named)
        self.delivers()
        with self.aws_refusing(api, "GetItem", after=1):  # when it has ended, and only its account is to be read
            self.calls("POST", V1, WANTED, **named)
        self.functions[api].kill()
        with self.aws_refusing(api, "GetSecretValue"):
            self.functions[api].start()
            self.calls("GET", "/healthz")
        with self.aws_refusing(api, "GetItem"):
            self.calls("GET", "/v1/models/BigDug-Sasha")

    def aws_refusing(self, function: str, operation: str, after: int = 0, **more: Any) -> AbstractContextManager[None]:
        words = f"cannot do this for {PROMPT} with {self.key}, {self.around.segmind_key} or {IDEMPOTENCY_KEY}"
        return self.around.refusing(Refusal(function, operation, words, after, **more))

    def meets_what_cannot_be_read(self) -> None:
        request_id = self.submits()
        self.around.make_due(self.around.requests.get(request_id))  # type: ignore[arg-type]
        self.around.spoil(f"REQUEST#{request_id}", "REQUEST", "samples", PROMPT)
        for path in (f"/v2/requests/{request_id}", "/v2/requests"):
            self.calls("GET", path, key=self.key)
        self.delivers()
        with self.aws_refusing("SweeperFunction", "UpdateItem", about=request_id):
            self.functions["SweeperFunction"].invoke(self.event("sweeper"))
        message = self.event("worker")
        for body in (f"{{{PROMPT}", json.dumps(PROMPT), json.dumps({"request_id": PROMPT})):
            message["Records"][0]["body"] = body
            self.functions["WorkerFunction"].invoke(message)
        self.around.spoil("STATE#PROVIDER", "STATE", "failures", PROMPT)
        self.functions["SweeperFunction"].invoke(self.event("sweeper"))
        self.around.spoil("STATE#PROVIDER", "STATE", "failures", 0)
        change(self.around.states, lambda state: state.keyed(True))
        month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        self.around.spoil(f"COUNTER#spend#{iso(month)}", "COUNTER", "used", 50_000_000)
        self.calls("POST", V2, WANTED, key=self.key)
        self.around.spoil(f"COUNTER#spend#{iso(month)}", "COUNTER", "used", 0)
        self.around.spoil(f"ACCOUNT#{self.key.split('_')[1]}", "ACCOUNT", "opened_at", PROMPT)
        self.calls("POST", V2, WANTED, key=self.key)

    def dies(self, caller: Caller) -> None:
        self.marks["prompt of whoever meets a death"] = caller.prompt
        while self.around.received():  # what the sweeper has sent again
            pass
        change(self.around.states, lambda state: state.keyed(True))
        request_id = caller.submits(samples=4)
        caller.kills_worker(request_id, "PutObject", "after")
        for index, content in ((2, b""), (3, PROMPT.encode())):
            self.around.leave(request_id, index, content)
        assert caller.sweeps() == {"salvaged": 1}

    def finds_segmind_closed(self) -> None:
        outage = [Finding.DOWN] * FAILURES_TO_OPEN
        for findings in (outage, [Finding.REJECTED_KEY], [Finding.OUT_OF_CREDITS]):
            for finding in findings:
                change(self.around.states, lambda state, found=finding: state.found(found, datetime.now(UTC)))  # type: ignore[misc]
            self.functions["SweeperFunction"].invoke(self.event("sweeper"))
            self.calls("POST", V2, WANTED, key=self.opens_account(1_000_000))
            change(self.around.states, lambda state: state.keyed(True))

    def is_deployed(self) -> None:
        site, page = self.functions["SiteFunction"], self.event("page")
        for bucket in (ANSWERS_BUCKET, self.around.outputs_bucket):  # the latter takes no such answer
            url = f"{self.around.aws_endpoint_url}/{bucket}/{uuid4()}?X-Amz-Signature={RESPONSE_SIGNATURE}"
            with suppress(FunctionError):
                site.invoke(page | {"ResponseURL": url})
