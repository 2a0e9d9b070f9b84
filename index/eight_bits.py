"""The exported encoder with weights of 8 bits, for what an index keeps: less to compute, nearly the same vectors.

Weights are rounded once and the rows that they multiply when it runs, both in blocks of BLOCK with a scale each
(onnxruntime's MatMulNBits). One scale for a whole matrix of activations, as in `quantize_dynamic`, is faster still; it
cost 0.018 of nDCG@10 on the public set, and made the vector of a text depend on those in its batch.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE = "chunks.onnx"  # beside encoder.onnx
BLOCK = 128  # a smaller one is a little nearer and slower: cosine with f32 .9997 at 32, .9992 at 128
_DOMAIN = "com.microsoft"
_COMPUTE_INT8 = 4  # MatMulNBits: its attribute accuracy_level


def write(source: Path, target: Path) -> None:
    """A copy of an exported network with the weights of its matrix products in 8 bits."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(source)
    graph = model.graph
    weights = {one.name: one for one in graph.initializer}
    products = [node for node in graph.node if node.op_type == "MatMul" and node.input[1] in weights]
    rounded = {name: numpy_helper.to_array(weights[name]) for name in {node.input[1] for node in products}}
    for node in products:
        _replace(node, *rounded[node.input[1]].shape)
    kept = [one for one in graph.initializer if one.name not in rounded]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    for name, weight in rounded.items():
        values, scales = _round(weight)
        graph.initializer.append(numpy_helper.from_array(values, f"{name}_values"))
        graph.initializer.append(numpy_helper.from_array(scales, f"{name}_scales"))
    model.opset_import.append(onnx.helper.make_opsetid(_DOMAIN, 1))
    onnx.save(model, target)


def _replace(node: Any, rows: int, columns: int) -> None:
    from onnx import helper

    said: dict[str, Any] = {"K": rows, "N": columns, "bits": 8, "block_size": BLOCK, "accuracy_level": _COMPUTE_INT8}
    given = [node.input[0], f"{node.input[1]}_values", f"{node.input[1]}_scales"]
    node.CopyFrom(helper.make_node("MatMulNBits", given, list(node.output), node.name, domain=_DOMAIN, **said))


def _round(weight: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """(values around 128, shape (columns, blocks, BLOCK), a scale for each block) of a matrix (rows, columns)."""
    rows, columns = weight.shape
    blocks = -(-rows // BLOCK)
    padded = np.zeros((columns, blocks * BLOCK), dtype=np.float32)
    padded[:, :rows] = weight.T
    padded = padded.reshape(columns, blocks, BLOCK)
    scales = np.maximum(np.abs(padded).max(axis=2) / 127, np.finfo(np.float32).tiny)
    values = (np.rint(padded / scales[:, :, None]) + 128).astype(np.uint8)
    return values, scales.reshape(-1).astype(np.float32)


def remove(folder: Path) -> None:
    """Let the exported encoder of a folder read chunks itself."""
    about = json.loads((folder / "model.json").read_text())
    del about["sha256"][FILE]
    (folder / "model.json").write_text(json.dumps(about | {"chunks": "encoder.onnx"}, indent=2))
    (folder / FILE).unlink()
