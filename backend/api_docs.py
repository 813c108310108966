"""The OpenAPI document: what Litestar cannot tell from the code is said here, above all what each field means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, Reference, RequestBody, Schema

from backend.errors import ERRORS, ErrorWord
from shared.schema.jobs import ErrorBody

__all__ = ["FIELD_WORDS", "RenderOperation", "SubmitOperation", "describe_fields", "errors_of"]

#: What each field of the API's documents means, by document and by its name on the wire.
FIELD_WORDS: Final[dict[str, dict[str, str]]] = {
    "StemsOptions": {
        "model": "Name of one of the models in the capabilities.",
        "mode": '"each": a file per stem; "two": one stem and, apart, the rest; "rest": the mix without some stems.',
        "stems": "The stems meant; none named, with mode each: all of the model.",
        "format": "How files are written.",
        "spreadResidual": "Share out what the model left over, so that the stems sum to the mix.",
        "title": "Title of the song, for names and tags of the files; else taken from the file's name.",
        "artist": "Artist, for tags.",
        "key": "Key, for names and tags.",
        "bpm": "Tempo in beats per minute, for names and tags.",
    },
    "RenderJob": {
        "film": "How the film is written.",
        "title": "Title, for name and tags of the file; else the project's, else taken from the song's file name.",
        "artist": "Artist, for name and tags of the file.",
    },
    "RenderOptions": {
        "codec": "Codec of the pictures, which decides on the container: MP4, QuickTime for ProRes, WebM for VP9.",
        "audio": "Codec of the sound; which ones go with a codec is said when they do not.",
        "width": "Pixels; the project is laid out anew where its ratio is another one.",
        "height": "Pixels.",
        "fps": "Pictures a second.",
        "quality": "How small the difference to the preview is, and how large the file.",
        "alpha": "Transparent where nothing is drawn (VP9, ProRes).",
        "startSeconds": "Where in the song the film begins.",
        "seconds": "Length of the film; null for all that is left of the song.",
        "loop": "The end goes over into what comes before the beginning.",
        "hardware": "Take an encoder of the graphics card where one opens.",
    },
    "ResultFile": {
        "name": 'The stem, "film", or "zip" for all files in one.',
        "label": "The stem in words.",
        "fileName": "Name of the download.",
        "mediaType": "Media type.",
        "bytes": "Size in bytes.",
        "url": "Where it is, on this server.",
        "peaksUrl": "Where its waveform is; null where it has none.",
    },
    "Job": {
        "id": "128 bits that nobody can guess: who knows it may see the job, cancel it and take its results.",
        "kind": "What kind of job it is.",
        "state": "Where it stands; done, failed, cancelled and expired are final.",
        "stage": "What is being done.",
        "progress": "From 0 to 1; never goes back.",
        "createdAt": "When it was submitted, in seconds since 1970 (UTC).",
        "etaSeconds": "Seconds until it is done; null while nobody can tell.",
        "queuePosition": "1 is next; null when it does not wait.",
        "expiresAt": "When results go, in seconds since 1970 (UTC).",
        "error": "Why it failed, one sentence.",
        "note": "Why it stands still, one sentence; null while it does not.",
        "seconds": "Length of the audio, or of the film.",
        "stems": "What was wanted of stems; null for a film.",
        "render": "What film was wanted; null for stems.",
        "remarks": "Sentences on what was done, such as flashes that were held back.",
        "results": "Its files, once it is done.",
    },
    "ModelInfo": {
        "name": "Its name in the options.",
        "label": "Its name for a person.",
        "words": "What it is, one sentence.",
        "stems": "What it takes a song apart into.",
        "ready": "Whether a job for it is taken.",
        "here": "Whether its weights need no download.",
        "downloadMegabytes": "Size of its weights.",
        "reason": "Why it is not ready and what to do, one sentence.",
        "speed": "Seconds of audio per second, when it was measured.",
    },
    "DeviceInfo": {"kind": "cpu, cuda or mps.", "name": "Name of the device."},
    "Limits": {
        "uploadBytes": "Largest file.",
        "audioSeconds": "Longest song.",
        "queuedJobs": "Jobs that wait and run, in all.",
        "jobsPerClient": "Jobs that wait and run, of one client.",
        "keepSeconds": "How long results are kept.",
    },
    "QueueInfo": {
        "waiting": "Jobs that wait.",
        "running": "Jobs that run.",
        "full": "Whether no other one is taken now.",
    },
    "Capabilities": {
        "separation": "Whether some model is ready.",
        "models": "The models.",
        "devices": "Where they run.",
        "limits": "What is taken.",
        "queue": "How busy it is.",
        "formats": "How files can be written.",
        "reason": "Why nothing can be separated, one sentence; null where it can.",
        "rendering": "Whether films can be rendered.",
        "renderingReason": "Why not, one sentence; null where they can.",
    },
    "Health": {
        "status": '"ok", or "degraded" when a part does not answer.',
        "build": "Build of the page.",
        "workers": "Workers that are alive.",
        "database": '"ok" or a sentence.',
        "store": '"ok" or a sentence.',
    },
    "ErrorBody": {"error": "A word for programs: " + ", ".join(ERRORS) + ".", "message": "A sentence for people."},
}


def errors_of(*words: ErrorWord) -> dict[int, ResponseSpec]:
    """What a route says when it cannot do what is asked, by status; every route can also make a mistake."""
    texts: dict[int, list[str]] = {}
    for word in ("bad-request", *words, "mistake"):
        status, text = ERRORS[word]
        texts.setdefault(status, []).append(f"{word}: {text}")
    return {
        status: ResponseSpec(ErrorBody, generate_examples=False, description=" ".join(said))
        for status, said in sorted(texts.items())
    }


def _form() -> RequestBody:
    options = Reference(ref="#/components/schemas/StemsOptions", description="First: what to do, as JSON.")
    file = Schema(
        type=OpenAPIType.STRING,
        content_media_type="application/octet-stream",
        description="Then: the song, in any audio or film format.",
    )
    form = Schema(type=OpenAPIType.OBJECT, required=["options", "file"], properties={"options": options, "file": file})
    return RequestBody(content={"multipart/form-data": OpenAPIMediaType(schema=form)}, required=True)


def _render_form() -> RequestBody:
    def binary(words: str) -> Schema:
        return Schema(type=OpenAPIType.STRING, content_media_type="application/octet-stream", description=words)

    parts: dict[str, Any] = {
        "options": Reference(ref="#/components/schemas/RenderJob", description="First: what film to make, as JSON."),
        "project": Schema(type=OpenAPIType.STRING, description="Then: the project document, JSON."),
        "features": binary("The song for pictures, as the page has it (.klf); without it the server listens itself."),
        "medium-000": binary("The file of the project's first medium, and so on; only those that there are."),
        "file": binary("The song; may be missing for a film without sound whose features are given."),
    }
    form = Schema(type=OpenAPIType.OBJECT, required=["options", "project"], properties=parts)
    return RequestBody(content={"multipart/form-data": OpenAPIMediaType(schema=form)}, required=True)


@dataclass
class RenderOperation(Operation):
    """The same of films."""

    request_body: Any = field(default_factory=_render_form)

    def __post_init__(self) -> None:
        """Litestar passes None for a body that it does not know."""
        self.request_body = self.request_body or _render_form()


@dataclass
class SubmitOperation(Operation):
    """The operation whose body is read as a stream, so that Litestar knows nothing of it."""

    request_body: Any = field(default_factory=_form)

    def __post_init__(self) -> None:
        """Litestar passes None for a body that it does not know."""
        self.request_body = self.request_body or _form()


def describe_fields(document: dict[str, Any]) -> dict[str, Any]:
    """The document with a description at each known field of its schemas; the one given is not changed."""
    schemas = document.get("components", {}).get("schemas", {})
    return {
        **document,
        "components": {
            **document.get("components", {}),
            "schemas": {name: _described(name, schema) for name, schema in schemas.items()},
        },
    }


def _described(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    words = FIELD_WORDS.get(name, {})
    properties = {
        key: {**value, **({"description": words[key]} if key in words else {})}
        for key, value in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties} if properties else schema
