"""The commands that a deploy prints at its end are real ones: each is typed here as it stands."""

import re
import shlex

import pytest

from tests.functional.test_cli import Said, Terminal
from tests.functional.world import World


@pytest.fixture
def sasha(world: World, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(world, capsys)


def typed(sasha: Terminal, output: str, stdin: str = "") -> list[Said]:
    """What the commands of an output say, one after the other."""
    line = sasha.world.stack.resolver.resolve(sasha.world.stack.template.outputs[output]["Value"])
    said = []
    for command in line.split(" && "):
        program, *words = shlex.split(command)
        assert program == ".venv/bin/sasha"
        assert re.search(r"--stack-name sasha --region us-east-1$", command)
        said.append(sasha(*words, stdin=stdin))
    return said


def test_segminds_key_is_entered(sasha: Terminal) -> None:
    sasha.world.without_segmind_key()

    (said,) = typed(sasha, "NextSegmindKey", stdin="SG_0123456789abcdef")

    assert (said.code, said.err) == (0, "")
    assert (
        sasha.world.call("POST", "/v2/BigDug-Sasha", {"prompt": "a red fox"}, key=sasha.world.open_account()).status
        == 200
    )


def test_an_account_is_opened_and_its_key_works(sasha: Terminal) -> None:
    opened, issued = typed(sasha, "NextAccount")

    assert (opened.code, issued.code) == (0, 0)
    key = issued.out.split()[0]
    assert sasha.world.call("GET", "/v1/get-user-credits", key=key).json["credits"] == 5
