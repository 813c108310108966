"""Who may ask, what is said to whom, and what the API says about itself; in one process, over HTTP semantics."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from backend.api_docs import FIELD_WORDS
from backend.app import create_app
from backend.desk import torch_words
from backend.settings import Settings
from backend.site import Site
from shared.schema.jobs import ErrorBody
from tests.serving import wait_for

JOB = "0123456789abcdef" * 2
ORIGIN = "https://music.test"


@functools.cache
def site() -> Site:
    """The real page; packing it takes a moment, so it is packed once."""
    return Site()


def client_of(tmp_path: Path, **settings: object) -> TestClient[Litestar]:
    given = Settings(data=str(tmp_path), workers="none", reserve_mb=0, **settings)  # type: ignore[arg-type]
    return TestClient(create_app(site(), given), base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Litestar]]:
    """A server without workers, whose jobs are open."""
    with client_of(tmp_path_factory.mktemp("api"), rate=5) as client:
        wait_for(lambda: client.get("/api/capabilities").status_code == 200, what="the jobs")
        yield client


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Litestar]]:
    """A server that wants a token, and lets pages of another origin ask."""
    with client_of(tmp_path_factory.mktemp("private"), tokens="open sesame, other", origins=ORIGIN) as client:
        wait_for(lambda: client.get("/api/health").json()["status"] == "ok", what="the jobs")
        yield client


BEARER = {"authorization": "Bearer open sesame"}


@pytest.mark.parametrize(
    ("method", "path", "status", "word"),
    [
        ("GET", "/api/nothing", 404, "not-found"),
        ("GET", f"/api/jobs/{JOB}", 404, "not-found"),
        ("GET", f"/api/jobs/{JOB}/events", 404, "not-found"),
        ("DELETE", f"/api/jobs/{JOB}", 404, "not-found"),
        ("GET", f"/api/jobs/{JOB}/results/vocals", 404, "not-found"),
        ("GET", f"/api/jobs/{JOB}/results/vocals/peaks", 404, "not-found"),
        ("GET", "/api/jobs/..%2f..%2fsecret", 404, "not-found"),
        ("GET", "/api/jobs/%2e%2e", 404, "not-found"),
        ("GET", f"/api/jobs/{JOB}/results/..%2f..%2fsecret", 404, "not-found"),
        ("GET", f"/api/jobs/{JOB}'%20or%201=1", 404, "not-found"),
        ("GET", f"/api/jobs/{'a' * 5000}", 404, "not-found"),
        ("PUT", "/api/stems", 405, "method-not-allowed"),
        ("POST", "/api/session", 400, "bad-request"),
        ("POST", "/api/stems", 415, "not-audio"),
    ],
)
def test_every_error_is_a_word_and_a_sentence(
    client: TestClient[Litestar], method: str, path: str, status: int, word: str
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == set(ErrorBody.__struct_fields__)
    assert answer.json()["error"] == word
    assert answer.json()["message"].endswith((".", "/."))


def test_without_workers_the_reason_is_said(client: TestClient[Litestar]) -> None:
    said = client.get("/api/capabilities").json()
    assert said["separation"] is False
    assert said["reason"] == (
        "No worker is running, so nothing can be separated on this server. "
        + "Start one in Keylight's folder, with the same KEYLIGHT_DATA or KEYLIGHT_DATABASE: "
        + "`python -m backend.worker one --device auto`. Or start the server without KEYLIGHT_WORKERS=none."
    )


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "x" * 201])
def test_an_idempotency_key_is_a_token(client: TestClient[Litestar], key: str) -> None:
    answer = client.post("/api/stems", headers=[(b"idempotency-key", key.encode())])
    assert answer.status_code == 400
    assert answer.json()["message"] == "Idempotency-Key: expected 1 to 200 visible ASCII characters."


def test_too_many_submissions_are_told_to_wait(tmp_path: Path) -> None:
    with client_of(tmp_path, rate=2) as client:
        wait_for(lambda: client.get("/api/capabilities").status_code == 200, what="the jobs")
        answers = [client.post("/api/stems") for _ in range(3)]
    assert [one.status_code for one in answers] == [415, 415, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 30
    assert answers[-1].json()["error"] == "too-many"


@pytest.mark.parametrize("path", ["/api/capabilities", "/api/metrics", f"/api/jobs/{JOB}", f"/api/jobs/{JOB}/events"])
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic b3Blbg=="}])
def test_without_a_token_nothing_is_told(private: TestClient[Litestar], path: str, headers: dict[str, str]) -> None:
    answer = private.get(path, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == 'Bearer realm="keylight"'


def test_the_page_and_its_health_need_no_token(private: TestClient[Litestar]) -> None:
    assert private.get("/").status_code == private.get("/api/health").status_code == 200


def test_a_token_opens(private: TestClient[Litestar]) -> None:
    assert private.get("/api/capabilities", headers=BEARER).status_code == 200
    assert private.get("/api/capabilities", headers={"authorization": "bearer other"}).status_code == 200


def test_a_session_stands_for_its_token(private: TestClient[Litestar]) -> None:
    assert private.post("/api/session", headers={"authorization": "Bearer wrong"}).status_code == 401
    answer = private.post("/api/session", headers=BEARER)
    assert answer.status_code == 204
    cookie, *flags = answer.headers["set-cookie"].split("; ")
    assert flags == ["Path=/api", "HttpOnly", "SameSite=Strict"]
    assert "sesame" not in cookie
    assert private.get("/api/capabilities", headers={"cookie": cookie}).status_code == 200
    assert private.get("/api/capabilities", headers={"cookie": cookie[:-1] + "x"}).status_code == 401
    private.cookies.clear()
    gone = private.delete("/api/session", headers={"cookie": cookie})
    assert (gone.status_code, "Max-Age=0" in gone.headers["set-cookie"]) == (204, True)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "https://evil.test"}, 403),
        ({"sec-fetch-site": "same-origin"}, 404),
        ({"origin": "http://127.0.0.1"}, 404),
        ({}, 404),
    ],
)
def test_pages_of_others_change_nothing(client: TestClient[Litestar], headers: dict[str, str], status: int) -> None:
    assert client.delete(f"/api/jobs/{JOB}", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8321", 200),
        ("127.0.0.1:8321", 200),
        ("[::1]:8321", 200),
        ("192.168.1.5", 200),
        ("keylight.localhost", 200),
        ("rebound.test:8321", 403),
        ("localhost.rebound.test", 403),
        ("127.0.0.1.rebound.test", 403),
        ("127.0.0.1:8321@rebound.test", 403),
        ("[rebound.test]", 403),
    ],
)
def test_a_name_that_was_made_to_lead_here_is_refused(client: TestClient[Litestar], host: str, status: int) -> None:
    """DNS rebinding: to the browser such a page is of the same origin, so it reads answers and sends no `Origin`."""
    answer = client.get("/api/capabilities", headers={"host": host, "sec-fetch-site": "same-origin"})
    assert answer.status_code == status
    assert status == 200 or answer.json()["message"].startswith(f"This server does not know itself as {host}. Open it")
    gone = client.delete(f"/api/jobs/{JOB}", headers={"host": host, "sec-fetch-site": "same-origin"})
    assert gone.status_code == (404 if status == 200 else 403)


def test_the_name_of_a_proxy_is_known_by_setting(private: TestClient[Litestar], tmp_path: Path) -> None:
    with client_of(tmp_path / "a", origins=ORIGIN) as named:
        assert named.get("/api/metrics", headers={"host": "music.test"}).status_code == 200
        assert named.get("/api/metrics", headers={"host": "evil.test"}).status_code == 403
    with client_of(tmp_path / "b", host="0.0.0.0") as open_to_all:
        assert open_to_all.get("/api/metrics", headers={"host": "any.test"}).status_code == 200
    assert private.get("/api/metrics", headers={**BEARER, "host": "any.test"}).status_code == 200


def test_other_origins_are_let_in_by_setting_alone(private: TestClient[Litestar], client: TestClient[Litestar]) -> None:
    asked = {"origin": ORIGIN, "access-control-request-method": "POST"}
    allowed = private.options("/api/stems", headers={**asked, "access-control-request-headers": "authorization"})
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    answer = private.get("/api/capabilities", headers={**BEARER, "origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in private.get("/api/health", headers={"origin": "https://e.test"}).headers
    assert "access-control-allow-origin" not in client.get("/api/health", headers=asked).headers
    assert private.delete(f"/api/jobs/{JOB}", headers={"origin": ORIGIN, **BEARER}).status_code == 404


def test_metrics_count_requests_by_pattern(client: TestClient[Litestar]) -> None:
    client.get(f"/api/jobs/{JOB}")
    answer = client.get("/api/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    text = answer.text
    assert re.search(r'requests_total\{method="GET",route="/api/jobs/\{job_id\}",status="404"\} \d', text)
    assert "keylight_queue_full 0.0" in text
    assert 'keylight_jobs{state="queued"} 0.0' in text
    assert JOB not in text


def test_every_answer_has_a_number_for_the_log(client: TestClient[Litestar]) -> None:
    numbers = {client.get(path).headers["x-request-id"] for path in ("/", "/nothing", "/api/health")}
    assert len(numbers) == 3


def test_every_route_and_field_is_described(client: TestClient[Litestar]) -> None:
    document = client.get("/api/openapi.json").json()
    assert set(document["paths"]) == {
        "/api/health", "/api/capabilities", "/api/metrics", "/api/session", "/api/stems", "/api/renders",
        "/api/jobs/{job_id}",
        "/api/jobs/{job_id}/events", "/api/jobs/{job_id}/results/{name}", "/api/jobs/{job_id}/results/{name}/peaks",
    }  # fmt: skip
    for item in document["paths"].values():
        for operation in item.values():
            assert operation["summary"]
            assert operation["description"]
            assert {"500"} <= set(operation["responses"])
    schemas = document["components"]["schemas"]
    fields = {(name, key) for name, one in schemas.items() for key in one.get("properties", {})}
    words = {(name, key) for name, one in FIELD_WORDS.items() for key in one}
    assert fields == words
    assert all(one["description"] for schema in schemas.values() for one in schema.get("properties", {}).values())
    said = document["paths"]["/api/stems"]["post"]
    assert {"200", "202", "400", "401", "403", "408", "411", "413", "415", "422", "429", "503", "507"} <= set(
        said["responses"]
    )
    assert list(said["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]) == ["options", "file"]


def test_the_description_is_a_page_without_scripts(client: TestClient[Litestar]) -> None:
    answer = client.get("/api")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    seen: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append(tag)
            assert not [name for name, _ in attrs if name == "style" or name.startswith("on")]

    Reader().feed(answer.text)
    assert not {"script", "style", "iframe"} & set(seen)
    assert "POST /api/stems" in answer.text
    assert client.get("/api/style.css").headers["content-type"] == "text/css; charset=utf-8"


def test_without_jobs_the_page_is_served_and_says_so() -> None:
    with TestClient(create_app(site()), base_url="http://127.0.0.1") as client:
        assert client.get("/").status_code == 200
        answer = client.get("/api/capabilities")
        assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")
        assert "serves the page alone" in answer.json()["message"]
        assert client.get("/api/health").json()["status"] == "degraded"
        assert client.get("/api/metrics").status_code == 200


def test_a_database_that_is_down_is_told_and_the_page_goes_on(tmp_path: Path) -> None:
    with client_of(tmp_path, database="postgresql://nobody@127.0.0.1:1/none") as client:
        assert client.get("/").status_code == 200
        answer = client.get("/api/capabilities")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert json.loads(answer.text)["error"] == "unavailable"


def test_a_light_install_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert torch_words() is None  # the checks' own environment has everything
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said = "Separation is not installed here (torch and demucs): start with `python3 -m nox -s app` without `--light`."
    assert torch_words() == said


def test_answers_without_a_body_and_parts_of_files_are_documented(client: TestClient[Litestar]) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    empty = [answers["responses"]["204"] for routes in paths.values() for answers in routes.values() if "204" in
             answers["responses"]]  # fmt: skip
    assert len(empty) == 3
    assert all("content" not in answer for answer in empty)
    assert client.delete("/api/session").status_code == 204
    for path, routes in paths.items():
        if "{name}" in path:
            assert all({"200", "206", "304", "416"} <= set(answers["responses"]) for answers in routes.values())
