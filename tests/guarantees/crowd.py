"""Many callers at the very same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Barrier
from typing import Any

from sasha.core.account import Guest, PresentedKey
from sasha.core.errors import SashaError
from sasha.core.parameters import GenerationParameters
from sasha.core.ports import ApiPorts
from sasha.core.submit import Accepted, submit

HOW_MANY = 50
LONGEST_S = 30


@dataclass
class Outcome:
    """What the callers were told."""

    accepted: list[Accepted] = field(default_factory=list)
    refused: list[SashaError] = field(default_factory=list)


@dataclass(frozen=True)
class AllAfterReading:
    """core.ports.Accounts for callers that all read before the first of them writes.

    What the read tells is then outdated for all but the first, so that only the transaction stands between them and
    what is not there.
    """

    accounts: Any
    barrier: Barrier

    def standing(self, *asked: Any) -> Any:
        standing = self.accounts.standing(*asked)
        self.barrier.wait(LONGEST_S)
        return standing


def all_after_reading(ports: ApiPorts) -> ApiPorts:
    """These ports for a crowd of HOW_MANY."""
    return replace(ports, accounts=AllAfterReading(ports.accounts, Barrier(HOW_MANY)))


def submit_at_once(
    who: Callable[[int], PresentedKey | Guest], ports: ApiPorts, key: str | None = None, **parameters: Any
) -> Outcome:
    """HOW_MANY callers submit the same at once, each in a thread of its own; `who` is by the caller's number."""
    wanted = GenerationParameters.model_validate({"prompt": "a red fox in the snow", **parameters})
    start = Barrier(HOW_MANY)

    def call(n: int) -> Accepted | SashaError:
        start.wait(LONGEST_S)
        try:
            return submit(wanted, who(n), key, ports.clock.now(), ports)
        except SashaError as error:
            return error

    with ThreadPoolExecutor(HOW_MANY) as pool:
        told = list(pool.map(call, range(HOW_MANY)))
    return Outcome(
        [answer for answer in told if isinstance(answer, Accepted)],
        [answer for answer in told if isinstance(answer, SashaError)],
    )
