"""Segmind's faults by name, as the tests speak of them."""

from datetime import datetime, timedelta

from local.emulator.faults import Fault

HTML = "<html><body>Bad gateway</body></html>"
PAGE = {"content-type": "text/html"}
TEAM_LIMIT = '{"error": "Your team has reached its spend limit"}'


def named(name: str, now: datetime, seed: int | None = None) -> Fault:
    """The fault of this name. `now` is the gateway's time, which a rate limit's reset is relative to."""
    soon = now + timedelta(seconds=60)
    resets = {
        "429 iso": soon.isoformat(),
        "429 epoch": str(int(soon.timestamp())),
        "429 absurd": "99999999999999999999",
        "429 in 290 s": (now + timedelta(seconds=290)).isoformat(),
    }
    if name in resets:
        return Fault("status", status=429, headers={"x-rate-limit-reset-at-utc": resets[name]}, seed=seed)
    if name.isdecimal():
        return Fault("status", status=int(name), seed=seed)
    return {
        "405 html": Fault("status", status=405, body=HTML, headers=PAGE),
        "406 credits": Fault("status", status=406, body={"error": "Insufficient credits"}),
        "406 content type": Fault("status", status=406, body={"error": "Invalid content type"}),
        "406 team": Fault("status", status=406, body=TEAM_LIMIT),
        "502 html": Fault("status", status=502, body=HTML, headers=PAGE),
        "504 json": Fault("status", status=504, body={"error": "Request timed out"}),
        "504 html": Fault("status", status=504, body=HTML, headers=PAGE),
        "500 html": Fault("status", status=500, body=HTML, headers=PAGE),
        "500 empty": Fault("status", status=500, body=b""),
        "reset before": Fault("reset"),
        "reset after": Fault("reset_after_billing"),
        "truncated": Fault("truncated"),
        "slow drip": Fault("drip", bytes_per_s=100),
        "html": Fault("html"),
        "empty": Fault("empty"),
        "no image": Fault("not_a_picture"),
        "half a picture": Fault("half_picture"),
        "20 MB": Fault("large", size=20_000_000),
        "broken base64": Fault("json_broken_base64"),
        "foreign url": Fault("json_urls", url="http://127.0.0.2:9/picture.png"),
        "json without a picture": Fault("status", status=200, body={"ok": True}),
        "image": Fault("json_image"),
        "image list": Fault("json_image_list"),
        "images list": Fault("json_images"),
        "data uri": Fault("json_data_url"),
        "urls": Fault("json_urls"),
        "json of no content type": Fault("json_image", headers={"content-type": "application/octet-stream"}),
        "Text/JSON": Fault("json_image", headers={"content-type": "Text/JSON"}),
        "absurd headers": Fault(
            "delay", delay_s=0.01, headers={"x-generation-time": "1e300", "x-seed-value": "9" * 60}
        ),
        "tiny headers": Fault("delay", delay_s=0.01, headers={"x-generation-time": "1e-300", "x-seed-value": "-5"}),
    }[name]
