"""A song that is refused while it is sent: the browser reads the sentence, whatever it had still to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

_SEND = """async (megabytes) => {
    while (!(await fetch("/api/capabilities")).ok) { // until the jobs are open
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const form = new FormData();
    form.append("options", "{}");
    form.append("file", new Blob([new Uint8Array(megabytes * 1e6)]), "a.wav");
    const answer = await fetch("/api/stems", { method: "POST", body: form });
    return [answer.status, (await answer.json()).message];
}"""


@pytest.mark.parametrize("megabytes", [1, 100])
def test_a_browser_reads_why_its_upload_was_refused(page: Page, megabytes: int) -> None:
    page.goto("/")
    status, said = page.evaluate(_SEND, megabytes)
    assert status == 503
    assert said.startswith("No worker is running, so nothing can be separated on this server. Start one in ")
