"""The page's painter in a real Chromium's module worker, under the app's own policy: on WebGL and in memory.

WebGL here is SwiftShader, which rasterises as a graphics card does, so what it paints is what a card paints.
"""

from __future__ import annotations

import base64
import contextlib
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from backend.assets.lock import read_lock
from backend.headers import SECURITY_HEADERS
from tests.browser.page_support import served_files
from tests.conftest import CHROMIUM_FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

__all__ = ["CANVASKIT", "WEBGL_FLAGS", "Ask", "paint_on_webgl", "painter_pages", "picture"]

CANVASKIT: Final = f"/.assets/{read_lock().package('canvaskit').folder}/"
#: WebGL on the CPU: Chromium's own software driver.
WEBGL_FLAGS: Final = [*(flag for flag in CHROMIUM_FLAGS if flag != "--disable-gpu"), "--use-angle=swiftshader",
                      "--enable-unsafe-swiftshader"]  # fmt: skip

#: `ask(name, **options)`: what tests/browser/painter-worker.js answers.
Ask = Callable[..., Any]


@contextlib.contextmanager
def painter_pages(folder: Path) -> Iterator[Callable[[Browser], Ask]]:
    """`opened(browser)` is a fresh page's `Ask`; `folder` has what the page is to paint. No page may complain."""
    complaints: list[str] = []
    with contextlib.ExitStack() as open_ones, served_files(SECURITY_HEADERS) as url:

        def opened(browser: Browser) -> Ask:
            context = browser.new_context()
            open_ones.callback(context.close)
            context.route("**/bundle/*", functools.partial(_from, folder))
            page = context.new_page()
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            page.goto(f"{url}/tests/browser/painter.html")
            page.wait_for_function("() => window.ask")
            return functools.partial(_ask, page)

        yield opened
    assert complaints == []


def paint_on_webgl(ask: Ask, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """A template's frames that `tests.parity.templates.write_scenes` wrote: uint8 of their shape, RGBA."""
    answer = ask("scene", canvaskit=CANVASKIT, kind="webgl", template=name)
    assert answer["gpu"] is True
    return np.stack([picture(one, shape[1:]) for one in answer["frames"]])


def picture(answer: str, shape: tuple[int, ...]) -> np.ndarray:
    """Pixels as a page answers them."""
    return np.frombuffer(base64.b64decode(answer), np.uint8).reshape(shape)


def _from(folder: Path, route: Route) -> None:
    route.fulfill(path=folder / route.request.url.rpartition("/")[2], headers=SECURITY_HEADERS)


def _ask(page: Page, name: str, **options: Any) -> Any:
    return page.evaluate("([name, options]) => ask(name, options)", [name, options])
