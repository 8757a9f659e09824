"""Pages that show a picture and do nothing else: what these take is the network's and the browser's own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from local.emulator.pictures import make_picture
from sasha.core.parameters import GenerationParameters
from tests.running import ROOT

# What the page shows before anything is asked for.
EXAMPLE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A picture</title><img src="/example.avif" width="1024" height="768" alt="A fox">"""
# What happens after a click on "Generate", at once: sent, told (no matter what), the picture fetched and shown.
CLICK = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A click</title><button>Generate</button><script>
document.querySelector("button").onclick = async () => {
  await (await fetch("/v2/BigDug-Sasha", { method: "POST", body: "{}" })).text();
  await (await fetch("/v2/requests/bare")).text();
  const image = new Image();
  image.alt = "Picture 1 of 1";
  image.src = URL.createObjectURL(await (await fetch("/picture.png")).blob());
  document.body.append(image);
};
</script>"""


@contextmanager
def bare_site(picture: GenerationParameters) -> Iterator[str]:
    """Its address, where EXAMPLE is; below it, `click.html`, which shows this picture."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        (site / "index.html").write_text(EXAMPLE)
        (site / "click.html").write_text(CLICK)
        (site / "picture.png").write_bytes(make_picture(picture, "landscape", "png"))
        shutil.copy(ROOT / "frontend" / "example.avif", folder)

        class Quiet(SimpleHTTPRequestHandler):
            def __init__(self, *request: Any) -> None:
                super().__init__(*request, directory=folder)

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_address[1]}/"
            server.shutdown()
