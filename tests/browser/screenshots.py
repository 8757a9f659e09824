"""`python -m tests.browser.screenshots FOLDER`: each state of the page, light and dark, wide and narrow."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error

from tests.browser.chromium import A_PHONE, DESK, chromium, listen
from tests.browser.states import CONTEXT, STATES, State
from tests.running import Running, run_locally

DEVICES: dict[str, dict[str, Any]] = {"1440": {"viewport": DESK}, "360": {**A_PHONE, "device_scale_factor": 2}}
SCHEMES = ("light", "dark")


def main(words: list[str]) -> int:
    """Returns how many states could not be shown."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, help="where they are written, as STATE-WIDTH-SCHEME.png")
    parser.add_argument("--states", default=".", help="only those whose names contain this regular expression")
    arguments = parser.parse_args(words)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    wanted = [state for state in STATES.values() if re.search(arguments.states, state.name)]
    with run_locally("--latency", "0.3") as running, chromium() as browser:
        return sum(not shoot(browser, running, state, arguments.folder) for state in wanted)


def shoot(browser: Browser, running: Running, state: State, folder: Path) -> bool:
    """The pictures of one state; one that cannot be brought about is told of, and must not keep the others away."""
    for width, device in DEVICES.items():
        context = browser.new_context(**CONTEXT, **device)
        complaints = listen(context, set(state.refusals))
        try:
            page = state.bring(context.new_page(), running)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=folder / f"{state.name}-{width}-{scheme}.png")
        except (AssertionError, Error) as error:
            complaints.append(str(error))
        finally:
            context.close()
        if complaints:
            sys.stderr.write(f"{state.name} at {width} px: {complaints[0].splitlines()[0]}\n")
            return False
    return True


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
