"""Who is let in, and whether there is anyone to serve."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sasha.core.account import Account, AccountStatus, PresentedKey
from sasha.core.breaker import ProviderState, ProviderStates
from sasha.core.errors import Forbidden, InvalidApiKey, ProviderUnavailable
from sasha.core.ports import Accounts, Clock, Standing

# Where a key is known, a revoked one or a disabled account can still read for at most this long. Taking a request on,
# canceling and erasing always look afresh.
KEY_BELIEVED_FOR = timedelta(seconds=60)
STATE_BELIEVED_FOR = timedelta(seconds=10)
ASK_AGAIN_AFTER_S = 60
logger = logging.getLogger("sasha")


def admitted(standing: Standing) -> Account:
    """The account of a key that was looked up. Raises InvalidApiKey, Forbidden."""
    key, account = standing.api_key, standing.account
    if key is None or account is None:
        raise InvalidApiKey("Unknown API key: check it for a missing or an added character.")
    if key.revoked_at is not None:
        raise InvalidApiKey("This API key has been revoked: use another one, or ask the owner for one.")
    if account.status != AccountStatus.ACTIVE:
        raise Forbidden("This account is disabled: ask the owner of this site.")
    return account


@dataclass(frozen=True)
class Closed:
    """Nobody is taken on now: why, in a sentence, and in how many seconds to ask again."""

    detail: str
    retry_after_s: int


def closed(state: ProviderState, now: datetime) -> Closed | None:
    """While there is no Segmind key, or Segmind is known not to serve; None where anybody is taken on."""
    if not state.key_configured:
        return Closed("Not set up yet: the owner of this site has to enter a Segmind key.", ASK_AGAIN_AFTER_S)
    wait_until = state.callers_wait_until(now)
    if wait_until is None:
        return None
    left_s = int((wait_until - now).total_seconds()) + 1
    return Closed("The picture service cannot be used at the moment.", left_s)


def provider_must_be_ready(state: ProviderState, now: datetime) -> None:
    """Raises ProviderUnavailable while nobody is taken on."""
    found = closed(state, now)
    if found:
        raise ProviderUnavailable(f"{found.detail} Nothing was charged.", found.retry_after_s)


class Sign:
    """Tells those who only look whether anybody is taken on, as it was up to ten seconds ago: looking costs little."""

    def __init__(self, states: ProviderStates, clock: Clock) -> None:
        self._states = states
        self._clock = clock
        self._state: ProviderState | None = None
        self._read_at: datetime | None = None

    def closed(self) -> Closed | None:
        """None also where it cannot be looked up: what is asked for then is refused in its own words."""
        now = self._clock.now()
        if self._read_at is None or now >= self._read_at + STATE_BELIEVED_FOR:
            self._read_at = now
            try:
                self._state = self._states.get()
            except Exception:
                logger.exception("The provider's state could not be looked up")
                self._state = None
        return closed(self._state, now) if self._state else None


@dataclass(frozen=True)
class Believed:
    account: Account
    until: datetime


class Doorkeeper:
    """Knows the readers of the last minute: polls cost no look at the key. One entry per key that was right."""

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._readers: dict[str, Believed] = {}

    def reader(self, who: PresentedKey, *, afresh: bool = False) -> Account:
        """The account that the key belongs to; `afresh` for what cannot be undone. Raises InvalidApiKey, Forbidden."""
        now = self._clock.now()
        believed = self._readers.get(who.digest)
        if afresh or believed is None or believed.until <= now:
            self._readers.pop(who.digest, None)
            believed = Believed(admitted(self._accounts.standing(who)), now + KEY_BELIEVED_FOR)
            self._readers[who.digest] = believed
        return believed.account
