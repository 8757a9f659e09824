"""What can go wrong within one step: deaths, lost answers, conflicts, refusals, at a call that is drawn."""

from dataclasses import dataclass
from enum import StrEnum

from hypothesis import strategies as st

from tests.functional.strict_aws import StrictAWS

BOTOCORE_TRIES = 3


class Mishap(StrEnum):
    DEATH_BEFORE = "death before"
    DEATH_AFTER = "death after"
    LOST_ANSWER = "lost answer"
    LOST_ANSWERS = "all answers lost"
    LOST_TOKEN = "answer lost and token forgotten"
    CONFLICTS = "conflicts"
    REFUSAL = "refusal"


@dataclass(frozen=True)
class Trouble:
    """A mishap at a call of this operation, so many of them before."""

    mishap: Mishap
    operation: str
    after: int

    def begin(self, aws: StrictAWS) -> None:
        match self.mishap:
            case Mishap.DEATH_BEFORE:
                aws.die_at(self.operation, self.after)
            case Mishap.DEATH_AFTER:
                aws.die_after(self.operation, self.after)
            case Mishap.LOST_ANSWER:
                aws.lose_answer_of(self.operation, 1, self.after)
            case Mishap.LOST_ANSWERS:
                aws.lose_answer_of(self.operation, BOTOCORE_TRIES, self.after)
            case Mishap.LOST_TOKEN:
                aws.forget_tokens()
                aws.lose_answer_of(self.operation, 1, self.after)
            case Mishap.CONFLICTS if self.operation == "TransactWriteItems":
                aws.conflict_at_random(0.5, seed=self.after)
            case Mishap.CONFLICTS if self.operation == "UpdateItem":
                aws.conflict_times(self.operation, 1 + self.after)
            case Mishap.CONFLICTS | Mishap.REFUSAL:
                aws.break_down(self.operation, times=1 + self.after)


def troubles(*operations: str) -> st.SearchStrategy[Trouble | None]:
    """None, or one at one of these operations, which a step is known to call."""
    some = st.builds(Trouble, st.sampled_from(Mishap), st.sampled_from(operations), st.integers(0, 2))
    return st.none() | some
