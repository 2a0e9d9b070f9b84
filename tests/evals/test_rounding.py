"""Products of 8 bits: near the exact ones, each row for itself, on any processor."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from evals.verifier.rounding import LARGEST, nearest, write

ROWS, WIDTH, COLUMNS = 7, 96, 40
CHANCE = np.random.default_rng(0)
WEIGHT = CHANCE.normal(size=(WIDTH, COLUMNS)).astype(np.float32) * CHANCE.lognormal(size=COLUMNS).astype(np.float32)


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    """A function of rows (rows, WIDTH): their products with WEIGHT, by the network that was written."""
    folder = tmp_path_factory.mktemp("product")
    of = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "rows", size])
        for name, size in (("x", WIDTH), ("y", COLUMNS))
    ]
    node = helper.make_node("MatMul", ["x", "weight"], ["y"])
    graph = helper.make_graph([node], "product", of[:1], of[1:], [numpy_helper.from_array(WEIGHT, "weight")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, folder / "exact.onnx")
    sample = {"x": CHANCE.normal(size=(1, ROWS, WIDTH)).astype(np.float32)}
    write(folder / "exact.onnx", folder / "rounded.onnx", [sample])
    session = onnxruntime.InferenceSession(str(folder / "rounded.onnx"), providers=["CPUExecutionProvider"])
    return lambda rows: session.run(["y"], {"x": rows[None]})[0][0]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-3, 1e3))
def test_products_are_near_the_exact_ones_whatever_the_size_of_a_row(product, seed, size):
    rows = np.random.default_rng(seed).normal(size=(ROWS, WIDTH)).astype(np.float32) * np.float32(size)
    exact = rows @ WEIGHT
    usual = np.linalg.norm(rows, axis=1) * np.linalg.norm(WEIGHT) / np.sqrt(WIDTH)  # a product may be small by chance
    assert (np.linalg.norm(product(rows) - exact, axis=1) < 0.05 * usual).all()


def test_a_row_does_not_depend_on_those_beside_it(product):
    rows = CHANCE.normal(size=(ROWS, WIDTH)).astype(np.float32)
    alone = np.concatenate([product(row[None]) for row in rows])
    rows[0] *= 1000
    assert np.array_equal(product(rows)[1:], alone[1:])


def test_a_row_of_nothing_gives_nothing(product):
    assert not product(np.zeros((1, WIDTH), np.float32)).any()


def test_two_products_fit_sixteen_bits_and_no_column_is_further_than_by_its_largest():
    values, scales = nearest(WEIGHT)
    assert np.abs(values.astype(int)).max() <= LARGEST and 2 * 255 * LARGEST < 2**15
    largest = np.abs(WEIGHT).max(axis=0) / LARGEST
    plain = ((np.rint(WEIGHT / largest) * largest - WEIGHT) ** 2).sum(axis=0)
    assert (((values * scales - WEIGHT) ** 2).sum(axis=0) <= plain + 1e-6).all()
