"""What the server serves: a page of our own making, over real HTTP semantics."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import logging
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from litestar import Litestar
from litestar.exceptions import InternalServerException
from litestar.testing import TestClient

from backend.app import create_app
from backend.assets.lock import AssetFile, Lock, NpmSource, Package, read_lock
from backend.headers import SECURITY_HEADERS
from backend.site import SCAN_SECONDS, Site

WASM = bytes(range(256)) * 40
PLAIN = {"accept-encoding": "identity"}
# int() refuses more than 4300 digits.
HUGE = [f"bytes={'9' * 5000}-", f"bytes=0-{'9' * 5000}", f"bytes=-{'9' * 5000}"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small page with all that a page has."""
    web = tmp_path / "web"
    for path, text in {
        "index.html": '<!doctype html><link rel="stylesheet" href="{{app}}/css/base.css">',
        "sw.js": 'const APP = "{{app}}";',
        "manifest.webmanifest": '{"icons": [{"src": "{{app}}/icons/icon.svg"}]}',
        "css/base.css": "body { color: red }\n" * 50,
        "js/main.js": 'import "./part.js";\n',
        "js/part.d.ts": "export {};",
        "icons/icon.svg": "<svg/>",
        "__init__.py": '"""Web."""\n',
        "py/worker.py": "X = 1\n",
        "py/__pycache__/worker.cpython-311.pyc": "rubbish",
    }.items():
        (web / path).parent.mkdir(parents=True, exist_ok=True)
        (web / path).write_text(text, "utf-8")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "units.py").write_text("A4 = 440\n", "utf-8")
    return tmp_path


@pytest.fixture
def lock(root: Path) -> Lock:
    """The real packages, of which only a WebAssembly file and its sibling are really there."""
    folder = root / ".assets" / "demo-1"
    folder.mkdir(parents=True)
    (folder / "demo.wasm").write_bytes(WASM)
    (folder / "demo.wasm.br").write_bytes(brotli.compress(WASM))
    (folder / ".stamp.json").write_text("{}", "utf-8")
    file = AssetFile("demo.wasm", hashlib.sha256(WASM).hexdigest(), len(WASM))
    demo = Package("demo", "1", "MIT", "https://example.org", "page", (NpmSource("demo@1"),), (file,))
    return Lock(1, (*read_lock().packages, demo))


@pytest.fixture
def client(root: Path, lock: Lock) -> Iterator[TestClient[Litestar]]:
    """A server whose clock moves on by one look for changed files at each glance."""
    clock = itertools.count(0, SCAN_SECONDS).__next__
    with TestClient(create_app(Site(root, root / ".assets", lock, clock=clock))) as client:
        yield client


def build_of(client: TestClient[Litestar]) -> str:
    return str(client.get("/api/health").json()["build"])


def test_the_shell_names_its_build_and_is_asked_for_again(client: TestClient[Litestar]) -> None:
    answer = client.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert f'href="/app/{build_of(client)}/css/base.css"' in answer.text
    again = client.get("/", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_files_of_a_build_never_change(client: TestClient[Litestar]) -> None:
    answer = client.get(f"/app/{build_of(client)}/js/main.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.text == 'import "./part.js";\n'


def test_a_changed_file_gives_a_new_build_and_the_old_one_stays(client: TestClient[Litestar], root: Path) -> None:
    old = build_of(client)
    (root / "web/js/main.js").write_text("changed", "utf-8")
    new = build_of(client)
    assert new != old
    assert client.get(f"/app/{new}/js/main.js").text == "changed"
    assert client.get(f"/app/{old}/js/main.js").text == 'import "./part.js";\n'
    shutil.copystat(root / "web/sw.js", root / "web/js/main.js")
    (root / "web/js/main.js").write_text('import "./part.js";\n', "utf-8")
    assert build_of(client) == old


def test_files_are_looked_at_once_a_second(root: Path, lock: Lock) -> None:
    seconds = 100.0
    site = Site(root, root / ".assets", lock, clock=lambda: seconds)
    old = site.newest()
    (root / "web/js/main.js").write_text("changed", "utf-8")
    seconds += SCAN_SECONDS - 0.01
    assert site.newest() is old
    seconds += 0.02
    assert site.newest().name != old.name


def test_pages_are_packed_once_a_build(
    client: TestClient[Litestar], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_of(client)
    packed = []
    monkeypatch.setattr("backend.content.brotli_or_none", lambda name, data: packed.append(name))
    for path in ["/", "/sw.js", "/manifest.webmanifest", "/favicon.ico"] * 3:
        assert client.get(path).status_code == 200
    assert packed == []
    (root / "web/js/main.js").write_text("changed", "utf-8")
    client.get("/")
    assert packed.count("index.html") == 1


def test_touching_a_file_changes_nothing(client: TestClient[Litestar], root: Path) -> None:
    old = build_of(client)
    os.utime(root / "web/js/main.js", ns=(1, 1))
    assert build_of(client) == old


def test_boot_record_and_module_say_the_same(client: TestClient[Litestar]) -> None:
    base = f"/app/{build_of(client)}"
    record = client.get(f"{base}/boot.json").json()
    module = client.get(f"{base}/js/assets.js").text
    assert json.loads(module.removeprefix("export const ASSETS = Object.freeze(").removesuffix(");\n")) == record
    assert record["code"] == f"{base}/keylight.zip"
    assert [wheel["url"].split("/")[2] for wheel in record["wheels"]] == ["numpy-2.4.3", "msgspec-0.22.0"]
    assert record["precache"][0] == "/"
    assert {f"{base}/js/main.js", f"{base}/boot.json", "/assets/demo-1/demo.wasm"} <= set(record["precache"])
    assert not any("pytest" in url for url in [*record["precache"], *record["lazy"]])
    assert record["bytes"][f"{base}/js/main.js"] == len('import "./part.js";\n')


def test_every_address_of_our_own_to_precache_is_served(client: TestClient[Litestar]) -> None:
    record = client.get(f"/app/{build_of(client)}/boot.json").json()
    ours = [url for url in record["precache"] if not url.startswith("/assets/")]
    assert {url: client.get(url).status_code for url in ours} == dict.fromkeys(ours, 200)


def test_the_python_zip_has_only_python_and_always_the_same_bytes(client: TestClient[Litestar], root: Path) -> None:
    from backend.build import python_zip

    data = client.get(f"/app/{build_of(client)}/keylight.zip").content
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert names == ["shared/units.py", "web/__init__.py", "web/py/worker.py"]
    os.utime(root / "shared" / "units.py", ns=(1, 1))
    assert python_zip(root) == data


@pytest.mark.parametrize("path", ["/sw.js", "/manifest.webmanifest"])
def test_service_worker_and_manifest_name_the_build(client: TestClient[Litestar], path: str) -> None:
    answer = client.get(path)
    assert f"/app/{build_of(client)}" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


def test_the_service_worker_may_rule_the_whole_site(client: TestClient[Litestar]) -> None:
    assert client.get("/sw.js").headers["service-worker-allowed"] == "/"


def test_the_icon_at_an_address_of_no_build_is_asked_for_again(client: TestClient[Litestar], root: Path) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.headers["content-type"], answer.text) == ("image/svg+xml", "<svg/>")
    assert answer.headers["cache-control"] == "no-cache"
    asked = {"if-none-match": answer.headers["etag"]}
    assert client.get("/favicon.ico", headers=asked).status_code == 304
    (root / "web/icons/icon.svg").write_text("<svg></svg>", "utf-8")
    assert client.get("/favicon.ico", headers=asked).text == "<svg></svg>"


def test_wasm_comes_in_brotli_with_its_media_type(client: TestClient[Litestar]) -> None:
    answer = client.get("/assets/demo-1/demo.wasm", headers={"accept-encoding": "gzip, br"})
    assert answer.headers["content-type"] == "application/wasm"
    assert answer.headers["content-encoding"] == "br"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) < len(WASM)
    assert answer.content == WASM


@pytest.mark.parametrize("accepted", ["identity", "gzip", "br;q=0"])
def test_wasm_comes_plain_to_who_takes_no_brotli(client: TestClient[Litestar], accepted: str) -> None:
    answer = client.get("/assets/demo-1/demo.wasm", headers={"accept-encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert answer.content == WASM


def test_plain_and_brotli_have_different_tags(client: TestClient[Litestar]) -> None:
    plain = client.get("/assets/demo-1/demo.wasm", headers=PLAIN).headers["etag"]
    packed = client.get("/assets/demo-1/demo.wasm", headers={"accept-encoding": "br"}).headers["etag"]
    assert plain != packed


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-99", 0, 100), ("bytes=10000-", 10000, 10240), ("bytes=-7", 10233, 10240), ("bytes=10-99999", 10, 10240)],
)
def test_a_byte_range_is_a_part_of_the_plain_bytes(
    client: TestClient[Litestar], asked: str, start: int, stop: int
) -> None:
    answer = client.get("/assets/demo-1/demo.wasm", headers={"range": asked, "accept-encoding": "br"})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(WASM)}"
    assert answer.content == WASM[start:stop]


def test_a_range_outside_is_416(client: TestClient[Litestar]) -> None:
    answer = client.get("/assets/demo-1/demo.wasm", headers={"range": f"bytes={len(WASM)}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(WASM)}"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=-", "lines=1-2", "bytes=0-1,4-5", "bytes=a-b", *HUGE])
def test_a_range_that_cannot_be_read_gives_everything(client: TestClient[Litestar], asked: str) -> None:
    answer = client.get("/assets/demo-1/demo.wasm", headers={"range": asked, **PLAIN})
    assert (answer.status_code, len(answer.content)) == (200, len(WASM))


def test_if_range_with_another_tag_gives_everything(client: TestClient[Litestar]) -> None:
    headers = {"range": "bytes=0-9", "if-range": '"old"'}
    assert client.get("/assets/demo-1/demo.wasm", headers=headers).status_code == 200


def test_head_has_the_headers_and_no_body(client: TestClient[Litestar]) -> None:
    answer = client.head("/assets/demo-1/demo.wasm", headers=PLAIN)
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, str(len(WASM)), b"")


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/app/000000000000/js/main.js",
        "/assets/demo-1/.stamp.json",
        "/assets/demo-1/demo.wasm.br",
        "/assets/demo-1/../../web/index.html",
        "/assets/demo-1/%2e%2e/%2e%2e/web/index.html",
        "/assets/..%2f..%2fweb%2findex.html",
        "/assets//etc/passwd",
        "/assets/",
        "/app/BUILD/../../../etc/passwd",
        "/app/BUILD/%2e%2e/%2e%2e/index.html",
        "/app/BUILD/js/part.d.ts",
        "/app/BUILD/py/worker.py",
        "/app/BUILD/index.html",
    ],
)
def test_what_is_not_in_the_table_is_not_there(client: TestClient[Litestar], path: str) -> None:
    answer = client.get(path.replace("BUILD", build_of(client)))
    assert answer.status_code == 404
    assert answer.text.startswith("There is nothing at /")
    assert answer.headers["cache-control"] == "no-store"


def test_another_method_is_refused(client: TestClient[Litestar]) -> None:
    assert client.post("/").status_code == 405


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/health", "/assets/demo-1/demo.wasm", "/sw.js"])
def test_every_answer_has_the_security_headers(client: TestClient[Litestar], path: str) -> None:
    headers = client.get(path).headers
    assert {name: headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/", "no-cache"),
        ("GET", "/nothing", "no-store"),
        ("GET", "/api/health", "no-store"),
        ("GET", "/api/openapi.json", "no-store"),
        ("POST", "/", "no-store"),
        ("OPTIONS", "/", "no-store"),
    ],
)
def test_every_answer_says_how_long_it_holds(client: TestClient[Litestar], method: str, path: str, said: str) -> None:
    assert client.request(method, path).headers["cache-control"] == said


@pytest.mark.parametrize("host", ["127.0.0.1:99999999", "127.0.0.1:port", "[", "", "a b"])
@pytest.mark.parametrize("path", ["/", "/nothing", "/api/health", "/api/openapi.json", "/api"])
def test_a_strange_host_is_no_mistake_of_ours(client: TestClient[Litestar], host: str, path: str) -> None:
    answer = client.get(path, headers={"host": host})
    assert answer.status_code < 500
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_what_is_not_there_is_named_without_the_host(client: TestClient[Litestar]) -> None:
    answer = client.get("/no thing", headers={"host": "127.0.0.1:99999999"})
    assert answer.status_code == 404
    assert answer.text == "There is nothing at /no%20thing. Keylight starts at /.\n"


@pytest.mark.parametrize("error", [RuntimeError("secret"), InternalServerException("secret")])
def test_a_mistake_of_ours_is_one_sentence(
    root: Path, lock: Lock, error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Site) -> None:
        raise error

    app = create_app(Site(root, root / ".assets", lock))
    monkeypatch.setattr(Site, "newest", fail)
    # Litestar has put its own handlers in place of the root's.
    monkeypatch.setattr(logging.getLogger("backend.errors"), "handlers", [caplog.handler])
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/")
    assert answer.status_code == 500
    assert answer.text == "Keylight made a mistake and could not answer; its terminal says more.\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "secret" in caplog.text


def test_the_policy_allows_no_script_from_text_and_no_address_elsewhere() -> None:
    policy = SECURITY_HEADERS["content-security-policy"]
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy.replace("'wasm-unsafe-eval'", "")
    assert "http" not in policy
    assert "connect-src 'self';" in policy


def test_the_api_describes_itself(client: TestClient[Litestar]) -> None:
    assert "/api/health" in client.get("/api/openapi.json").json()["paths"]
