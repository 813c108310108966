"""Postgres and S3 for the tests that want them; each is started once."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from tests.backend.jobs.services import Postgres, postgres_cluster, s3_server

BUCKET = "songs"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real Postgres; skips where it is not installed."""
    with postgres_cluster() as cluster:
        if isinstance(cluster, str):
            pytest.skip(cluster)
        yield cluster


@pytest.fixture(scope="session")
def _s3() -> Iterator[dict[str, str]]:
    if importlib.util.find_spec("moto") is None:
        pytest.skip("moto is not installed")
    with s3_server(BUCKET) as variables:
        yield variables


@pytest.fixture
def s3(_s3: dict[str, str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """URL of an empty place in a real S3 server."""
    for key, value in _s3.items():
        monkeypatch.setenv(key, value)
    return f"s3://{BUCKET}/{request.node.name}"
