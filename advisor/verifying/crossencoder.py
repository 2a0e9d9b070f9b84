"""A line and its evidence read together by one network, which learnt from contrasts what changes the sense.

The packaged encoder, tuned in all its layers by `evals/verifier/tuning.py`; its word vectors were left as they are and
are read from the package. As a cross-encoder does (Nogueira and Cho 2019, arXiv:1901.04085), each word of the line
attends to each of the evidence, where `alignment` compares two readings that do not know of each other.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedding import PACKAGED, model_path, tokenizer_path

FITTED = Path(__file__).parent / "crossencoder.onnx"
PIECES = 160  # word pieces read of both; the longer one is cut
_WORDS = "embeddings.word_embeddings.weight"


def turned(line: str, evidence: str) -> float:
    """The logit of the probability that `line` says something else or more than `evidence`."""
    encoded = _tokenizer().encode(evidence, line)
    inputs = {"inputs_embeds": _words(encoded.ids)[None], "token_type_ids": np.array([encoded.type_ids])}
    return float(_session().run(["turned"], inputs)[0][0])


@cache
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(FITTED), options, providers=["CPUExecutionProvider"])


@cache
def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_path(PACKAGED)))
    tokenizer.no_padding()
    tokenizer.enable_truncation(PIECES, strategy="longest_first")
    return tokenizer


@cache
def _weights() -> Any:
    from safetensors import safe_open

    file: Any = safe_open(str(model_path(PACKAGED) / "model.safetensors"), framework="numpy")
    return file.get_slice(_WORDS)


def _words(pieces: list[int]) -> NDArray[np.float32]:
    """Shape (pieces, dimension); rows are read from the file as they are needed."""
    return np.concatenate([_weights()[piece : piece + 1] for piece in pieces])
