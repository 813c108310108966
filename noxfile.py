"""Every question about Keylight is one session: `python3 -m nox -s NAME [-- what to pass on]`.

Dependency lists live in pyproject.toml and package.json only. Two environments in `.nox/` serve all sessions:
`app` holds what the app needs, `dev` adds what the checks need; each is installed again only when its list
changed, so a second start takes seconds.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.options.default_venv_backend = "none"
nox.options.sessions = ["tests"]

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
SOURCES = ("backend", "shared", "web", "tests", "noxfile.py")


@nox.session
def app(session: nox.Session) -> None:
    """Does it run? Installs what the app needs, brings the assets, starts server and workers and prints the address.

    `-- --light` leaves out what the server computes, separation and films, and with it torch: gigabytes on Linux.
    """
    light = "--light" in session.posargs
    extras = PROJECT["project"]["optional-dependencies"]
    heavy = [] if light else [*extras["stems"], *extras["video"]]
    python = _environment(session, "app-light" if light else "app", [*PROJECT["project"]["dependencies"], *heavy])
    session.run(python, "-m", "backend.assets", external=True)
    session.run(python, "-m", "backend", *(one for one in session.posargs if one != "--light"), external=True)


@nox.session
def assets(session: nox.Session) -> None:
    """Are the browser assets here, as locked? (`-- --check` reads every byte again, `-- --lock` is for maintainers.)"""
    session.run(_dev(session), "-m", "backend.assets", *(session.posargs or ["--tests"]), external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """Is everything right? All checks below but the benchmarks, in order of speed; posargs go to every pytest run."""
    failed = []
    for name, check in _CHECKS.items():
        session.log(f"--- {name}")
        try:
            check(session)
        except CommandFailed:
            failed.append(name)
    if failed:
        session.error(f"not right: {', '.join(failed)}")


@nox.session
def lint(session: nox.Session) -> None:
    """Is the Python formatted and free of what ruff refuses? (`-- --fix` mends what it can.)"""
    python = _dev(session)
    fix = "--fix" in session.posargs
    session.run(python, "-m", "ruff", "check", *(["--fix"] if fix else []), *SOURCES, external=True)
    session.run(python, "-m", "ruff", "format", *([] if fix else ["--check"]), *SOURCES, external=True)


@nox.session
def types(session: nox.Session) -> None:
    """Do the types agree, in Python (mypy) and in JavaScript (tsc over page, workers and Node scripts)?"""
    session.run(_dev(session), "-m", "mypy", external=True)
    tsc = _node_module(session, "typescript/bin/tsc")
    for project in ("tsconfig.json", "tsconfig.worker.json", "tsconfig.node.json"):
        session.run("node", tsc, "--project", project, external=True)


@nox.session
def protocol(session: nox.Session) -> None:
    """Is the JavaScript generated from shared/ what shared/ says today? (`-- --write` writes it.)"""
    check = [] if "--write" in session.posargs else ["--check"]
    for module in ("web.py.protocol", "web.py.scene_ops"):
        session.run(_dev(session), "-m", module, *check, external=True)


@nox.session
def unit(session: nox.Session) -> None:
    """Do shared/, web/py and backend/ do what they say, in CPython? (Jobs also on Postgres, where apt can bring it.)"""
    python = _dev(session)
    _postgres(session)
    _gl(session)
    session.run(python, "-m", "backend.assets", "--tests", external=True)
    session.run(python, "-m", "pytest", "--timeout=300", *session.posargs, external=True)


@nox.session
def chaos(session: nox.Session) -> None:
    """Is any job lost when web, workers and their children are killed at random? A hundred kills (`-- --kills N`)."""
    session.run(_dev(session), "-m", "tests.chaos", *(session.posargs or ["--kills", "100"]), external=True)


@nox.session
def pyodide(session: nox.Session) -> None:
    """Do shared/ and web/py pass the same tests inside Pyodide, and give CPython's answers there?"""
    python = _dev(session)
    session.run(python, "-m", "backend.assets", "--tests", external=True)
    session.run(python, "-m", "tests.agreement", external=True)
    session.run("node", "tests/pyodide/run.mjs", *session.posargs, external=True)


@nox.session
def js(session: nox.Session) -> None:
    """Does the JavaScript do what it says, apart from a browser?"""
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "js").glob("*.test.*js"))
    session.run("node", "--test", *files, external=True)


@nox.session
def browser(session: nox.Session) -> None:
    """Does the whole work in a real Chromium on real files?"""
    python = _dev(session)
    _chromium(session, python)
    _node_module(session, "axe-core/axe.min.js")
    session.run(python, "-m", "backend.assets", external=True)
    session.run(python, "-m", "pytest", "--timeout=600", "tests/browser", *session.posargs, external=True)


@nox.session
def bench(session: nox.Session) -> None:
    """How fast is it, and how right? Writes BENCH.md (`-- boot`, `analysis`, `stems`, `films`, `parity`: a part.)"""
    python = _dev(session)
    _chromium(session, python)
    _fluidsynth(session)
    session.run(python, "-m", "backend.assets", "--tests", external=True)
    session.run(python, "-m", "tests.bench", *session.posargs, external=True)


@nox.session
def shots(session: nox.Session) -> None:
    """What does it look like? Writes the screenshots of docs/."""
    python = _dev(session)
    _chromium(session, python)
    session.run(python, "-m", "backend.assets", external=True)
    session.run(python, "-m", "tests.shots", *session.posargs, external=True)


@nox.session
def sizes(session: nox.Session) -> None:
    """How long are the modules? Prints the longest and never fails."""
    names = subprocess.run(["git", "ls-files", *SOURCES], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    paths = [path for path in names.splitlines() if path.endswith((".py", ".js", ".mjs", ".css"))]
    lines = sorted(((len((ROOT / path).read_text("utf-8").splitlines()), path) for path in paths), reverse=True)
    for count, path in lines[: int(session.posargs[0]) if session.posargs else 25]:
        print(f"{count:6d}  {path}")


_CHECKS = {
    "lint": lint, "types": types, "protocol": protocol, "unit": unit, "js": js, "pyodide": pyodide, "browser": browser,
}  # fmt: skip


def _dev(session: nox.Session) -> str:
    """The interpreter of the environment for checks: the app, the command line, and the groups of pyproject.toml."""
    extras = PROJECT["project"]["optional-dependencies"]
    groups = nox.project.dependency_groups(PROJECT, "test", "lint", "bench")
    wanted = [*PROJECT["project"]["dependencies"], *extras["cli"], *extras["stems"], *extras["video"], *groups]
    return _environment(session, "dev", wanted)


def _environment(session: nox.Session, name: str, requirements: list[str]) -> str:
    """The interpreter of `.nox/<name>`, made and installed when its list is not the one installed last."""
    home = ROOT / ".nox" / name
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = "\n".join([sys.version, *sorted(set(requirements))])
    stamp = home / "keylight-requirements.txt"
    if python.exists() and stamp.exists() and stamp.read_text("utf-8") == wanted:
        return str(python)
    stamp.unlink(missing_ok=True)
    session.run(sys.executable, "-m", "virtualenv", "--quiet", str(home), external=True)
    session.run(str(python), "-m", "pip", "install", "--quiet", *sorted(set(requirements)), external=True)
    stamp.write_text(wanted, "utf-8")
    return str(python)


def _node_module(session: nox.Session, path: str) -> str:
    """A file below node_modules/, after installing exactly what package-lock.json says, if it is not installed."""
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    stamp = ROOT / "node_modules" / ".keylight-lock"
    if not (stamp.exists() and stamp.read_text("utf-8") == wanted):
        session.run("npm", "ci", "--silent", external=True)
        stamp.write_text(wanted, "utf-8")
    return f"node_modules/{path}"


def _chromium(session: nox.Session, python: str) -> None:
    """A Chromium for the tests: one that is here, else from apt when that is ours to use, else Playwright's own."""
    if shutil.which("chromium") or shutil.which("chromium-browser"):
        return
    if not _apt(session, "chromium", "fonts-dejavu-core"):
        session.run(python, "-m", "playwright", "install", "--only-shell", "chromium", external=True)


def _postgres(session: nox.Session) -> None:
    """Postgres for the tests of jobs on it, which start a cluster of their own; without it they are skipped."""
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) and shutil.which("initdb") is None:
        _apt(session, "postgresql")


def _gl(session: nox.Session) -> None:
    """The libraries that Skia's wheel wants to find, also where it draws without a graphics card, and Mesa for EGL."""
    if not (ctypes.util.find_library("EGL") and ctypes.util.find_library("GL")):
        _apt(session, "libegl1", "libgl1", "libegl-mesa0")


def _fluidsynth(session: nox.Session) -> None:
    """FluidSynth, sound fonts and held-back songs where apt is ours to use; without them the sets are fewer."""
    fonts = ["fluid-soundfont-gm", "timgm6mb-soundfont", "musescore-general-soundfont-small"]
    if shutil.which("fluidsynth") is None:
        _apt(session, "fluidsynth", *fonts, "openttd-openmsx")


def _apt(session: nox.Session, *packages: str) -> bool:
    """Bring Debian packages; False where apt is not there or not ours to use."""
    rights = _apt_rights()
    if rights is None:
        return False
    session.run(*rights, "apt-get", "update", "-qq", external=True)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    session.run(*rights, *install, external=True, env={"DEBIAN_FRONTEND": "noninteractive"})
    return True


def _apt_rights() -> list[str] | None:
    """What to put before apt-get: nothing as root, sudo where it asks no password, None when apt is not usable."""
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid"):
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo]
    return None
