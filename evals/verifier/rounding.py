"""An exported network whose matrix products are of 8 bits: weights are rounded once, what they multiply row by row.

A row, which is a word, has a scale of its own, so that one word with large values does not coarsen the rest; one scale
for all, as in `quantize_dynamic`, takes as long and strays four times as far. Weights keep to 7 bits, since processors
without VNNI add two products in 16 bits. Blocks with a scale each, as in `index.eight_bits`, are nearer and take a
quarter longer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 63  # of a weight
SHRUNK = np.linspace(0.7, 1.0, 13, dtype=np.float32)  # shares of the largest weight of a column, tried as its limit
_AROUND, _REACH = 128, 127  # values of a row, unsigned


def write(source: Path, target: Path) -> None:
    """A copy of an exported network with the products of its weights in 8 bits."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(source)
    graph = model.graph
    weights = {one.name: one for one in graph.initializer}
    nodes, rounded, kept = [], set(), {"around": np.array(_AROUND, np.uint8), "reach": np.array(_REACH, np.float32)}
    kept |= {"shift": np.array(_AROUND + 0.5, np.float32), "least": np.array(1e-9, np.float32)}
    rows: set[str] = set()
    for node in graph.node:
        if node.op_type != "MatMul" or node.input[1] not in weights:
            nodes.append(node)
            continue
        given, weight = node.input
        if given not in rows:
            nodes += _rows(given)
            rows.add(given)
        kept[f"{weight}_values"], kept[f"{weight}_scales"] = nearest(numpy_helper.to_array(weights[weight]))
        nodes += _product(given, weight, node.output[0])
        rounded.add(weight)
    others = [one for one in graph.initializer if one.name not in rounded]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(others + [numpy_helper.from_array(value, name) for name, value in kept.items()])
    graph.node.extend(nodes)
    onnx.save(model, target)


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
        node("Abs", [name], [f"{name}_sizes"]),
        node("ReduceMax", [f"{name}_sizes"], [f"{name}_most"], axes=[-1], keepdims=1),
        node("Max", [f"{name}_most", "least"], [f"{name}_limit"]),
        node("Div", ["reach", f"{name}_limit"], [f"{name}_factor"]),
        node("Mul", [name, f"{name}_factor"], [f"{name}_scaled"]),
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
