"""Counters for Prometheus and spans for OpenTelemetry, both of the extra `telemetry`; no words of a question or answer.

Without prometheus-client nothing is counted. Spans leave only when the setting `trace_endpoint` names where to.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import Any

from advisor.answer import Answer
from advisor.errors import SettingsError

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


class Telemetry:
    """What one Advisor tells about its answers. Thread-safe.

    Raises SettingsError when spans are asked for and the extra is not installed.
    """

    def __init__(self, trace_endpoint: str | None = None) -> None:
        self._counters: _Counters | None = None
        self._provider: Any = _provider(trace_endpoint) if trace_endpoint else None

    def count(self) -> None:
        """Count from now on; a server does, a single command need not wait for the library."""
        if self._counters is None and find_spec("prometheus_client") is not None:
            self._counters = _Counters()

    def observe(self, answer: Answer) -> None:
        """Count an answer and send its spans on their way."""
        if self._counters is not None:
            self._counters.observe(answer)
        if self._provider is not None:
            _spans(self._provider.get_tracer("infra-advisor"), answer)

    def metrics(self) -> bytes | None:
        """In the text format of Prometheus; None when the extra is not installed."""
        return self._counters.text() if self._counters is not None else None

    def flush(self) -> None:
        """Wait until the spans so far have been sent, at most five seconds."""
        if self._provider is not None:
            self._provider.force_flush(5000)


class _Counters:
    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self.registry = own = CollectorRegistry()
        self.answers = Counter("advisor_answers", "Answers given.", ["kind", "abstained", "writer"], registry=own)
        self.seconds = Histogram("advisor_stage_seconds", "Time by stage.", ["stage"], buckets=_SECONDS, registry=own)
        self.claims = Counter("advisor_claims", "Claims shown.", ["verdict"], registry=own)
        self.sentences = Counter("advisor_model_sentences", "A model's sentences.", ["model", "fate"], registry=own)
        self.tokens = Counter("advisor_model_tokens", "Tokens.", ["model", "direction"], registry=own)
        self.fallbacks = Counter("advisor_model_fallbacks", "Answers a model failed to write in full.", registry=own)
        self.energy = Counter("advisor_model_energy_wh", "Estimated energy.", ["model"], registry=own)
        self.cost = Counter("advisor_model_cost", "In the currency of the prices.", ["model"], registry=own)
        self.withheld = Counter("advisor_withheld_passages", "Passages no hosted model was shown.", registry=own)

    def observe(self, answer: Answer) -> None:
        took = answer.receipt
        model = took.model or "none"
        self.answers.labels(answer.kind, str(answer.abstained).lower(), answer.writer).inc()
        for stage, ms in answer.timings_ms.items():
            self.seconds.labels(stage).observe(ms / 1000)
        for claim in answer.claims:
            self.claims.labels(claim.verdict.value).inc()
        for fate, count in took.sentences.items():
            self.sentences.labels(model, fate).inc(count)
        self.tokens.labels(model, "in").inc(took.tokens_in or 0)
        self.tokens.labels(model, "out").inc(took.tokens_out or 0)
        self.fallbacks.inc(took.fallback is not None)
        self.energy.labels(model).inc(took.energy_wh or 0)
        self.cost.labels(model).inc(took.cost or 0)
        self.withheld.inc(sum(one.passages for one in took.withheld))

    def text(self) -> bytes:
        from prometheus_client import generate_latest

        return bytes(generate_latest(self.registry))


def _provider(endpoint: str) -> Any:
    """Spans to an OTLP collector over HTTP, in batches from a thread of its own."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SettingsError("trace_endpoint needs `pip install 'infra-advisor[telemetry]'`.") from error
    provider = TracerProvider(resource=Resource({"service.name": "infra-advisor"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=5)))
    return provider


def _spans(tracer: Any, answer: Answer) -> None:
    """`answer`, and below it its stages one after the other.

    A stream writes and verifies by turns, so their borders are sums and not moments.
    """
    from opentelemetry.trace import set_span_in_context

    took = answer.receipt
    at = time.time_ns() - _ns(answer.timings_ms.get("total", 0.0))
    whole = tracer.start_span("answer", start_time=at)
    told = {
        "advisor.kind": answer.kind, "advisor.abstained": answer.abstained, "advisor.writer": answer.writer,
        "advisor.claims": len(answer.claims), "advisor.generation": answer.generation,
        "advisor.fallback": took.fallback is not None, "gen_ai.request.model": took.model,
        "gen_ai.usage.input_tokens": took.tokens_in, "gen_ai.usage.output_tokens": took.tokens_out,
    }  # fmt: skip
    whole.set_attributes({name: value for name, value in told.items() if value is not None})
    for stage in ("gather", "route", "write", "verify"):
        if stage in answer.timings_ms:
            span = tracer.start_span(stage, context=set_span_in_context(whole), start_time=at)
            at += _ns(answer.timings_ms[stage])
            span.end(end_time=at)
    whole.end(end_time=max(at, time.time_ns()))


def _ns(ms: float) -> int:
    return int(ms * 1e6)
