"""Segmind's faults by name, as the tests speak of them."""

import re
from datetime import datetime, timedelta

from local.emulator.answers import INSUFFICIENT_CREDITS, INVALID_CONTENT_TYPE, TEAM_LIMIT
from local.emulator.faults import Fault

HTML = "<html><body>Bad gateway</body></html>"
PAGE = {"content-type": "text/html"}
RESET = "x-rate-limit-reset-at-utc"
# A status with a body of this form: Segmind's own envelope, a page of something in between, nothing; or JSON that looks
# like Segmind's own and is not, as its `error` is no text.
STATUS_AND_FORM = re.compile(r"(\d{3}) (json|html|empty|json object|json null|json true)")


def named(name: str, now: datetime, seed: int | None = None) -> Fault:
    """The fault of this name. `now` is the gateway's time, which a rate limit's reset is relative to."""
    soon = now + timedelta(seconds=60)
    resets = {
        "429 iso": soon.isoformat(),
        "429 epoch": str(int(soon.timestamp())),
        "429 epoch in ms": str(int(soon.timestamp() * 1000)),
        "429 absurd": "99999999999999999999",
        "429 in 290 s": (now + timedelta(seconds=290)).isoformat(),
        "429 no reset": None,
    }
    if name in resets:
        return Fault("status", status=429, headers={RESET: resets[name]}, seed=seed)
    if name.isdecimal():
        return Fault("status", status=int(name), seed=seed)
    if status := STATUS_AND_FORM.fullmatch(name):
        return _status(int(status[1]), status[2], seed)
    return {
        "406 credits": Fault("status", status=406, body={"error": INSUFFICIENT_CREDITS}, seed=seed),
        "406 content type": Fault("status", status=406, body={"error": INVALID_CONTENT_TYPE}, seed=seed),
        "406 team": Fault("status", status=406, body={"error": TEAM_LIMIT}, seed=seed),
        # JSON, but a load balancer's: not Segmind's own envelope.
        "502 foreign json": Fault("status", status=502, body={"message": "Internal server error"}, seed=seed),
        "reset before": Fault("reset", seed=seed),
        "reset after": Fault("reset_after_billing", seed=seed),
        "silence": Fault("silent_after_billing", seed=seed),
        "truncated": Fault("truncated", seed=seed),
        "slow drip": Fault("drip", bytes_per_s=100, seed=seed),
        "html": Fault("html", seed=seed),
        "empty": Fault("empty", seed=seed),
        "no image": Fault("not_a_picture", seed=seed),
        "half a picture": Fault("half_picture", seed=seed),
        "20 MB": Fault("large", size=20_000_000, seed=seed),
        "50 MB": Fault("large", size=50_000_000, seed=seed),
        "broken base64": Fault("json_broken_base64", seed=seed),
        "foreign url": Fault("json_urls", url="http://127.0.0.2:9/picture.png", seed=seed),
        "url on a foreign host": Fault("json_url_foreign", seed=seed),
        "url of 50 MB": Fault("json_url_large", size=50_000_000, seed=seed),
        "url that fails once": Fault("json_url_fails_once", seed=seed),
        "url that redirects": Fault("json_url_redirects", seed=seed),
        "unparsable url": Fault("json_urls", url="https://[images.segmind.com/picture.png", seed=seed),
        "url with a control character": Fault("json_url_unparsable", seed=seed),
        "json without a picture": Fault("status", status=200, body={"ok": True}, seed=seed),
        "image": Fault("json_image", seed=seed),
        "image list": Fault("json_image_list", seed=seed),
        "images list": Fault("json_images", seed=seed),
        "data uri": Fault("json_data_url", seed=seed),
        "urls": Fault("json_urls", seed=seed),
        "json of no content type": Fault("json_image", headers={"content-type": "application/octet-stream"}, seed=seed),
        "Text/JSON": Fault("json_image", headers={"content-type": "Text/JSON"}, seed=seed),
        "absurd headers": Fault(
            "delay", delay_s=0.01, headers={"x-generation-time": "1e300", "x-seed-value": "9" * 60}, seed=seed
        ),
        "tiny headers": Fault(
            "delay", delay_s=0.01, headers={"x-generation-time": "1e-300", "x-seed-value": "-5"}, seed=seed
        ),
    }[name]


def _status(status: int, form: str, seed: int | None) -> Fault:
    bodies = {
        "json": {"error": f"What Segmind says with a {status}"},
        "html": HTML,
        "empty": b"",
        "json object": {"error": {"code": status}},
        "json null": {"error": None},
        "json true": {"error": True},
    }
    headers: dict[str, str | None] = dict(PAGE) if form == "html" else {}
    return Fault("status", status=status, body=bodies[form], headers=headers, seed=seed)
