"""An exported network whose matrix products are of 8 bits: weights are rounded once, what they multiply row by row.

A row, which is a word, has a scale of its own, so that one word with large values does not coarsen the rest; one scale
for all, as in `quantize_dynamic`, takes as long and strays four times as far. Weights keep to 7 bits, since processors
without VNNI add two products in 16 bits. Places of a row that tend to be large lend their size to the weights that they
meet (SmoothQuant, Xiao et al. 2023, arXiv:2211.10438). Blocks with a scale each, as in `index.eight_bits`, are a little
nearer and take a quarter longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 63  # of a weight
SHRUNK = np.linspace(0.7, 1.0, 13, dtype=np.float32)  # shares of the largest weight of a column, tried as its limit
_AROUND, _REACH = 128, 127  # values of a row, unsigned
_LEAST = np.float32(1e-5)  # of a value that is divided by
Inputs = Mapping[str, NDArray[np.int64]] | Mapping[str, NDArray[np.float32]]


def write(source: Path, target: Path, samples: Sequence[Inputs]) -> None:
    """A copy of an exported network with the products of its weights in 8 bits; `samples` are what it usually reads."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(source)
    graph = model.graph
    weights = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    met: dict[str, list[str]] = {}  # the weights that rows of a name are multiplied by
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            met.setdefault(node.input[0], []).append(node.input[1])
    lent = {
        rows: _lent(most, np.max([np.abs(weights[one]).max(axis=1) for one in met[rows]], axis=0))
        for rows, most in _largest(model, list(met), samples).items()
    }
    kept: dict[str, Any] = {"around": np.uint8(_AROUND), "reach": np.float32(_REACH)}
    kept |= {"shift": np.float32(_AROUND + 0.5), "least": np.float32(1e-9)}
    nodes, written = [], set()
    for node in graph.node:
        if node.op_type != "MatMul" or node.input[1] not in weights:
            nodes.append(node)
            continue
        rows, weight = node.input
        if rows not in written:
            kept[f"{rows}_lent"] = 1 / lent[rows]
            nodes += _rows(rows)
            written.add(rows)
        kept[f"{weight}_values"], kept[f"{weight}_scales"] = nearest(weights[weight] * lent[rows][:, None])
        nodes += _product(rows, weight, node.output[0])
    rounded = {one for several in met.values() for one in several}
    others = [one for one in graph.initializer if one.name not in rounded]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(others + [numpy_helper.from_array(np.asarray(one), name) for name, one in kept.items()])
    graph.node.extend(nodes)
    onnx.save(model, target)


def _largest(model: Any, names: Sequence[str], samples: Sequence[Inputs]) -> dict[str, NDArray[np.float32]]:
    """The largest value in each place of the rows of a name, over all samples."""
    import onnxruntime
    from onnx import ModelProto, TensorProto, helper

    watched = ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    seen = [session.run(list(names), one) for one in samples]
    return {
        name: np.max([np.abs(rows[i]).reshape(-1, rows[i].shape[-1]).max(axis=0) for rows in seen], axis=0)
        for i, name in enumerate(names)
    }


def _lent(most: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a place of a row is divided by, and its weights are multiplied by."""
    found: NDArray[np.float32] = np.sqrt(np.maximum(most, _LEAST) / np.maximum(weight, _LEAST))
    return found


def nearest(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Values and the scales (columns) with which a matrix (rows, columns) is met best."""
    largest = np.maximum(np.abs(weight).max(axis=0), np.finfo(np.float32).tiny)
    best, lost = largest / LARGEST, np.full(weight.shape[1], np.inf)
    for share in SHRUNK:
        scales = largest * share / LARGEST
        error = ((_rounded(weight, scales) * scales - weight) ** 2).sum(axis=0)
        best, lost = np.where(error < lost, scales, best), np.minimum(error, lost)
    return _rounded(weight, best).astype(np.int8), best.astype(np.float32)


def _rounded(weight: NDArray[np.float32], scales: NDArray[np.float32]) -> NDArray[np.float32]:
    values: NDArray[np.float32] = np.rint(weight / scales).clip(-LARGEST, LARGEST)
    return values


def _rows(name: str) -> list[Any]:
    from onnx import TensorProto, helper

    node = helper.make_node
    return [
        node("Mul", [name, f"{name}_lent"], [f"{name}_even"]),
        node("Abs", [f"{name}_even"], [f"{name}_sizes"]),
        node("ReduceMax", [f"{name}_sizes"], [f"{name}_most"], axes=[-1], keepdims=1),
        node("Max", [f"{name}_most", "least"], [f"{name}_limit"]),
        node("Div", ["reach", f"{name}_limit"], [f"{name}_factor"]),
        node("Mul", [f"{name}_even", f"{name}_factor"], [f"{name}_scaled"]),
        node("Add", [f"{name}_scaled", "shift"], [f"{name}_shifted"]),
        node("Cast", [f"{name}_shifted"], [f"{name}_values"], to=TensorProto.UINT8),
        node("Div", [f"{name}_limit", "reach"], [f"{name}_scale"]),
    ]


def _product(given: str, weight: str, result: str) -> list[Any]:
    from onnx import TensorProto, helper

    node = helper.make_node
    return [
        node("MatMulInteger", [f"{given}_values", f"{weight}_values", "around"], [f"{result}_whole"]),
        node("Cast", [f"{result}_whole"], [f"{result}_float"], to=TensorProto.FLOAT),
        node("Mul", [f"{result}_float", f"{given}_scale"], [f"{result}_by_row"]),
        node("Mul", [f"{result}_by_row", f"{weight}_scales"], [result]),
    ]
