"""Counters for operators; the page that shows them is open on loopback only."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REGISTRY = CollectorRegistry(auto_describe=True)

REQUESTS = Counter("bina_requests", "Answers by endpoint and status class", ("endpoint", "status"), registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "bina_request_seconds",
    "Time from request to answer",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
ERRORS = Counter("bina_errors", "Unexpected exceptions", registry=REGISTRY)
JOBS_DONE = Counter("bina_jobs_done", "Tasks carried out", ("task",), registry=REGISTRY)
JOBS_FAILED = Counter("bina_jobs_failed", "Tries that failed", ("task",), registry=REGISTRY)
BODIES_REFUSED = Counter("bina_bodies_refused", "Request bodies too long or too slow", ("reason",), registry=REGISTRY)
BUSY_THREADS = Gauge("bina_busy_threads", "Threads that run a request now", registry=REGISTRY)


def render() -> bytes:
    """Return all counters in the text form that Prometheus reads."""
    return generate_latest(REGISTRY)
