#!/usr/bin/env python3
"""Writes testdata/ops/raw_csr: CSR sparse matrices.

    make_csr_cases.py [--out testdata/ops]
"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf
from tensorflow.python.ops.linalg.sparse import gen_sparse_csr_matrix_ops as csr

from raw_suite import RawSuite

SUITE = RawSuite()
op_case = SUITE.op_case


def matrix(*shape, seed=5, dtype=np.float32):
    r = np.random.default_rng(seed)
    dense = r.standard_normal(shape) * (r.random(shape) < 0.4)
    return (dense + 1j * np.roll(dense, 1, -1) * (dense != 0) if np.issubdtype(dtype, np.complexfloating) else dense).astype(dtype)


def compressed(dense):
    where = tf.where(tf.not_equal(dense, 0))
    return csr.sparse_tensor_to_csr_sparse_matrix(indices=where, values=tf.gather_nd(dense, where), dense_shape=tf.shape(dense, out_type=tf.int64))


def parts(sparse, dtype, index=0):
    return dict(zip(["row_ptrs", "col_inds", "values"], csr.csr_sparse_matrix_components(sparse, index, type=dtype)))


for suffix, dense in [("", matrix(4, 5)), ("__batch", matrix(3, 4, 5)), ("__complex", matrix(4, 3, dtype=np.complex64)), ("__none", np.zeros([2, 3], np.float64))]:
    op_case(f"CSRSparseMatrixToDense{suffix}", dense)(lambda x: {"y": csr.csr_sparse_matrix_to_dense(compressed(x), type=x.dtype)})
    op_case(f"CSRSparseMatrixToSparseTensor{suffix}", dense)(
        lambda x: dict(zip(["indices", "values", "shape"], csr.csr_sparse_matrix_to_sparse_tensor(compressed(x), type=x.dtype))))
    op_case(f"SparseMatrixNNZ{suffix}", dense)(lambda x: {"y": csr.sparse_matrix_nnz(compressed(x))})
    for conjugate in [False, True]:
        op_case(f"SparseMatrixTranspose{suffix or '__plain'}{'_conjugate' if conjugate else ''}", dense)(
            lambda x, conjugate=conjugate: {"y": csr.csr_sparse_matrix_to_dense(csr.sparse_matrix_transpose(compressed(x), conjugate=conjugate, type=x.dtype), type=x.dtype)})
op_case("CSRSparseMatrixComponents", matrix(3, 4, 5))(lambda x: parts(compressed(x), x.dtype, 2))
op_case("CSRSparseMatrixComponents__beyond", matrix(3, 4, 5), expect="error")(lambda x: parts(compressed(x), x.dtype, 3))
op_case("DenseToCSRSparseMatrix", matrix(4, 5))(lambda x: parts(csr.dense_to_csr_sparse_matrix(x, tf.where(x > 0)), x.dtype))
op_case("SparseTensorToCSRSparseMatrix__outside", matrix(4, 5), expect="error")(
    lambda x: {"y": csr.sparse_matrix_nnz(csr.sparse_tensor_to_csr_sparse_matrix(indices=[[0, 1], [4, 0]], values=x[0, :2], dense_shape=[4, 5]))})
for dtype in [np.float32, np.complex64]:
    kind = "" if dtype == np.float32 else "_complex"
    for a_way in ["", "transpose", "adjoint"]:
        for b_way in ["", "transpose", "adjoint"]:
            ways = {f"{way}_{side}": True for way, side in [(a_way, "a"), (b_way, "b")] if way}
            name = f"{a_way or 'plain'}_{b_way or 'plain'}{kind}"
            a, b = matrix(*((5, 4) if a_way else (4, 5)), dtype=dtype), matrix(*((3, 5) if b_way else (5, 3)), seed=7, dtype=dtype)
            op_case(f"SparseMatrixMatMul__{name}", a, b)(lambda x, y, ways=ways: {"y": csr.sparse_matrix_mat_mul(compressed(x), y, **ways)})
            op_case(f"SparseMatrixSparseMatMul__{name}", a, b)(
                lambda x, y, ways=ways: {"y": csr.csr_sparse_matrix_to_dense(csr.sparse_matrix_sparse_mat_mul(compressed(x), compressed(y), type=x.dtype, **ways), type=x.dtype)})
op_case("SparseMatrixMatMul__batch", matrix(2, 4, 5), matrix(2, 5, 3, seed=7))(lambda x, y: {"y": csr.sparse_matrix_mat_mul(compressed(x), y)})
op_case("SparseMatrixMatMul__batch_out", matrix(2, 4, 5, dtype=np.complex64), matrix(2, 5, 3, seed=7, dtype=np.complex64))(
    lambda x, y: {"y": csr.sparse_matrix_mat_mul(compressed(x), y, transpose_output=True, conjugate_output=True)})
op_case("SparseMatrixSparseMatMul__batch", matrix(2, 4, 5), matrix(2, 5, 3, seed=7))(
    lambda x, y: parts(csr.sparse_matrix_sparse_mat_mul(compressed(x), compressed(y), type=x.dtype), x.dtype, 1))

if __name__ == "__main__":
    SUITE.main(__doc__, "raw_csr")
