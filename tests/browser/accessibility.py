"""What WCAG 2.2 AA asks of a page, as far as a program can tell: rules of axe, keyboard, width, colours, motion."""

from collections.abc import Generator
from itertools import chain, groupby
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # pyright: ignore[reportMissingTypeStubs] - has none
from playwright.sync_api import Page

_AXE: Any = Axe()
_WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_COLOURS = {"runOnly": ["color-contrast"]}
_NARROW = 320
# In the order of the document, which is the order of reading; a group of radio buttons is one stop.
_STOPS = """() => {
  const stops = "a[href], button:enabled, input:enabled:not([type=hidden])";
  const isOther = (one) => one.type === "radio" && one !== document.querySelector(`[name="${one.name}"]`);
  const found = [...document.querySelectorAll(stops)].filter((one) => one.checkVisibility() && !isOther(one));
  found.forEach((one, number) => { one.dataset.stop = number; });
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
  return found.map((one) => one.outerHTML);
}"""
_FOCUSED = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  const visible = outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
  return [document.activeElement.outerHTML, visible, document.activeElement.dataset.stop];
}"""
_BARE_CONTROLS = """() => [...document.querySelectorAll("button, .button, input:not([type=hidden], [type=radio])")]
  .filter((one) => one.checkVisibility() && !(parseFloat(getComputedStyle(one).borderTopWidth) >= 1))
  .map((one) => one.outerHTML)"""
_MOVING = """() => [...document.querySelectorAll("*")].filter((one) => {
  const { transitionDuration, animationName } = getComputedStyle(one);
  return transitionDuration !== "0s" || animationName !== "none";
}).map((one) => one.outerHTML)"""


def faults(page: Page) -> list[str]:
    """Return a line for each fault of the page that is shown; the page is as before, its focus apart."""
    found = chain(_axe(page), _narrow(page), _schemes(page), _keyboard(page), _motion(page))
    return [f"{page.url}: {fault}" for fault in found]


def _axe(page: Page, options: dict[str, list[str]] = _WCAG) -> Generator[str]:
    violations: list[Any] = _AXE.run(page, options=options).response["violations"]
    yield from (f"{row['id']}: {row['nodes'][0]['html']}" for row in violations)


def _narrow(page: Page) -> Generator[str]:
    size = page.viewport_size
    page.set_viewport_size({"width": _NARROW, "height": 600})
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > _NARROW:
        yield f"{width} pixels wide in a window of {_NARROW}"
    assert size
    page.set_viewport_size(size)


def _schemes(page: Page) -> Generator[str]:
    page.emulate_media(color_scheme="dark")
    yield from (f"in dark colours, {fault}" for fault in _axe(page, _COLOURS))
    page.emulate_media(color_scheme="light", forced_colors="active")
    # Backgrounds are the system's there, so that only a border tells a control from text.
    yield from (f"in forced colours, no border: {control}" for control in page.evaluate(_BARE_CONTROLS))
    page.emulate_media(color_scheme="light", forced_colors="none")


def _keyboard(page: Page) -> Generator[str]:
    if page.locator("form[data-passkey] button:disabled").count():
        # The keyboard is with the browser's own dialog.
        return
    expected: list[str] = page.evaluate(_STOPS)
    reached: list[int] = []
    for _ in range(4 * len(expected)):
        page.keyboard.press("Tab")
        element, visible, stop = page.evaluate(_FOCUSED)
        if stop is None or (reached[1:] and int(stop) == reached[0]):
            break
        if not visible:
            yield f"no visible focus: {element}"
        reached.append(int(stop))
    # A field of a date has several stops of its own.
    if [stop for stop, _ in groupby(reached)] != list(range(len(expected))):
        yield f"Tab leads to {reached} of {expected}"


def _motion(page: Page) -> Generator[str]:
    page.emulate_media(reduced_motion="reduce")
    yield from (f"moves: {element}" for element in page.evaluate(_MOVING))
