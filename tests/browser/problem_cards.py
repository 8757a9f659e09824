"""What the stage says in place of pictures, to the holder of a key: a card for each code that one can meet there."""

import re
from dataclasses import dataclass
from typing import Literal

from sasha.core.errors import Code

NOT_CHARGED = "You were not charged."
REFUNDED = "Refunded: you were not charged."
NOT_KNOWN = "Whether you were charged is not known yet; your balance will tell."
Effect = Literal["asks anew", "leads to the prompt", "opens the key", "reloads", "leads to the owner's page"]


@dataclass(frozen=True)
class Card:
    """`deed` is the first button or link on it, `effect` what comes of that."""

    title: str
    text: str | re.Pattern[str]
    charged: str
    deed: str
    effect: Effect


UPDATED = Card(
    "The site was updated",
    "This page is older than the server and asked in a way that it no longer takes. What you have entered stays.",
    NOT_CHARGED,
    "Reload the page",
    "reloads",
)
# For what a submit can be refused with.
REFUSED: dict[Code, Card] = {
    Code.INSUFFICIENT_CREDITS: Card(
        "Not enough credits",
        "This costs $0.012, and your balance is $0.004.",
        NOT_CHARGED,
        "Add credits",
        "leads to the owner's page",
    ),
    Code.PROMPT_REFUSED: Card(
        "The prompt was refused",
        "This site does not make pictures of that. Change its words, then generate again.",
        NOT_CHARGED,
        "Edit the prompt",
        "leads to the prompt",
    ),
    Code.INVALID_API_KEY: Card(
        "The API key was not accepted", "This key was revoked.", NOT_CHARGED, "Change the key", "opens the key"
    ),
    Code.INVALID_PARAMETERS: Card(
        "Some settings were not accepted",
        "Prompt: String should have at most 4000 characters. Samples: Input should be 1 to 4.",
        NOT_CHARGED,
        "Mend the settings",
        "leads to the prompt",
    ),
    Code.MISSING_API_KEY: Card(
        "An API key is needed",
        "Free pictures cannot be made from where you are.",
        NOT_CHARGED,
        "Add a key",
        "opens the key",
    ),
    Code.FORBIDDEN: Card(
        "The account of this key is disabled",
        "The site's owner has disabled it. Another key may work.",
        NOT_CHARGED,
        "Change the key",
        "opens the key",
    ),
    Code.METHOD_NOT_ALLOWED: UPDATED,
    Code.UNSUPPORTED_MEDIA_TYPE: UPDATED,
    Code.TOO_LARGE: Card(
        "The request is too large",
        "The prompt and what to leave out are longer than the server takes.",
        NOT_CHARGED,
        "Shorten the prompt",
        "leads to the prompt",
    ),
    Code.IDEMPOTENCY_KEY_REUSED: Card(
        "Its id was used before",
        "Another request had been sent with the same id, so this one was not taken.",
        NOT_KNOWN,
        "Send it as a new one",
        "asks anew",
    ),
    Code.RATE_LIMITED: Card(
        "This site takes no requests now",
        "Its owner has set the limit to 0.",
        NOT_CHARGED,
        "Try again",
        "asks anew",
    ),
    Code.SPEND_CAP_REACHED: Card(
        "The site's budget for this month is used up",
        re.compile(
            r"^Its owner limits what Segmind may cost in a month\. The next begins on .+ at \d\d:\d\d( [AP]M)?\.$"
        ),
        NOT_CHARGED,
        "Try again",
        "asks anew",
    ),
    Code.PROVIDER_UNAVAILABLE: Card(
        "Pictures cannot be made just now",
        re.compile(r"^Segmind serves nobody just now\. Try again (now|in \d+ s)\.$"),
        NOT_CHARGED,
        "Try again",
        "asks anew",
    ),
}
# For what a request that was taken on can fail with.
FAILED: dict[Code, Card] = {
    Code.PROMPT_REFUSED: Card(
        "The prompt was refused",
        "Segmind refused the prompt. Change its words, then generate again.",
        NOT_CHARGED,
        "Edit the prompt",
        "leads to the prompt",
    ),
    Code.PROVIDER_ERROR: Card(
        "Segmind could not make it", "Segmind answered with an error.", REFUNDED, "Try again", "asks anew"
    ),
    Code.PROVIDER_REJECTED_KEY: Card(
        "This site cannot make pictures just now",
        "Segmind does not accept the key of this site. The site's owner has to mend this; it is nothing that you did.",
        REFUNDED,
        "Try again later",
        "asks anew",
    ),
    Code.PROVIDER_OUT_OF_CREDITS: Card(
        "This site cannot make pictures just now",
        "This site's credits at Segmind are used up. The site's owner has to mend this; it is nothing that you did.",
        REFUNDED,
        "Try again later",
        "asks anew",
    ),
    Code.BAD_PROVIDER_ANSWER: Card(
        "Segmind sent no usable picture",
        "Its answer was not a picture, or broke off. Trying again usually helps.",
        REFUNDED,
        "Try again",
        "asks anew",
    ),
    Code.PROVIDER_TIMEOUT: Card(
        "Segmind took too long",
        "It did not answer in time, so the site stopped waiting.",
        REFUNDED,
        "Try again",
        "asks anew",
    ),
    Code.OUTCOME_UNKNOWN: Card(
        "The connection to Segmind broke",
        "Whether the picture was made cannot be known, so it is not asked for again by itself.",
        REFUNDED,
        "Try again",
        "asks anew",
    ),
    Code.WAITED_TOO_LONG: Card(
        "There was no room in time",
        "Segmind had too much to do, and the request waited as long as one may.",
        REFUNDED,
        "Try again",
        "asks anew",
    ),
    Code.INTERNAL: Card(
        "The server made a mistake", "Something broke on the server.", NOT_CHARGED, "Try again", "asks anew"
    ),
}
# For a request that was taken on, and is not there any more.
LOST: dict[Code, Card] = {
    Code.NOT_FOUND: Card(
        "The server does not know this request",
        "The server has this request no more. It was erased, or its record is too old.",
        NOT_KNOWN,
        "Ask for it again",
        "asks anew",
    ),
    Code.ERASED: Card(
        "Deleted from the server",
        "The pictures and the prompt of this request were erased there.",
        NOT_KNOWN,
        "Make them again",
        "asks anew",
    ),
}
