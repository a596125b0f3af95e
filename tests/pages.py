"""Reading pages in tests: their tags, and what they do in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

VOID = {"meta", "link", "br", "path", "rect", "line", "input"}
PROBE = """
<script>
window.problems = [];
window.addEventListener("error", (event) => window.problems.push(String(event.message)));
console.error = (...words) => window.problems.push(words.join(" "));
window.addEventListener("load", () => setTimeout(() => {
  const found = (() => { %s })();
  const requests = performance.getEntriesByType("resource").map((entry) => entry.name);
  document.title = JSON.stringify({ ...found, problems: window.problems, requests, wider: document.documentElement.scrollWidth > window.innerWidth });
}, 50));
</script>
"""


class Checker(HTMLParser):
    """Sections, links and tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections: list[str] = []
        self.references: list[str] = []
        self.unclosed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.sections += [str(found["id"])] if tag == "section" else []
        self.references += [str(found[key]) for key in ("src", "href", "action", "data") if key in found]
        self.unclosed += [] if tag in VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.unclosed.pop() == tag


def in_chromium(page: Path, folder: Path, probe: str, size: str = "1280,900") -> dict[str, Any]:
    """What the page says of itself in a real browser: what `probe`, the body of a function, returns, with `problems`, `requests` and whether it is `wider` than the window.

    Skips where there is no browser.
    """
    browser = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
    if browser is None:
        pytest.skip("no Chromium is installed")
    probed = folder / "probed.html"
    probed.write_text(page.read_text().replace("<head>", "<head>" + PROBE % probe, 1))
    program = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", f"--window-size={size}"]
    done = subprocess.run([*program, "--virtual-time-budget=3000", "--dump-dom", probed.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    title = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert title, "the page's script did not run"
    found: dict[str, Any] = json.loads(title.group(1).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))
    return found
