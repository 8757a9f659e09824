"""The moves that a request can make, and none besides."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sasha.core.errors import Code
from sasha.core.parameters import GenerationParameters
from sasha.core.request import Failure, GenerationRequest, IllegalMove, Status, StoredImage

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)


def queued(samples: int = 1) -> GenerationRequest:
    return GenerationRequest.queued(
        request_id="3f6f6c1e-0000-4000-8000-000000000000",
        account="demo",
        parameters=GenerationParameters(prompt="a red fox in the snow", samples=samples, seed=7),
        price_micros=12_000,
        at=NOW,
    )


def claimed(samples: int = 1) -> GenerationRequest:
    return queued(samples).claimed("claim", until=LATER, at=NOW)


def settled(samples: int = 1, delivered: int = 1) -> GenerationRequest:
    images = [image(index) for index in range(delivered)]
    failures = [failure(index) for index in range(delivered, samples)]
    return claimed(samples).settled(images, failures, at=LATER, retention_s=3600)


def image(index: int) -> StoredImage:
    return StoredImage(
        index=index, content_type="image/png", file_size=1, width=1, height=1, seed=index, generation_time_s=1.0
    )


def failure(index: int) -> Failure:
    return Failure(index=index, code=Code.PROVIDER_ERROR, detail="x")


MOVES: dict[str, Callable[[GenerationRequest], GenerationRequest]] = {
    "claim": lambda request: request.claimed("other", until=LATER, at=NOW),
    "show": lambda request: request.with_image(image(0)),
    "release": lambda request: request.released([], [], not_before=LATER),
    "hint": lambda request: request.hinted_again(LATER),
    "settle": lambda request: request.settled([image(0)], [], at=LATER, retention_s=3600),
    "erase": lambda request: request.erased(LATER),
    "erase one": lambda request: request.without_image(0, LATER),
}
ALLOWED = {
    Status.QUEUED: {"claim", "hint", "settle"},
    Status.PROCESSING: {"show", "release", "settle"},
    Status.COMPLETED: {"erase", "erase one"},
    Status.FAILED: {"erase"},
}


@pytest.mark.parametrize("request_at", [queued(), claimed(), settled(), settled(delivered=0)], ids=lambda r: r.status)
@pytest.mark.parametrize("move", MOVES)
def test_a_status_allows_its_own_moves_only(move: str, request_at: GenerationRequest) -> None:
    if move in ALLOWED[request_at.status]:
        assert MOVES[move](request_at).version == request_at.version + 1
    else:
        with pytest.raises(IllegalMove):
            MOVES[move](request_at)


def test_one_picture_is_enough_to_be_completed() -> None:
    assert settled(samples=4, delivered=1).status is Status.COMPLETED


def test_no_picture_is_a_failure() -> None:
    assert settled(samples=4, delivered=0).status is Status.FAILED


def test_only_what_is_delivered_is_charged() -> None:
    ended = settled(samples=4, delivered=3)
    assert (ended.cost_micros, ended.refund_micros) == (36_000, 12_000)


def test_an_open_request_is_due_and_an_ended_one_is_not() -> None:
    assert queued().due_at is not None
    assert claimed().due_at == LATER
    assert settled().due_at is None


def test_only_an_ended_request_expires() -> None:
    assert (queued().ttl, claimed().ttl) == (None, None)
    assert settled().ttl == int((LATER + timedelta(hours=1, days=1)).timestamp())


def test_a_release_keeps_what_is_known_and_asks_for_the_rest() -> None:
    released = claimed(samples=4).released([image(2)], [failure(0)], not_before=LATER)
    assert released.missing == (1, 3)
    assert (released.status, released.claim_id) == (Status.QUEUED, None)


def test_a_picture_that_arrived_after_all_counts_more_than_its_failure() -> None:
    ended = claimed().settled([image(0)], [failure(0)], at=LATER, retention_s=3600)
    assert (ended.status, ended.failures) == (Status.COMPLETED, ())


def test_erasing_keeps_the_cost_and_forgets_prompt_and_pictures() -> None:
    erased = settled().erased(LATER)
    assert (erased.parameters, erased.images, erased.cost_micros) == (None, (), 12_000)
    assert "fox" not in erased.model_dump_json()


def test_erasing_one_picture_keeps_the_others_and_the_cost() -> None:
    left = settled(samples=4, delivered=3).without_image(1, LATER)
    assert ([image.index for image in left.images], left.erased_images, left.cost_micros) == ([0, 2], (1,), 36_000)
    assert (left.erased_at, left.parameters is None) == (None, False)


def test_with_the_last_picture_the_request_is_erased() -> None:
    erased = settled(samples=3, delivered=2).without_image(1, LATER).without_image(0, LATER)
    assert erased.erased_at == LATER
    assert (erased.parameters, erased.images, erased.cost_micros) == (None, (), 24_000)


@pytest.mark.parametrize("index", [-1, 1, 2, 4])
def test_a_picture_that_is_not_there_cannot_be_erased(index: int) -> None:
    with pytest.raises(IllegalMove):
        settled(samples=4, delivered=2).without_image(1, LATER).without_image(index, LATER)


def test_what_was_delivered_stays_known_whatever_is_erased() -> None:
    ended = settled(samples=3, delivered=2)
    for request in (ended, ended.without_image(1, LATER), ended.erased(LATER)):
        assert [request.has_delivered(index) for index in range(-1, 4)] == [False, True, True, False, False]


def test_a_released_request_is_never_due_after_it_gives_up() -> None:
    far = NOW + timedelta(hours=1)
    assert claimed().released([], [], not_before=far).due_at == queued().give_up_at


def test_stored_times_have_a_fixed_width() -> None:
    text = queued().model_dump(mode="json")["created_at"]
    assert text == "2026-11-22T12:00:00.000Z"


def test_a_request_survives_being_stored_and_read() -> None:
    request = settled(samples=2, delivered=2).without_image(0, LATER)
    assert GenerationRequest.model_validate_json(request.model_dump_json(exclude_none=True)) == request
