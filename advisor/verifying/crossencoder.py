"""A line and its evidence read together by one network, which learnt from contrasts what changes the sense.

The lower layers of all-mpnet-base-v2 (Song et al. 2020, arXiv:2004.09297; Apache-2.0), tuned by
`evals/verifier/tuning.py`, with weights of 8 bits. As a cross-encoder does (Nogueira and Cho 2019, arXiv:1901.04085),
each word of the line attends to each of the evidence, where `alignment` compares two readings that do not know of each
other.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import PACKAGED, tokenizer_path

FITTED = Path(__file__).parent / "crossencoder.onnx"
PIECES = 160  # word pieces read of both; the longer one is cut
START, END = 0, 2
_SHIFT = 4  # MPNet numbers the word pieces of BERT, which the packaged encoder's tokenizer gives, from 4


def turned(line: str, evidence: str) -> float:
    """The logit of the probability that `line` says something else or more than `evidence`."""
    pieces, of_line = read_together(line, evidence)
    inputs = {"pieces": np.array([pieces]), "of_line": np.array([of_line])}
    return float(_session().run(["turned"], inputs)[0][0])


def read_together(line: str, evidence: str) -> tuple[list[int], list[int]]:
    """The word pieces of both, as MPNet numbers them, and 1 for each that is of the line."""
    theirs, ours = _tokens(evidence), _tokens(line)
    room = PIECES - 4
    if len(theirs) + len(ours) > room:
        shorter = min(len(theirs), len(ours), room // 2)
        if len(ours) <= len(theirs):
            theirs, ours = theirs[: room - shorter], ours[:shorter]
        else:
            theirs, ours = theirs[:shorter], ours[: room - shorter]
    pieces = [START, *theirs, END, END, *ours, END]
    return pieces, [0] * (len(theirs) + 3) + [1] * (len(ours) + 1)


def _tokens(text: str) -> list[int]:
    return [piece + _SHIFT for piece in _tokenizer().encode(text, add_special_tokens=False).ids]


@cache
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = min(4, os.cpu_count() or 1)
    # Else its threads spin after a line is read, and take a core from the encoder that reads the next one.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return onnxruntime.InferenceSession(str(FITTED), options, providers=["CPUExecutionProvider"])


@cache
def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_path(PACKAGED)))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
