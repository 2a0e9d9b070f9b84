"""What was measured as Markdown tables, as plots, and as the figures of docs/performance.md. Pure but for `write`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evals import plots
from evals.benchmarks.bench import Result
from evals.publishing import filled

PAGE, PLOTS = Path("docs/performance.md"), Path("docs/plots")

Show = Callable[[dict[str, Any]], str]


def _figure(name: str, form: str = ".1f", factor: float = 1.0) -> Show:
    return lambda row: "–" if math.isnan(row[name]) else f"{row[name] * factor:{form}}"


_SIZES: dict[str, tuple[Show, str | None]] = {  # what → how it is shown, the figure whose growth is fitted
    "search p50, ms": (_figure("ours_p50_ms"), "ours_p50_ms"),
    "search p95, ms": (_figure("ours_p95_ms"), None),
    "bare FAISS p50, ms": (_figure("faiss_p50_ms"), None),
    "bare bm25s p50, ms": (_figure("bm25s_p50_ms"), None),
    "both bare p50, ms": (_figure("bare_p50_ms"), "bare_p50_ms"),
    "search over both bare": (_figure("over_bare", ".2f"), None),
    "search, CPU ms": (_figure("ours_cpu_ms"), "ours_cpu_ms"),
    "both bare, CPU ms": (_figure("bare_cpu_ms"), "bare_cpu_ms"),
    "recall@10 of exact": (_figure("recall_at_10", ".3f"), None),
    "open, s": (_figure("open_s", ".2f"), "open_s"),
    "first question, s": (_figure("first_question_s", ".2f"), None),
    "memory, kB a chunk": (_figure("memory_bytes_per_chunk", ".2f", 1e-3), "memory_bytes"),
    "pages of mapped files in memory, kB a chunk": (_figure("mapped_bytes_per_chunk", ".2f", 1e-3), None),
    "disk, kB a chunk": (_figure("disk_bytes_per_chunk", ".2f", 1e-3), "disk_bytes"),
    "build without encoder, s": (_figure("build_s"), "build_s"),
    "add one document, s": (_figure("add_s", ".2f"), "add_s"),
    "add one document, CPU s": (_figure("add_cpu_s", ".2f"), None),
    "add one document, longest of five, s": (_figure("add_most_s", ".2f"), None),
}
_CLIENTS = {
    "searches a second": _figure("searches_per_s"),
    "p50, ms": _figure("p50_ms", ".0f"),
    "p95, ms": _figure("p95_ms", ".0f"),
}
_INDEXING = {
    "chunks indexed a second": _figure("ours_chunks_per_s"),
    "chunks a second by the bare encoder (`SentenceTransformer.encode`)": _figure("bare_chunks_per_s"),
    "the same pieces a second by LlamaIndex": _figure("llama_pieces_per_s"),
    "ours over LlamaIndex, same pieces": _figure("over_llama_same_pieces", ".2f"),
    "kB of text a second, ours": _figure("ours_kchars_per_s"),
    "kB of text a second by LlamaIndex's default pipeline": _figure("llama_kchars_per_s"),
    "share of the text that its encoder reads there": _figure("llama_share_of_text_read", ".0%"),
    "kB of text a second that its encoder reads there": _figure("llama_read_kchars_per_s"),
    "ours over LlamaIndex, same documents": _figure("over_llama_documents", ".2f"),
    "ours over LlamaIndex, text that is read": _figure("over_llama_text_read", ".2f"),
    "CPU ms a chunk, ours": _figure("ours_cpu_ms_per_chunk"),
    "CPU ms for the same piece by LlamaIndex": _figure("llama_cpu_ms_per_piece"),
    "LlamaIndex's CPU time over ours, same pieces": _figure("cpu_over_llama_same_pieces", ".2f"),
    "ours over the bare encoder": _figure("over_bare", ".2f"),
}
_LOAD = {
    "searches": _figure("searches", ".0f"),
    "answers": _figure("answers", ".0f"),
    "errors": _figure("errors", ".0f"),
    "generations of the library meanwhile": _figure("generations", ".0f"),
    "search p50, ms": _figure("search_p50_ms", ".0f"),
    "search p95, ms": _figure("search_p95_ms", ".0f"),
    "search p99, ms": _figure("search_p99_ms", ".0f"),
    "answer p99, ms": _figure("answer_p99_ms", ".0f"),
    "server's memory at the start, MB": _figure("memory_start_mb", ".0f"),
    "its growth, first tenth of the time to the last": _figure("growth", "+.1%"),
}
_ENCODER = {
    "chunks a second": _figure("chunks_per_s"),
    "CPU ms a chunk": _figure("cpu_ms_per_chunk"),
    "mean cosine with the first": _figure("cosine", ".4f"),
}
_EVERYDAY = {
    "cold `advisor ask`, s": _figure("cold_ask_s", ".2f"),
    "importing sentence-transformers alone, s": _figure("import_sentence_transformers_s", ".2f"),
    "`/v1/ask` p50, nothing cached, ms": _figure("warm_ask_ms", ".0f"),
    "`/v1/ask` p50, question asked before, ms": _figure("repeated_ask_ms", ".0f"),
}

# what, the part, the size it is asked of, figure, bound, whether the figure is to be at most the bound
_LIMITS: tuple[tuple[str, str, int, str, float, bool], ...] = (
    ("indexing over LlamaIndex, same pieces", "indexing", 0, "over_llama_same_pieces", 1.5, False),
    ("indexing over LlamaIndex, text that is read", "indexing", 0, "over_llama_text_read", 1.5, False),
    ("indexing over LlamaIndex, documents that it reads in part", "indexing", 0, "over_llama_documents", 1.5, False),
    ("search over bare FAISS and bm25s, 100,000 chunks", "sizes", 100_000, "over_bare", 2.0, True),
    ("search p95 at 1,000,000 chunks, ms", "sizes", 1_000_000, "ours_p95_ms", 100.0, True),
    ("recall@10 at 1,000,000 chunks", "sizes", 1_000_000, "recall_at_10", 0.95, False),
    ("add a document to 100,000 chunks, s", "sizes", 100_000, "add_s", 1.0, True),
    ("cold `advisor ask`, s", "everyday", 0, "cold_ask_s", 2.5, True),
    ("errors under the load of 50 people", "load", 0, "errors", 0.0, True),
    ("search p99 under that load, ms", "load", 0, "search_p99_ms", 500.0, True),
    ("growth of the server's memory under it", "load", 0, "growth", 0.1, True),
)


def limits(found: Result) -> str:
    """What the project asks of itself, as far as it was measured."""
    lines = []
    for what, part, size, name, bound, most in _LIMITS:
        measured = found.get(part)
        row = next((one for one in measured or [] if one["chunks"] == size), None) if size else measured
        if row:
            held = row[name] <= bound if most else row[name] >= bound
            asked = f"at {'most' if most else 'least'} {bound:g}"
            lines.append([what, asked, f"{row[name]:.2f}", "yes" if held else "**no**"])
    return _table(["what", "asked", "measured", "held"], lines) if lines else ""


def tables(found: Result) -> dict[str, str]:
    """Markdown by part; only of the parts that were measured."""
    made = {
        "machine": ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in found["machine"].items()) + "\n"
    }
    if rows := found.get("sizes"):
        grown = found["growth"]
        head = ["chunks", *(f"{row['chunks']:,}" for row in rows), *(["growth"] if grown else [])]
        body = []
        for what, (show, grows) in _SIZES.items():
            slope = [f"{grown[grows]:.2f}" if grows else ""] if grown else []
            body.append([what, *map(show, rows), *slope])
        made["sizes"] = _table(head, body)
    if rows := found.get("clients"):
        head = ["clients", *(str(row["clients"]) for row in rows)]
        made["clients"] = _table(head, [[what, *map(show, rows)] for what, show in _CLIENTS.items()])
    if rows := found.get("precision"):
        head = ["set", "questions", "measure", "f32", "8 bits", "difference", "95 %"]
        made["precision"] = _table(head, [_precision(row) for row in rows])
    if rows := found.get("encoder"):
        body = [[row["form"], *(show(row) for show in _ENCODER.values())] for row in rows]
        made["encoder"] = _table(["encoder", *_ENCODER], body)
    for part, lines in {"indexing": _INDEXING, "load": _LOAD, "everyday": _EVERYDAY}.items():
        if part in found:
            made[part] = _table(["what", "measured"], [[what, show(found[part])] for what, show in lines.items()])
    if held := limits(found):
        made["limits"] = held
    return made


def _precision(row: dict[str, Any]) -> list[str]:
    values = [f"{row['f32']:.4f}", f"{row['eight_bits']:.4f}", f"{row['difference']:+.4f}"]
    return [row["set"], str(row["questions"]), row["measure"], *values, f"{row['low']:+.4f} to {row['high']:+.4f}"]


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(row)} |\n" for row in [head, rule, *body])


def growth_plots(found: Result) -> dict[str, str]:
    """SVG by name: latency, updates, and space over the number of chunks."""
    rows = found.get("sizes", [])
    if len(rows) < 2:
        return {}

    def line(name: str) -> list[tuple[float, float]]:
        return [(row["chunks"], row[name]) for row in rows]

    return {
        "search": plots.growth(
            "Milliseconds a search (p50) over chunks",
            {"advisor": line("ours_p50_ms"), "FAISS + bm25s": line("bare_p50_ms"), "advisor p95": line("ours_p95_ms")},
        ),
        "updates": plots.growth(
            "Seconds over chunks",
            {"add one document": line("add_s"), "open": line("open_s"), "build": line("build_s")},
        ),
        "space": plots.growth("Bytes over chunks", {"memory": line("memory_bytes"), "disk": line("disk_bytes")}),
    }


def as_text(found: Result) -> str:
    return "\n".join(f"## {part}\n\n{body}" for part, body in tables(found).items())


def as_html(found: Result) -> str:
    """One file that needs nothing from elsewhere."""
    body = "".join(f"<div>{svg}</div>" for svg in growth_plots(found).values())
    return f'<!doctype html><meta charset="utf-8"><title>Benchmarks</title>{body}<pre>{as_text(found)}</pre>\n'


def _with_limits_of_before(page: str, body: str) -> str:
    """The rows just measured, and of the page those of parts that were not."""
    before = page.partition("<!-- bench limits: begin -->")[2].partition("<!-- bench limits: end -->")[0]
    lines = {line.split(" | ")[0]: line + "\n" for line in [*before.splitlines(), *body.splitlines()] if line}
    known = [lines[f"| {what}"] for what, *_ in _LIMITS if f"| {what}" in lines]
    return "".join(body.splitlines(keepends=True)[:2] + known)


def write(found: Result, root: Path) -> list[str]:
    """The tables into docs/performance.md and the plots beside it; names of the files that changed."""
    texts = {PAGE: (root / PAGE).read_text(encoding="utf-8")}
    for part, body in tables(found).items():
        body = _with_limits_of_before(texts[PAGE], body) if part == "limits" else body
        texts[PAGE] = filled(texts[PAGE], f"bench {part}", body)
    texts |= {PLOTS / f"{name}.svg": svg + "\n" for name, svg in growth_plots(found).items()}
    changed = []
    for name, text in texts.items():
        path = root / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(str(name))
    return changed
