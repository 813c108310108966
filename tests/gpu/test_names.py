"""Names of outputs, and file names that every system takes."""

import unicodedata

import pytest

from backend.gpu.names import archive_name, chosen_stems, file_name, output_label, output_names
from shared.errors import KeylightError
from shared.schema.jobs import FORMATS, StemsOptions

FOUR = ("drums", "bass", "other", "vocals")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (StemsOptions(), FOUR),
        (StemsOptions(stems=("vocals", "drums")), ("drums", "vocals")),
        (StemsOptions(mode="two", stems=("vocals",)), ("vocals", "instrumental")),
        (StemsOptions(mode="two", stems=("bass",)), ("bass", "no_bass")),
        (StemsOptions(mode="rest", stems=("vocals",)), ("instrumental",)),
        (StemsOptions(mode="rest", stems=("bass", "drums")), ("no_drums_bass",)),
    ],
)
def test_outputs_of_each_mode(options, names):
    assert output_names(options, FOUR) == names


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            StemsOptions(stems=("piano",)),
            "Model htdemucs has no stem 'piano'; expected some of drums, bass, other, vocals",
        ),
        (StemsOptions(mode="two"), "Expected one stem for a stem and its rest, got 0"),
        (StemsOptions(mode="two", stems=("bass", "drums")), "Expected one stem for a stem and its rest, got 2"),
        (StemsOptions(mode="rest"), "Expected 1 to 3 stems to be taken out of the mix, got 0"),
        (StemsOptions(mode="rest", stems=FOUR), "Expected 1 to 3 stems to be taken out of the mix, got 4"),
    ],
)
def test_what_a_model_cannot_do_is_told(options, says):
    with pytest.raises(KeylightError) as caught:
        chosen_stems(options, FOUR)
    assert says in str(caught.value)


def test_labels():
    assert [output_label(name) for name in ("drums", "no_bass", "no_drums_other")] == [
        "Drums",
        "No bass",
        "No drums, other",
    ]


def test_a_name_has_all_facts():
    options = StemsOptions(title="Halo", artist="Beyoncé", key="8A", bpm=79.98, format="mp3")
    assert file_name(options, "Vocals") == "Beyoncé - Halo (Vocals) [htdemucs] 8A 80.mp3"
    assert archive_name(options) == "Beyoncé - Halo (Stems) [htdemucs] 8A 80.zip"
    assert file_name(StemsOptions(bpm=79.5), "Drums") == "Song (Drums) [htdemucs] 79.5.flac"


@pytest.mark.parametrize(
    ("title", "made"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Windows", "C Windows"),
        ("a\0b\x1b[31m\u202egnp", "ab[31mgnp"),
        ("why?*<>|\"'", "why '"),
        ("tab\tand\nnewline", "tab and newline"),
        ("  ...dots...  ", "dots"),
        ("///", "Song"),
        ("", "Song"),
        ("CON", "Song CON"),
        ("nul.mp3", "Song nul.mp3"),
        ("com9", "Song com9"),
        ("Контакт", "Контакт"),
        ("夜に駆ける", "夜に駆ける"),
        ("e\u0301te\u0301", "été"),
        ("\ud800half", "half"),
        ("🎤 sing", "🎤 sing"),
    ],
)
def test_titles_that_a_system_would_stumble_over(title, made):
    assert file_name(StemsOptions(title=title), "Vocals") == f"{made} (Vocals) [htdemucs].flac"


@pytest.mark.parametrize("letter", ["x", "é", "駆", "🎤", "e\u0323\u0301", "\u0301", ". "])
@pytest.mark.parametrize("count", [1, 99, 100, 200])
def test_long_titles_are_cut_between_letters(letter, count):
    options = StemsOptions(title=letter * count, artist=letter * count, key=letter * 200, format="m4a")
    made = file_name(options, "Vocals")
    assert len(made.encode()) <= 200
    assert made.endswith(FORMATS["m4a"][0])
    assert "(Vocals) [htdemucs]" in made
    assert not set(made) & set('/\\:*?"<>|')
    if letter == "e\u0323\u0301":  # its composed form is a letter and a mark
        assert not unicodedata.combining(made.removeprefix(unicodedata.normalize("NFC", letter))[0])
    assert made == made.strip(". ")
