"""A song that is refused while it is sent: the browser reads the sentence, whatever it had still to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

_SEND = """async (megabytes) => {
    const form = new FormData();
    form.append("options", "{}");
    form.append("file", new Blob([new Uint8Array(megabytes * 1e6)]), "a.wav");
    const answer = await fetch("/api/stems", { method: "POST", body: form });
    return [answer.status, (await answer.json()).message];
}"""


@pytest.mark.parametrize("megabytes", [1, 100])
def test_a_browser_reads_why_its_upload_was_refused(page: Page, megabytes: int) -> None:
    page.goto("/")
    page.wait_for_function("fetch('/api/capabilities').then((answer) => answer.ok)")  # until the jobs are open
    said = "No worker is running, so nothing can be separated on this server."
    assert page.evaluate(_SEND, megabytes) == [503, said]
