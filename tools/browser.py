"""A real browser with the network switched off, to look at pages and decks as a reader does.

In: HTML files. Out: what they asked for, whether they fit, and pictures of them.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

#: How to get a browser where there is none.
ADVICE = (
    "no Chromium found: install it (Debian and Ubuntu: apt-get install chromium) "
    "or name its program in the environment variable CHROMIUM"
)

#: Run in the page: which parts of the current slide stick out of it, as short descriptions.
_STICKS_OUT = """
() => {
  const slide = Reveal.getCurrentSlide();
  const room = {left: 0, top: 0, right: 1280, bottom: 720};
  const words = (part) => part.textContent.trim().slice(0, 30);
  const describe = (part) => `${part.tagName.toLowerCase()} '${words(part)}'`;
  const found = [];
  for (const part of slide.querySelectorAll("*")) {
    if (part.closest("aside.notes")) continue;
    const text = document.createRange(); // text may run out of the element that holds it
    text.selectNodeContents(part);
    const boxes = [...part.getClientRects(), ...text.getClientRects()];
    const past = Math.max(0, ...boxes.map((box) => Math.max(box.right - room.right,
      box.bottom - room.bottom, room.left - box.left, room.top - box.top)));
    if (past > 1) found.push(describe(part) + " by " + Math.round(past) + " px");
    const hidden = getComputedStyle(part).overflow !== "visible" && part.closest("math") === null
      && (part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1);
    if (hidden && part.tagName !== "IMG") found.push(describe(part) + " is cut off");
  }
  return found;
}
"""


@dataclass
class Browser:
    """An open page, and every address that it asked for."""

    page: object
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def remote_requests(self) -> list[str]:
        """List the requests that would have left this machine."""
        here = ("file:", "data:", "blob:", "about:")
        return [url for url in self.requests if not url.startswith(here)]

    def open(self, path: Path, query: str = "") -> None:
        """Load a file as if it had been double-clicked, and wait until all of it is there."""
        self.page.goto(Path(path).resolve().as_uri() + query, wait_until="load")
        if self.page.evaluate("typeof Reveal !== 'undefined'"):
            self.page.wait_for_function("Reveal.isReady()")
            self.page.evaluate("Reveal.configure({transition: 'none'})")

    def slides(self) -> Iterator[int]:
        """Step through the open deck as a speaker does, with all fragments of a slide shown."""
        total = self.page.evaluate("Reveal.getTotalSlides()")
        for number in range(total):
            self.page.evaluate(
                "(n) => { const s = Reveal.getSlides()[n]; const at = Reveal.getIndices(s);"
                " Reveal.slide(at.h, at.v, s.querySelectorAll('.fragment').length - 1); }",
                number,
            )
            yield number + 1

    def overflowing_slides(self) -> dict[int, list[str]]:
        """Find what sticks out of 1280x720, by the number of the slide."""
        found = {number: self.page.evaluate(_STICKS_OUT) for number in self.slides()}
        return {number: parts for number, parts in found.items() if parts}

    def sideways_scroll(self) -> int:
        """By how many pixels the open page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def find_chromium() -> str | None:
    """Find the browser's program: the one that CHROMIUM names, else one on the path."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@contextmanager
def offline_browser(width: int = 1280, height: int = 720, *, dark: bool = False) -> Iterator[Browser]:
    """Start a browser that cannot reach the network."""
    from playwright.sync_api import sync_playwright

    program = find_chromium()
    if not program:
        raise FileNotFoundError(ADVICE)
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--host-resolver-rules=MAP * ~NOTFOUND",
            ],
        )
        try:
            context = chromium.new_context(
                viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", offline=True
            )
            browser = Browser(context.new_page())
            context.on("request", lambda request: browser.requests.append(request.url))
            browser.page.on("pageerror", lambda error: browser.errors.append(str(error)))
            yield browser
        finally:
            chromium.close()
