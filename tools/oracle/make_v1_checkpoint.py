#!/usr/bin/env python3
"""Writes testdata/checkpoints/v1_format: the same variables as a V1 checkpoint (v1.ckpt) and as a tensor bundle (v2.ckpt),
plain and partitioned ones, of the dtypes that TensorFlow's V1 saver takes."""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../testdata/checkpoints/v1_format")

VALUES = {
    "scalar": np.float32(2.5),
    "weights": np.arange(12, dtype=np.float32).reshape(3, 4) / 8,
    "ints": np.array([-1, 0, 2**40], np.int64),
    "int8": np.array([-128, 127, 0], np.int8),
    "flags": np.array([True, False, True]),
    "names": np.array([b"a", b"", b"long name"]),
    "half": np.array([1.5, -2], np.float16),
    "complex": np.array([1 + 2j], np.complex64),
    "uint16": np.array([65535, 1], np.uint16),
    "double": np.array([0.1, -0.1]),
    "empty": np.zeros((0, 3), np.float32),
}


def main():
    os.makedirs(FOLDER, exist_ok=True)
    with v1.Graph().as_default(), v1.Session() as session:
        variables = [v1.get_variable(name, initializer=tf.constant(value), use_resource=False) for name, value in VALUES.items()]
        for name, shape, axis, pieces, seed in ("parted", [10, 3], 0, 3, 3), ("columns", [4, 6], 1, 2, 4):
            variables.append(v1.get_variable(name, shape=shape, initializer=v1.random_uniform_initializer(seed=seed),
                                             partitioner=v1.fixed_size_partitioner(pieces, axis=axis), use_resource=False))
        session.run(v1.global_variables_initializer())
        for name, version in ("v1.ckpt", v1.train.SaverDef.V1), ("v2.ckpt", v1.train.SaverDef.V2):
            saver = v1.train.Saver(variables, write_version=version)
            saver.save(session, os.path.join(FOLDER, name), write_meta_graph=False, write_state=False)


if __name__ == "__main__":
    main()
