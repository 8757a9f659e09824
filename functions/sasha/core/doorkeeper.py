"""Who is asking, and whether there is anyone to ask: read once, believed for a short while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sasha.core.account import Account, AccountStatus, account_of, digest
from sasha.core.errors import Forbidden, InvalidApiKey, ProviderUnavailable
from sasha.core.ports import Accounts, Clock, ProviderState, ProviderStates

# A revoked key or a disabled account works for at most this long.
KEY_BELIEVED_FOR = timedelta(seconds=60)
PROVIDER_BELIEVED_FOR = timedelta(seconds=10)
ASK_AGAIN_AFTER_S = 60


@dataclass(frozen=True)
class Believed:
    account: Account
    until: datetime


class Doorkeeper:
    """Knows the callers of the last minute. Holds no more than one entry per key that was right."""

    def __init__(self, accounts: Accounts, states: ProviderStates, clock: Clock) -> None:
        self._accounts = accounts
        self._states = states
        self._clock = clock
        self._callers: dict[str, Believed] = {}
        self._provider: tuple[ProviderState, datetime] | None = None

    def caller(self, key: str) -> Account:
        """The account that the key belongs to. Raises InvalidApiKey, Forbidden."""
        account_id = account_of(key)
        if account_id is None:
            raise InvalidApiKey("This is not an API key of this gateway: they look like sasha_<account>_<32 digits>.")
        key_digest, now = digest(key), self._clock.now()
        believed = self._callers.get(key_digest)
        if believed is None or believed.until <= now:
            self._callers.pop(key_digest, None)
            believed = Believed(self._admit(key_digest, account_id), now + KEY_BELIEVED_FOR)
            self._callers[key_digest] = believed
        return believed.account

    def provider_must_be_ready(self) -> None:
        """Raises ProviderUnavailable while there is no Segmind key, or Segmind is known not to serve."""
        now = self._clock.now()
        if self._provider is None or self._provider[1] <= now:
            self._believe(self._states.get())
        state = self._provider[0] if self._provider else ProviderState()
        if not state.key_configured:
            raise ProviderUnavailable(
                "Not set up yet: the owner of this site has to enter a Segmind key. Nothing was charged.",
                ASK_AGAIN_AFTER_S,
            )
        if state.blocked_until is not None and state.blocked_until > now:
            raise ProviderUnavailable(
                "The picture service cannot be used at the moment. Nothing was charged; please try again later.",
                int((state.blocked_until - now).total_seconds()) + 1,
            )

    def _admit(self, key_digest: str, account_id: str) -> Account:
        admission = self._accounts.admission(key_digest, account_id)
        self._believe(admission.provider)
        key, account = admission.api_key, admission.account
        if key is None or account is None or key.account_id != account.id:
            raise InvalidApiKey("Unknown API key: check it for a missing or an added character.")
        if key.revoked_at is not None:
            raise InvalidApiKey("This API key has been revoked: use another one, or ask the owner for one.")
        if account.status is not AccountStatus.ACTIVE:
            raise Forbidden("This account is disabled: ask the owner of this site.")
        return account

    def _believe(self, state: ProviderState) -> None:
        self._provider = (state, self._clock.now() + PROVIDER_BELIEVED_FOR)
