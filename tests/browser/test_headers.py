"""What the page's headers promise is what template.yaml's policy says, and the browser holds the page to it."""

import re

import pytest
from playwright.sync_api import Page

from local.template import load_template
from tests.running import Running

FILES = ["/", "/app/main.js", "/styles/base.css", "/favicon.svg", "/vendor/preact-signals-core/signals-core.mjs"]


def policy() -> dict[str, str]:
    """HeadersPolicy of template.yaml as headers, in the words that CloudFront uses."""
    config = load_template().properties("HeadersPolicy")["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    return {item["Header"].lower(): item["Value"] for item in config["CustomHeadersConfig"]["Items"]} | {
        "content-security-policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "x-content-type-options": "nosniff",
        "x-frame-options": security["FrameOptions"]["FrameOption"],
        "referrer-policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "strict-transport-security": f"max-age={security['StrictTransportSecurity']['AccessControlMaxAgeSec']}",
    }


@pytest.mark.parametrize("path", [*FILES, "/v1/models/BigDug-Sasha", "/openapi.json"])
def test_they_are_the_templates(page: Page, running: Running, path: str) -> None:
    headers = page.request.get(running.page + path).headers

    assert {name: headers.get(name) for name in policy()} == policy()


def test_no_page_is_told_where_one_comes_from(page: Page, running: Running) -> None:
    assert policy()["referrer-policy"] == "no-referrer"
    page.goto(running.page)
    with page.expect_request("**/v1/get-user-credits") as asked:
        page.reload()
    assert asked.value.all_headers().get("referer", "") == ""


def test_the_csp_names_no_other_host_and_no_way_around_it() -> None:
    sources = re.split(r"[;\s]+", policy()["content-security-policy"])

    assert [source for source in sources if re.search(r"unsafe|\*|https?:|data:|nonce|sha\d", source)] == []


def test_the_browser_holds_the_page_to_it(page: Page, running: Running, refusals: set[int | str]) -> None:
    """Each of these is what a script that got into the page would try."""
    refusals |= {"Content Security Policy", "The CSP's", "TrustedHTML", "Refused", "Creating a TrustedTypePolicy"}
    page.goto(running.page)
    page.evaluate("""() => {
      window.violated = [];
      addEventListener("securitypolicyviolation", (event) => violated.push(event.effectiveDirective));
    }""")
    attempts = {
        "style-src-attr": "document.body.setAttribute('style', 'color: red')",
        "img-src": "document.body.append(Object.assign(new Image(), {src: 'https://example.org/pixel.png'}))",
        "connect-src": "fetch('https://example.org/').catch(() => {})",
        "require-trusted-types-for": "try { document.body.innerHTML = '<script>alert(1)</script>'; } catch {}",
        "trusted-types": "try { trustedTypes.createPolicy('another', {}); } catch {}",
    }
    for directive, attempt in attempts.items():
        page.evaluate(f"() => {{ {attempt} }}")
        page.wait_for_function("directive => violated.includes(directive)", arg=directive, timeout=3_000)


def test_modules_and_pictures_have_their_types(page: Page, running: Running) -> None:
    """A module of another type does not run, and `nosniff` keeps the browser from guessing."""
    types = {
        "/app/main.js": "text/javascript",
        "/vendor/preact-signals-core/signals-core.mjs": "text/javascript",
        "/styles/base.css": "text/css",
        "/favicon.svg": "image/svg+xml",
        "/example.avif": "image/avif",
    }
    for path, content_type in types.items():
        assert page.request.get(running.page + path).headers["content-type"].split(";")[0] == content_type, path
