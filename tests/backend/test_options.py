"""What is asked of a job before its song is sent, against what a server has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.desk import Desk
from backend.errors import ApiError
from backend.options import check_options
from backend.settings import Settings
from shared.schema.jobs import Capabilities, Limits, ModelInfo, QueueInfo, StemsOptions

STEMS = ("drums", "bass", "other", "vocals")
READY = ModelInfo("htdemucs", "Studio", "", STEMS, True, True, 84)
MISSING = ModelInfo("hdemucs_mmi", "Hybrid", "", STEMS, False, False, 334, "Its weights are not here. Fetch them.")


def server(*models: ModelInfo, reason: str | None = None) -> Capabilities:
    limits = Limits(1, 1.0, 1, 1, 1.0)
    return Capabilities(True, models, (), limits, QueueInfo(0, 0, False), ("flac", "mp3"), reason)


@pytest.mark.parametrize(
    "options",
    [
        StemsOptions(),
        StemsOptions(stems=("vocals", "drums")),
        StemsOptions(mode="two", stems=("vocals",)),
        StemsOptions(mode="rest", stems=("vocals", "bass", "other"), format="mp3"),
    ],
)
def test_what_can_be_done_is_let_through(options: StemsOptions) -> None:
    check_options(options, server(READY, MISSING))


@pytest.mark.parametrize(
    ("options", "word", "said"),
    [
        (StemsOptions(model="hdemucs_mmi"), "unavailable", "Its weights are not here. Fetch them."),
        (StemsOptions(model="x"), "invalid", "There is no model 'x'; expected one of htdemucs, hdemucs_mmi."),
        (StemsOptions(stems=("piano",)), "invalid", "The model htdemucs has no stem 'piano'; expected some of drums,"),
        (StemsOptions(stems=("bass", "bass")), "invalid", "A stem is named twice."),
        (StemsOptions(mode="two", stems=("bass", "drums")), "invalid", 'The mode "two" takes out one stem; got 2.'),
        (StemsOptions(mode="rest"), "invalid", 'The mode "rest" leaves out some stems, not none and not all 4.'),
        (StemsOptions(format="m4a"), "invalid", "This server writes no m4a; expected one of flac, mp3."),
    ],
)
def test_what_cannot_is_refused_in_words(options: StemsOptions, word: str, said: str) -> None:
    with pytest.raises(ApiError, match=re.escape(said)) as caught:
        check_options(options, server(READY, MISSING))
    assert caught.value.word == word


def test_a_server_without_models_says_why() -> None:
    with pytest.raises(ApiError, match="503: No worker is running"):
        check_options(StemsOptions(), server(reason="No worker is running."))


def test_uploads_that_are_on_their_way_count_as_disk_space(tmp_path: Path) -> None:
    desk = Desk(Settings(data=str(tmp_path), reserve_mb=0))
    half = int(desk_free(desk) * 0.6)
    with desk.space(half), pytest.raises(ApiError, match="507: The server's disk is too full"), desk.space(half):
        pass
    with desk.space(half):
        pass


def test_the_reserve_stays_free(tmp_path: Path) -> None:
    desk = Desk(Settings(data=str(tmp_path), reserve_mb=10**9))
    with pytest.raises(ApiError) as caught, desk.space(1):
        pass
    assert (caught.value.word, caught.value.headers) == ("disk-full", {"retry-after": "60"})


def desk_free(desk: Desk) -> int:
    from backend.storage import free_bytes

    return free_bytes(desk.settings)
