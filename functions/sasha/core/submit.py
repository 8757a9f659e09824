"""Taking a request on: it is counted, its price held and itself written in one step; then the workers are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sasha.core import moderation
from sasha.core.account import GUESTS, Guest, PresentedKey
from sasha.core.doorkeeper import admitted, provider_must_be_ready
from sasha.core.errors import InsufficientCredits, PromptRefused, SashaError
from sasha.core.parameters import GenerationParameters
from sasha.core.ports import ApiPorts, IdempotencyKey, Standing
from sasha.core.quota import Kind, Quota, at_own_rate, free_pictures_left, quotas_of, refusal
from sasha.core.request import GenerationRequest


@dataclass(frozen=True)
class Left:
    """What a caller may still ask for: the balance (None for a guest), and how much of the caller's own quota.

    `used` is what is used of each limit that the request is counted in, in that limit's own unit.
    """

    balance_micros: int | None
    quota: Quota
    of_quota: int
    used: Mapping[Kind, int]


@dataclass(frozen=True)
class Accepted:
    """A request that is on record, whether just taken on or repeated by its key, and what is left to its caller."""

    request: GenerationRequest
    left: Left
    replayed: bool = False


def submit(
    wanted: GenerationParameters, who: PresentedKey | Guest, key: str | None, now: datetime, ports: ApiPorts
) -> Accepted:
    """Take the request on, or find the one that the idempotency key is bound to. Three calls to AWS.

    `now` is one moment for all of it: a guest's hash and the counters' windows are of the same day.
    In this order every queued id has its request; a death between the two leaves one that the sweeper queues.
    Raises PromptRefused, InvalidApiKey, Forbidden, ProviderUnavailable, InsufficientCredits, LimitReached,
    IdempotencyKeyReused, Busy; then nothing is held and nothing counted.
    """
    idempotency = IdempotencyKey(key, wanted.fingerprint()) if key else None
    quotas = quotas_of(who, wanted.samples, now, ports.limits)
    standing = ports.accounts.standing(who, [quota.counted.counter for quota in quotas])
    account = None
    if isinstance(who, PresentedKey):
        account = admitted(standing)
        quotas = at_own_rate(quotas, account)

    request = GenerationRequest.queued(
        request_id=str(uuid4()),
        account=account.id if account else GUESTS,
        parameters=wanted.with_seed(ports.random),
        price_micros=ports.terms.price_micros if account else 0,
        at=now,
        counted=tuple(quota.counted for quota in quotas if quota.counted.each),
    )
    try:
        _must_be_allowed(wanted, ports)
        _must_be_possible(request, standing, quotas, now)
    except SashaError:
        # What was taken on before can still be told.
        bound = ports.requests.bound_to(request.account, idempotency) if idempotency else None
        if bound is None:
            raise
        return Accepted(bound, _left(standing, quotas, None), replayed=True)

    written = ports.requests.accept(request, quotas, idempotency)
    if not written.replayed:
        ports.queue.hint(written.request)
    newly = None if written.replayed else request
    return Accepted(written.request, _left(standing, quotas, newly), written.replayed)


def _must_be_allowed(wanted: GenerationParameters, ports: ApiPorts) -> None:
    refused = moderation.refusal(wanted, ports.limits.blocked_terms)
    if refused:
        raise PromptRefused(refused)


def _must_be_possible(request: GenerationRequest, standing: Standing, quotas: Sequence[Quota], now: datetime) -> None:
    """Refuse what the transaction would refuse, at the price of a read; the transaction has the last word."""
    provider_must_be_ready(standing.provider, now)
    if standing.account and standing.account.balance_micros < request.price_of_all_micros:
        raise InsufficientCredits(standing.account.balance_micros, request.price_of_all_micros)
    full = refusal(quotas, standing.used, now)
    if full:
        raise full


def _left(standing: Standing, quotas: Sequence[Quota], newly: GenerationRequest | None) -> Left:
    """As it was when the request was taken on, less what that took: others may have taken some meanwhile."""
    used = dict(standing.used)
    if newly:
        used |= {q.counted.counter: used.get(q.counted.counter, 0) + q.amount for q in quotas}
    used_of = {quota.kind: used.get(quota.counted.counter, 0) for quota in quotas}
    if standing.account is None:
        return Left(None, *free_pictures_left(quotas, used), used_of)
    balance = standing.account.balance_micros - (newly.price_of_all_micros if newly else 0)
    return Left(balance, quotas[0], quotas[0].left(used_of[quotas[0].kind]), used_of)
