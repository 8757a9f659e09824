"""Taking a request on: the price is held and the request written in one step, then the workers are told."""

from uuid import uuid4

from sasha.core.account import Account
from sasha.core.doorkeeper import Doorkeeper
from sasha.core.errors import ProviderUnavailable
from sasha.core.parameters import GenerationParameters
from sasha.core.ports import Accepted, IdempotencyKey, Ports
from sasha.core.request import GenerationRequest


def submit(wanted: GenerationParameters, account: Account, key: str | None, ports: Ports, door: Doorkeeper) -> Accepted:
    """Hold the price and write the request, or find the one that the idempotency key is bound to.

    In this order every queued id has its request; a death between the two leaves one that the sweeper queues.
    Raises ProviderUnavailable, InsufficientCredits, Forbidden, IdempotencyKeyReused, Busy; then nothing is held.
    """
    idempotency = IdempotencyKey(key, wanted.fingerprint()) if key else None
    try:
        door.provider_must_be_ready()
    except ProviderUnavailable:
        # What was taken on before can still be told.
        bound = ports.requests.bound_to(account.id, idempotency) if idempotency else None
        if bound is None:
            raise
        return Accepted(bound, replayed=True)

    request = GenerationRequest.queued(
        request_id=str(uuid4()),
        account=account.id,
        parameters=wanted.with_seed(ports.random),
        price_micros=ports.terms.price_micros,
        at=ports.clock.now(),
    )
    accepted = ports.requests.accept(request, idempotency)
    if not accepted.replayed:
        ports.queue.hint(accepted.request)
    return accepted
