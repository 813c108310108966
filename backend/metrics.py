"""What a Prometheus server may ask: requests by route, uploads, the queue, workers."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from shared.schema.jobs import Health, QueueInfo

__all__ = ["METRICS_TYPE", "Metrics"]

#: Without the character set, which the server adds.
METRICS_TYPE: Final = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")

#: Seconds; from a look-up to an upload of an hour.
_BUCKETS: Final = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 600.0, 3600.0)


class Metrics:
    """The figures of one server, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "keylight_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "keylight_request_seconds",
            "Seconds from the request to its last byte.",
            ["route"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._uploaded = Counter("keylight_upload_bytes", "Bytes of songs received.", registry=self._registry)
        self._uploads = Gauge("keylight_uploads", "Uploads that go on now.", registry=self._registry)
        self._streams = Gauge("keylight_event_streams", "Event streams that are open.", registry=self._registry)
        self._jobs = Gauge("keylight_jobs", "Jobs that are not final, by state.", ["state"], registry=self._registry)
        self._full = Gauge("keylight_queue_full", "1 while no job is taken.", registry=self._registry)
        self._workers = Gauge("keylight_workers", "Workers that are alive.", registry=self._registry)
        self._up = Gauge("keylight_part_up", "1 while the part answers.", ["part"], registry=self._registry)

    def request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that has ended."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def uploaded(self, count: int) -> None:
        """Count bytes of a song that were received."""
        self._uploaded.inc(count)

    def text(self, *, health: Health, queue: QueueInfo | None, uploads: int, streams: int) -> bytes:
        """Everything in Prometheus' text format; a queue that cannot be read is left out."""
        self._uploads.set(uploads)
        self._streams.set(streams)
        self._workers.set(health.workers)
        self._up.labels("database").set(health.database == "ok")
        self._up.labels("store").set(health.store == "ok")
        self._jobs.clear()
        if queue is not None:
            self._jobs.labels("queued").set(queue.waiting)
            self._jobs.labels("running").set(queue.running)
            self._full.set(queue.full)
        return generate_latest(self._registry)
