"""`python -m local.emulator`: the emulator as a program, until Ctrl-C or SIGTERM."""

import argparse
import json
import signal
import threading
from typing import get_args

from local.emulator.pictures import PictureFormat, PictureStyle
from local.emulator.server import SegmindEmulator


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--latency", type=float, default=2.0, metavar="SECONDS", help="per picture (default: 2)")
    parser.add_argument("--credits", type=float, default=5.0, metavar="DOLLARS", help="to start with (default: 5)")
    parser.add_argument("--picture-format", choices=get_args(PictureFormat), default="png")
    parser.add_argument("--picture-style", choices=get_args(PictureStyle), default="landscape")
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready: url, api_key")
    options = parser.parse_args(arguments)

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with SegmindEmulator(
        options.port,
        latency_s=options.latency,
        credits_micros=round(options.credits * 1_000_000),
        picture_format=options.picture_format,
        picture_style=options.picture_style,
    ) as segmind:
        if options.json:
            print(json.dumps({"url": segmind.url, "api_key": segmind.api_key}), flush=True)
        else:
            print(
                f"Segmind's emulator listens on {segmind.url}; its key is {segmind.api_key}. Ctrl-C ends it.",
                flush=True,
            )
        stop.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
