"""States of the form, and of a request that goes well."""

import re

from playwright.sync_api import expect

from sasha.core.errors import Code
from tests.browser import played
from tests.browser.chromium import CUT_OFF
from tests.browser.visitor import GENERATE_FREE, PROMPT, Visitor, state


@state(main=True)
def first_visit(visitor: Visitor) -> None:
    visitor.arrive()
    expect(visitor.button(GENERATE_FREE)).to_be_visible()


@state(main=True)
def all_settings(visitor: Visitor) -> None:
    """Everything in the form is unfolded, some of it changed."""
    visitor.arrive()
    visitor.prompt.fill(PROMPT)
    visitor.button("Negative").click()
    visitor.page.get_by_label("Negative prompt").fill("people")
    visitor.button("Style").click()
    visitor.button("Draw a seed").click()
    visitor.page.get_by_text("Advanced", exact=True).click()
    visitor.page.get_by_label("Steps").first.fill("40")
    expect(visitor.page.get_by_role("group", name="Styles").get_by_role("button", name="Watercolour")).to_be_visible()
    expect(visitor.page.get_by_label("Seed", exact=True)).not_to_have_value("")
    expect(visitor.page.get_by_role("combobox", name="Scheduler")).to_be_visible()


@state()
def wildcards(visitor: Visitor) -> None:
    visitor.arrive_with_key()
    visitor.prompt.fill("a {red|white|silver} fox in the {snow|rain}")
    expect(visitor.button(re.compile("6 prompts"))).to_be_visible()


@state()
def faults_at_the_fields(visitor: Visitor) -> None:
    visitor.arrive()
    visitor.prompt.fill("a red fox " * 1_000)
    visitor.page.get_by_label("Seed", exact=True).fill("none")
    visitor.button(re.compile("^Generate")).click()
    expect(visitor.page.locator("[aria-invalid=true]")).to_have_count(2)


@state()
def prompt_tips(visitor: Visitor) -> None:
    visitor.arrive()
    visitor.prompt.focus()
    visitor.button("Prompt tips").click()
    expect(visitor.page.get_by_text("every combination")).to_be_visible()


@state()
def prompt_history(visitor: Visitor) -> None:
    visitor.arrive()
    visitor.make("a lighthouse in a storm, woodcut")
    visitor.make("a red fox in the snow")
    visitor.prompt.focus()
    visitor.button("Prompt history").click()
    past = visitor.page.get_by_role("button", name="a lighthouse in a storm, woodcut", exact=True)
    expect(past).to_be_visible()


@state()
def seed_variations(visitor: Visitor) -> None:
    visitor.arrive()
    visitor.prompt.fill(PROMPT)
    visitor.page.get_by_label("Seed", exact=True).fill("42")
    visitor.button("Variations of this seed").click()
    expect(visitor.button("4 pictures around it")).to_be_visible()


@state(refusals=["was preloaded using link preload but not used"])
def model_on_its_way(visitor: Visitor) -> None:
    visitor.api.hold(r"/v1/models/")
    visitor.page.goto(visitor.running.page)
    expect(visitor.page.get_by_text("The settings are on their way")).to_be_attached()


@state(main=True, refusals=[CUT_OFF])
def model_not_reachable(visitor: Visitor) -> None:
    """On a phone the folded bar says it too."""
    visitor.api.answer(r"/v1/models/", None)
    visitor.arrive()
    expect(visitor.page.get_by_text("The network cannot be reached").filter(visible=True)).to_have_count(1)
    expect(visitor.button("Try again")).to_be_visible()


@state(refusals=[CUT_OFF])
def model_not_reachable_unfolded(visitor: Visitor) -> None:
    model_not_reachable(visitor)
    visitor.prompt.focus()
    expect(visitor.page.get_by_text("Your prompt is kept")).to_be_visible()


@state()
def api_answers_html(visitor: Visitor) -> None:
    visitor.api.answer(r"/v1/", "<!doctype html><title>A portal</title>")
    visitor.arrive()
    visitor.prompt.focus()
    expect(visitor.button("Try again")).to_be_visible()


@state()
def link_with_remarks(visitor: Visitor) -> None:
    """A shared link with values that do not fit."""
    visitor.arrive("#/create?prompt=a%20red%20fox&num_inference_steps=7000&samples=99&nonsense=1&img_width=%3Cb%3E")
    expect(visitor.page.get_by_text("The settings of the link")).to_be_visible()


# ------------------------------------------------------------------ a request


@state()
def sending(visitor: Visitor) -> None:
    visitor.api.hold(r"/v2/BigDug-Sasha$")
    visitor.arrive()
    visitor.ask()
    expect(visitor.stage.get_by_text("Sending")).to_be_visible()


@state(main=True)
def queue(visitor: Visitor) -> None:
    """One runs, two wait."""
    visitor.api.course = played.running
    visitor.arrive_with_key()
    visitor.ask()
    expect(visitor.stage.get_by_text("Running")).to_be_visible()
    visitor.api.course = played.queued
    visitor.ask("a paper boat on a rainy street")
    visitor.ask("a lighthouse in a storm, woodcut")
    expect(visitor.page.get_by_role("list", name="Queue").get_by_role("button", name="Cancel:")).to_have_count(2)


@state(main=True)
def queued(visitor: Visitor) -> None:
    visitor.api.course = played.queued
    visitor.arrive()
    visitor.ask()
    expect(visitor.stage.get_by_text("Queued")).to_be_visible()


@state()
def running_with_time_left(visitor: Visitor) -> None:
    visitor.arrive_with_key()
    for prompt in ("a red fox", "a paper boat", "a lighthouse"):
        visitor.make(prompt)
    visitor.api.course = played.running
    visitor.ask()
    expect(visitor.stage.get_by_text(re.compile("left|any moment"))).to_be_visible()


@state(main=True)
def partial(visitor: Visitor) -> None:
    """Two of four pictures are there."""
    visitor.api.course = played.partial
    visitor.arrive_with_key()
    visitor.ask(images=4)
    expect(visitor.stage.get_by_role("img", name=re.compile("Picture [12] of 4"))).to_have_count(2)


@state(main=True)
def done_one(visitor: Visitor) -> None:
    visitor.arrive()
    visitor.make()


@state(main=True)
def done_four(visitor: Visitor) -> None:
    visitor.arrive_with_key()
    visitor.make(images=4)


@state()
def one_of_four(visitor: Visitor) -> None:
    done_four(visitor)
    visitor.stage.get_by_role("img", name=re.compile("Picture 2 of 4")).click()
    expect(visitor.button("All 4")).to_be_visible()


@state()
def wide_and_tall(visitor: Visitor) -> None:
    """A portrait in the stage, landscapes before it."""
    visitor.arrive()
    visitor.make("a lighthouse in a storm")
    visitor.prompt.focus()
    visitor.page.get_by_role("group", name="Shape").get_by_title(re.compile("^Portrait")).first.click()
    visitor.make("a tower in the mist")


@state(main=True)
def done_but_for_one(visitor: Visitor) -> None:
    """Three of four came, one failed."""
    visitor.api.course = played.done_but_for_the_last(Code.PROVIDER_TIMEOUT, "Segmind did not answer in time.")
    visitor.arrive_with_key()
    visitor.ask(images=4)
    expect(visitor.stage.get_by_text("3 of 4 done")).to_be_visible()


@state()
def canceled(visitor: Visitor) -> None:
    queued(visitor)
    visitor.stage.get_by_role("button", name="Cancel").click()
    expect(visitor.stage.get_by_role("heading", name="Canceled")).to_be_visible()


@state()
def variations(visitor: Visitor) -> None:
    done_one(visitor)
    visitor.button("Vary").click()
    expect(visitor.button(re.compile("^Make"))).to_be_visible()


@state()
def prompt_from_right_to_left(visitor: Visitor) -> None:
    visitor.arrive()
    visitor.make("ثعلب أحمر في الثلج 🦊 <img src=x onerror=alert(1)>")
