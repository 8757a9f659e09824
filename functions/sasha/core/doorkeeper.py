"""Who is let in, and whether there is anyone to serve."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sasha.core.account import Account, AccountStatus, PresentedKey
from sasha.core.breaker import ProviderState
from sasha.core.errors import Forbidden, InvalidApiKey, ProviderUnavailable
from sasha.core.ports import Accounts, Clock, Standing

# Where a key is known, a revoked one or a disabled account can still read for at most this long. Taking a request on,
# canceling and erasing always look afresh.
KEY_BELIEVED_FOR = timedelta(seconds=60)
ASK_AGAIN_AFTER_S = 60


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


def provider_must_be_ready(state: ProviderState, now: datetime) -> None:
    """Raises ProviderUnavailable while there is no Segmind key, or Segmind is known not to serve."""
    if not state.key_configured:
        raise ProviderUnavailable(
            "Not set up yet: the owner of this site has to enter a Segmind key. Nothing was charged.",
            ASK_AGAIN_AFTER_S,
        )
    wait_until = state.callers_wait_until(now)
    if wait_until is not None:
        raise ProviderUnavailable(
            "The picture service cannot be used at the moment. Nothing was charged; please try again later.",
            int((wait_until - now).total_seconds()) + 1,
        )


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
