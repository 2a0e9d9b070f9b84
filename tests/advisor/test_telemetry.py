"""What leaves about answers: counters when asked for, spans only when told where to, never words."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from fastapi.testclient import TestClient

from advisor import Advisor
from advisor.api.app import create_app
from advisor.settings import load

pytest.importorskip("prometheus_client")
pytest.importorskip("opentelemetry.sdk")


@pytest.fixture
def collector():
    """An OTLP collector on loopback: its URL and the bodies it was sent."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/traces", bodies
    server.shutdown()


def test_answers_are_counted(home):
    client = TestClient(create_app(Advisor.open(load(home=home))), base_url="http://127.0.0.1")
    client.post("/v1/ask", json={"question": "What is PUE?"})
    client.post("/v1/ask", json={"question": "Who won the cup?"})
    found = client.get("/metrics")
    assert found.headers["content-type"].startswith("text/plain")
    lines = found.text.splitlines()
    answers = [line for line in lines if line.startswith("advisor_answers_total")]
    assert sum(float(line.split()[-1]) for line in answers) == 2
    assert any('abstained="true"' in line for line in answers)
    assert 'advisor_stage_seconds_count{stage="gather"} 2.0' in lines
    assert "PUE" not in found.text


def test_each_answer_is_a_span_with_its_stages(home, collector):
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    url, bodies = collector
    advisor = Advisor.open(load(home=home, trace_endpoint=url))
    advisor.ask("What is PUE?")
    advisor.telemetry.flush()
    sent = [ExportTraceServiceRequest.FromString(body) for body in bodies]
    spans = [span for one in sent for r in one.resource_spans for s in r.scope_spans for span in s.spans]
    by_name = {span.name: span for span in spans}
    assert set(by_name) == {"answer", "gather", "route", "write", "verify"}
    whole = by_name.pop("answer")
    for span in by_name.values():
        assert span.parent_span_id == whole.span_id
        assert whole.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
    assert b"PUE" not in b"".join(bodies)


def test_nothing_is_sent_unless_told_where_to(home, collector):
    _, bodies = collector
    advisor = Advisor.open(load(home=home))
    advisor.ask("What is PUE?")
    advisor.telemetry.flush()
    assert bodies == []
