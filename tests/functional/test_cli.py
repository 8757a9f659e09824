"""The owner's command against the stack, in process: what each subcommand does, says and leaves alone."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from cli.app import main
from cli.call import Machine
from sasha.adapters.dynamodb.ledger import entry_part
from sasha.core.account import ApiKey, Guest
from sasha.core.ledger import Entry
from tests.functional.world import SEGMIND_KEY, World


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Terminal:
    """Someone who types `sasha …`, in a terminal or with something piped in."""

    world: World
    printed: pytest.CaptureFixture[str]
    pauses: list[float] = field(default_factory=list)

    def __call__(self, *words: str, stdin: io.StringIO | str = "") -> Said:
        machine = Machine(
            session=lambda _: self.world.session,
            now=self.world.clock.now,
            sleep=self.pauses.append,
            stdin=io.StringIO(stdin) if isinstance(stdin, str) else stdin,
            ask=lambda _: "SG_typed",
        )
        code = main(words, machine)
        return Said(code, *self.printed.readouterr())

    def json(self, *words: str, stdin: str = "") -> Any:
        said = self(*words, "--json", stdin=stdin)
        assert (said.code, said.err) == (0, "")
        return said.json

    def refused(self, *words: str, stdin: str = "") -> str:
        """What is said where nothing is done: one line, and not a byte of the table is another."""
        before = self.world.items()
        said = self(*words, stdin=stdin)
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
        assert self.world.items() == before
        return said.err.strip()


@pytest.fixture
def sasha(world: World, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(world, capsys)


class Typed(io.StringIO):
    """A keyboard."""

    def isatty(self) -> bool:
        return True


class TestAccounts:
    def test_a_new_account_has_what_was_asked_for(self, sasha: Terminal) -> None:
        made = sasha.json("accounts", "create", "Acme & Sons", "--requests-per-minute", "5")

        assert made == {
            "id": "acmesons",
            "name": "Acme & Sons",
            "status": "active",
            "balance_micros": 0,
            "balance": "0.00",
            "requests_per_minute": 5,
            "opened_at": made["opened_at"],
        }
        assert sasha.json("accounts", "show", "acmesons") == {**made, "keys": []}

    def test_a_new_account_may_begin_with_credits(self, sasha: Terminal) -> None:
        made = sasha.json("accounts", "create", "Acme", "--id", "a1", "--top-up", "5.000001", "--reference", "INV-1")

        sasha.world.clock.advance(60)
        assert (made["balance_micros"], made["balance"]) == (5_000_001, "5.000001")
        assert sasha.json("accounts", "top-up", "a1", "5.000001", "--reference", "INV-1")["applied"] is False

    def test_an_id_is_given_once(self, sasha: Terminal) -> None:
        sasha("accounts", "create", "Acme")

        assert "choose another id with --id" in sasha.refused(
            "accounts", "create", "ACME", "--top-up", "5", "--reference", "x"
        )

    def test_a_top_up_that_fails_after_opening_is_told(self, world: World, sasha: Terminal) -> None:
        world.aws.do_before("TransactWriteItems", lambda: world.aws.break_down("TransactWriteItems"))

        said = sasha("accounts", "create", "Acme", "--top-up", "5", "--reference", "x")
        world.aws.recover()

        assert said.code == 1
        assert "was opened, and its top-up did not succeed" in said.err
        assert sasha.json("accounts", "show", "acme")["balance_micros"] == 0

    def test_all_accounts_are_listed_by_id(self, world: World, sasha: Terminal) -> None:
        world.open_account(account_id="zoe")
        world.open_account(account_id="acme", balance_micros=12_000)

        listed = sasha.json("accounts", "list")["accounts"]
        shown = sasha("accounts", "list").out

        assert [(one["id"], one["balance"]) for one in listed] == [("acme", "0.012"), ("zoe", "1.00")]
        assert shown.index("acme") < shown.index("$0.012") < shown.index("zoe")

    def test_no_account_is_said_to_be_there_yet(self, sasha: Terminal) -> None:
        assert "no account yet" in sasha("accounts", "list").out

    def test_a_name_that_looks_like_markup_is_shown_as_it_is(self, sasha: Terminal) -> None:
        sasha("accounts", "create", "[red]:fox:[/]", "--id", "a")

        assert "[red]:fox:[/]" in sasha("accounts", "list").out
        assert "[red]:fox:[/]" in sasha("accounts", "show", "a").out

    def test_an_account_takes_another_name_and_rate(self, sasha: Terminal) -> None:
        sasha("accounts", "create", "Acme")

        changed = sasha.json("accounts", "set", "acme", "--name", "Acme Ltd", "--requests-per-minute", "7")

        assert (changed["name"], changed["requests_per_minute"]) == ("Acme Ltd", 7)
        assert sasha.json("accounts", "set", "acme", "--requests-per-minute", "default")["requests_per_minute"] is None

    def test_a_disabled_account_is_refused_until_it_is_enabled(self, world: World, sasha: Terminal) -> None:
        key = world.open_account(account_id="acme")

        assert "reading ends within a minute" in sasha("accounts", "disable", "acme").out
        assert world.submit_by_core(key) == "Forbidden"
        assert sasha.json("accounts", "enable", "acme")["status"] == "active"
        assert world.submit_by_core(key) == "accepted"

    @pytest.mark.parametrize(
        "words", ["show ghost", "set ghost --name x", "disable ghost", "enable ghost", "top-up ghost 5 --reference x"]
    )
    def test_an_account_that_is_not_there_is_told(self, sasha: Terminal, words: str) -> None:
        assert sasha.refused("accounts", *words.split()).startswith("There is no account 'ghost'")


class TestTopUps:
    def test_a_top_up_is_on_the_ledger_and_the_balance(self, world: World, sasha: Terminal) -> None:
        key = world.open_account(0, "acme")

        done = sasha.json("accounts", "top-up", "acme", "0.012", "--reference", "INV  7 ")

        assert done == {
            "account": "acme",
            "reference": "INV 7",
            "applied": True,
            "amount_micros": 12_000,
            "amount": "0.012",
            "balance_micros": 12_000,
            "balance": "0.012",
        }
        assert [entry["reference"]["S"] for entry in world.ledger(key)] == ["INV 7"]

    def test_a_reference_is_applied_once(self, world: World, sasha: Terminal) -> None:
        world.open_account(0, "acme")
        sasha("accounts", "top-up", "acme", "5", "--reference", "INV-1")
        world.clock.advance(60)
        before = world.items()

        again = sasha("accounts", "top-up", "acme", "5", "--reference", "INV-1")

        assert again.code == 0
        assert "were added before: nothing was changed" in again.out
        assert "The balance is $5.00." in again.out
        assert world.items() == before

    def test_a_reference_stands_for_one_amount(self, world: World, sasha: Terminal) -> None:
        world.open_account(0, "acme")
        sasha("accounts", "top-up", "acme", "5", "--reference", "INV-1")

        assert "stands for another top-up" in sasha.refused("accounts", "top-up", "acme", "6", "--reference", "INV-1")


class TestKeys:
    def test_a_key_is_shown_once_and_works(self, world: World, sasha: Terminal) -> None:
        world.open_account(account_id="acme")

        key = sasha.json("keys", "create", "acme")["key"]

        assert world.submit_by_core(key) == "accepted"
        assert key not in sasha("keys", "list", "acme", "--json").out
        assert key.encode() not in str(world.items()).encode()

    def test_a_key_stands_on_a_line_of_its_own(self, world: World, sasha: Terminal) -> None:
        world.open_account(account_id="a" * 32)

        said = sasha("keys", "create", "a" * 32).out.splitlines()

        assert world.submit_by_core(said[0]) == "accepted"
        assert "only time that it is shown" in said[2]

    def test_there_is_no_key_for_a_missing_account(self, sasha: Terminal) -> None:
        assert sasha.refused("keys", "create", "ghost").startswith("There is no account 'ghost'")

    def test_there_is_no_key_for_a_disabled_account(self, world: World, sasha: Terminal) -> None:
        world.disable(world.open_account(account_id="acme"))

        assert "first `sasha accounts enable acme`" in sasha.refused("keys", "create", "acme")

    @pytest.mark.parametrize(
        ("named", "stdin"),
        [
            (lambda key: key[:15], lambda key: ""),
            (lambda key: key[:15] + "…", lambda key: ""),
            (lambda key: "-", lambda key: key + "\n"),
        ],
    )
    def test_a_key_is_revoked_by_how_it_begins_or_by_itself(
        self, world: World, sasha: Terminal, named: Callable[[str], str], stdin: Callable[[str], str]
    ) -> None:
        key = world.open_account(account_id="acme")

        said = sasha("keys", "revoke", "acme", named(key), stdin=stdin(key))

        assert (
            "is revoked. Nothing is made, canceled or erased with it from now on; reading with it ends within a minute."
            in said.out
        )
        assert key not in said.out
        assert world.submit_by_core(key) == "InvalidApiKey"
        assert sasha.json("keys", "list", "acme")["keys"][0]["revoked_at"]

    def test_a_key_is_revoked_once(self, world: World, sasha: Terminal) -> None:
        key = world.open_account(account_id="acme")
        first = sasha.json("keys", "revoke", "acme", key[:15])
        world.clock.advance(3600)

        assert sasha.json("keys", "revoke", "acme", key[:15])["revoked_at"] == first["revoked_at"]

    def test_of_several_keys_with_one_beginning_none_is_guessed(self, world: World, sasha: Terminal) -> None:
        key = world.open_account(account_id="acme")
        twin = key[:-1] + ("0" if key[-1] != "0" else "1")
        world.api_ports.accounts.add_key(ApiKey.of(twin, issued_at=world.clock.now()))

        assert "2 keys begin with" in sasha.refused("keys", "revoke", "acme", key[:15])
        digest = sasha.json("keys", "list", "acme")["keys"][0]["digest"]
        assert sasha.json("keys", "revoke", "acme", digest)["digest"] == digest

    def test_only_the_accounts_own_keys_are_revoked(self, world: World, sasha: Terminal) -> None:
        world.open_account(account_id="acme")
        other = world.open_account(account_id="other")

        assert "belongs to the account 'other'" in sasha.refused("keys", "revoke", "acme", "-", stdin=other)
        assert "has no key" in sasha.refused("keys", "revoke", "acme", other[:15])
        assert "There is no account" in sasha.refused("keys", "revoke", "ghost", "x")


class TestUsage:
    def test_an_account_by_day(self, world: World, sasha: Terminal) -> None:
        key = world.open_account(account_id="acme")
        world.submit_by_core(key, samples=2)

        used = sasha.json("usage", "acme")

        (day,) = used["days"]
        assert (used["pictures"], used["cost_micros"], used["top_ups"]) == (2, 24_000, "1.00")
        assert (day["date"], day["cost"]) == (f"{world.clock.now():%Y-%m-%d}", "0.024")
        assert sorted((entry["kind"], entry["amount"]) for entry in day["entries"]) == [
            ("hold", "-0.024"),
            ("top_up", "1.00"),
        ]
        assert "The balance is $0.976 now." in sasha("usage", "acme").out

    def test_every_account_on_a_line_and_the_visitors(self, world: World, sasha: Terminal) -> None:
        world.submit_by_core(world.open_account(account_id="acme"))
        world.open_account(2_000_000, "zoe")
        world.submit_by_core_as(Guest("a visitor"), samples=3)

        used = sasha.json("usage")

        assert [(one["account"], one["pictures"], one["top_ups"]) for one in used["accounts"]] == [
            ("acme", 1, "1.00"),
            ("zoe", 0, "2.00"),
        ]
        assert (used["pictures"], used["top_ups_micros"]) == (1, 3_000_000)
        assert used["guests"] == [{"date": f"{world.clock.now():%Y-%m-%d}", "pictures": 3}]
        assert "as far as their counters are still kept: 3 on" in sasha("usage").out

    def test_another_period_has_another_usage(self, world: World, sasha: Terminal) -> None:
        world.submit_by_core(world.open_account(account_id="acme"))

        used = sasha.json("usage", "acme", "--from", "2026-01-01", "--to", "2026-01-31")

        assert (used["pictures"], used["days"], used["from"], used["to"]) == (0, [], "2026-01-01", "2026-01-31")

    def test_an_account_that_is_not_there_has_none(self, sasha: Terminal) -> None:
        assert sasha.refused("usage", "ghost").startswith("There is no account 'ghost'")


class TestAudit:
    def test_what_agrees_is_said_to(self, world: World, sasha: Terminal) -> None:
        key = world.open_account()
        world.submit(key, samples=2)
        world.deliver()
        world.cancel_by_core(world.submit(key))
        world.submit(key)

        assert sasha.json("audit") == {"clean": True, "differences": []}
        assert "Everything agrees" in sasha("audit").out

    def test_a_difference_ends_with_code_1(self, world: World, sasha: Terminal) -> None:
        request_id = world.submit(world.open_account(account_id="acme"))
        world.break_item(request_id)

        found = sasha("audit", "--json")
        shown = sasha("audit")
        world.mend_item(request_id, 1)

        assert (found.code, shown.code) == (1, 1)
        (difference,) = found.json["differences"]
        assert (difference["account"], difference["request_id"]) == ("acme", request_id)
        assert difference["what"].startswith("Its record cannot be read: samples")
        assert "1 difference:" in shown.out
        assert len(sasha.pauses) == 6


class TestSegmindKey:
    @pytest.mark.parametrize(("stdin", "key"), [(" SG_piped\n", "SG_piped"), (Typed(), "SG_typed")])
    def test_the_key_is_entered_and_in_use_at_once(
        self, world: World, sasha: Terminal, stdin: str | Typed, key: str
    ) -> None:
        world.without_segmind_key()
        caller = world.open_account()
        assert world.submit_by_core(caller) == "ProviderUnavailable"

        said = sasha("segmind-key", "set", stdin=stdin)
        secret = world.clients.secretsmanager.get_secret_value(SecretId=world.stack.segmind_secret_id)["SecretString"]
        world.rotate_segmind_key(SEGMIND_KEY)

        assert said.code == 0
        assert key not in said.out
        assert json.loads(secret) == {"api_key": key}
        assert world.submit_by_core(caller) == "accepted"

    @pytest.mark.parametrize(
        ("stdin", "said"),
        [("", "Nothing was entered"), ("SG one\n", "This is no Segmind key"), ("x" * 201, "no Segmind")],
    )
    def test_what_is_no_key_is_not_entered(self, sasha: Terminal, stdin: str, said: str) -> None:
        assert said in sasha.refused("segmind-key", "set", stdin=stdin)


class TestGatewaySecret:
    @pytest.fixture(autouse=True)
    def restored(self, world: World) -> Any:
        yield
        world.rotate_gateway_secret(world.stack.gateway_secret)

    def test_another_one_is_made_and_the_one_before_still_counts(self, world: World, sasha: Terminal) -> None:
        told = sasha.json("gateway-secret", "renew")
        assert told == {"stack": "sasha", "generation": 2}
        assert self.current(world)["origin"] != world.stack.gateway_secret
        world.api = world.new_api()
        for secret in (self.current(world)["origin"], world.stack.gateway_secret):
            answer = world.call("GET", "/v1/models/BigDug-Sasha", headers={"x-gateway-secret": secret})
            assert answer.status == 200

    def test_it_is_as_hard_to_guess_as_the_first_and_fits_a_header(self, world: World, sasha: Terminal) -> None:
        sasha("gateway-secret", "renew")
        assert re.fullmatch("[0-9a-f]{48}", self.current(world)["origin"])

    def test_it_says_what_to_deploy_and_not_the_secret(self, world: World, sasha: Terminal) -> None:
        said = sasha("gateway-secret", "renew")
        assert "GatewaySecretGeneration=2" in said.out
        assert self.current(world)["origin"] not in said.out + said.err

    def test_before_it_was_handed_over_there_is_no_other(self, world: World, sasha: Terminal) -> None:
        sasha("gateway-secret", "renew")
        before = self.current(world)
        assert "GatewaySecretGeneration=2 first" in sasha.refused("gateway-secret", "renew")
        assert self.current(world) == before

    @pytest.mark.parametrize("text", ["[]", "not JSON", '{"generation": "many"}'])
    def test_a_broken_one_is_replaced(self, world: World, sasha: Terminal, text: str) -> None:
        world.clients.secretsmanager.put_secret_value(SecretId=world.stack.gateway_secret_id, SecretString=text)
        assert sasha.json("gateway-secret", "renew")["generation"] == 2

    def current(self, world: World) -> Any:
        secret = world.clients.secretsmanager.get_secret_value(SecretId=world.stack.gateway_secret_id)
        return json.loads(secret["SecretString"])


class TestLimits:
    def test_each_limit_and_how_much_of_it_is_used(self, world: World, sasha: Terminal) -> None:
        world.submit_by_core(world.open_account(), samples=2)
        world.submit_by_core_as(Guest("a visitor"), samples=3)

        limits = sasha.json("limits")

        total, spend = limits["GuestImagesPerDayTotal"], limits["MonthlySpendLimitMicros"]
        assert (limits["RequestsPerMinute"]["allowed"], limits["GuestImagesPerDay"]["allowed"]) == (30, 4)
        assert (total["allowed"], total["used"], total["left"]) == (100, 3, 97)
        assert (spend["allowed"], spend["used_micros"], spend["left"]) == ("50.00", 60_000, "49.94")

    def test_people_read_dollars(self, sasha: Terminal) -> None:
        assert "$50.00" in sasha("limits").out


class TestFindingTheStack:
    def test_a_stack_of_another_name_is_not_there(self, sasha: Terminal) -> None:
        assert sasha.refused("limits", "--stack-name", "other").startswith("There is no stack 'other' in us-east-1")

    def test_what_aws_refuses_is_told_without_a_traceback(self, world: World, sasha: Terminal) -> None:
        world.aws.break_down("Scan")

        said = sasha("accounts", "list")
        world.aws.recover()

        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("These AWS credentials may not do Scan")

    def test_a_record_that_cannot_be_read_leads_to_the_audit(self, world: World, sasha: Terminal) -> None:
        world.open_account(account_id="acme")
        (whole,) = [item for item in world.items("ACCOUNT#acme") if item["sk"]["S"] == "ACCOUNT"]
        broken = {name: value for name, value in whole.items() if name != "opened_at"}
        world.clients.dynamodb.put_item(TableName=world.stack.table_name, Item=broken)

        said = sasha.refused("accounts", "show", "acme")
        world.clients.dynamodb.put_item(TableName=world.stack.table_name, Item=whole)

        assert said.startswith("A record in the table cannot be read")
        assert "`sasha audit` says which" in said


def test_a_request_that_the_ledger_has_at_two_times_is_a_difference_and_no_crash(sasha: Terminal, world: World) -> None:
    request = world.request(world.submit(world.open_account(account_id="twice")))
    again = Entry.hold(request).model_copy(update={"at": request.created_at + timedelta(seconds=1)})
    world.clients.dynamodb.put_item(TableName=world.stack.table_name, **entry_part(again)["Put"])
    said = sasha("audit", "--json")
    assert said.code == 1
    assert "two different times" in said.out
    world.clients.dynamodb.delete_item(
        TableName=world.stack.table_name,
        Key={name: entry_part(again)["Put"]["Item"][name] for name in ("pk", "sk")},
    )


def test_a_segmind_key_in_the_wrong_place_is_not_repeated(sasha: Terminal) -> None:
    said = sasha("segmind-key", "SG_0123456789abcdef")
    assert said.code == 2
    assert "0123456789abcdef" not in said.out + said.err


def test_a_blank_stack_name_is_refused(sasha: Terminal) -> None:
    assert sasha("--stack-name", " ", "accounts", "list").code == 2
