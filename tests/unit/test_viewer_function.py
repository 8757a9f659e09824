"""The CloudFront function of template.yaml, run as JavaScript, against what the local stack plays in its place."""

import json
import subprocess
from typing import Any

from local.template import load_template


def viewer_request(headers: dict[str, str], address: str) -> dict[str, Any]:
    """The headers that leave the function for these of the viewer."""
    code = load_template().properties("ViewerFunction")["FunctionCode"]
    event = {
        "version": "1.0",
        "viewer": {"ip": address},
        "request": {"method": "GET", "uri": "/", "headers": {name: {"value": text} for name, text in headers.items()}},
    }
    script = f"{code}\nconsole.log(JSON.stringify(handler({json.dumps(event)}).headers))"
    ran = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True, timeout=20)  # noqa: S607
    return {name: one["value"] for name, one in json.loads(ran.stdout).items()}


def test_the_viewers_host_and_address_are_told() -> None:
    told = viewer_request({"host": "page.test"}, "192.0.2.7")
    assert (told["x-viewer-host"], told["x-viewer-address"]) == ("page.test", "192.0.2.7")


def test_what_the_viewer_claims_of_them_is_overwritten() -> None:
    claimed = {"host": "page.test", "x-viewer-host": "evil.test", "x-viewer-address": "198.51.100.1"}
    told = viewer_request(claimed, "2001:db8::7")
    assert (told["x-viewer-host"], told["x-viewer-address"]) == ("page.test", "2001:db8::7")


def test_other_headers_pass_unchanged() -> None:
    assert viewer_request({"host": "page.test", "accept": "image/*"}, "192.0.2.7")["accept"] == "image/*"
