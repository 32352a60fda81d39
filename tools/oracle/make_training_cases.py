#!/usr/bin/env python3
"""Writes testdata/ops/training: each optimizer op does one step, on variables by reference or by resource; outputs are the
variable and its slots after it. The arguments of an op come from its OpDef, so an op needs no code here.

    make_training_cases.py [--out testdata/ops]
"""
import argparse
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import op_def_registry

import record

v1 = tf.compat.v1
RULES = ("AdaMax Adadelta Adagrad AdagradDA AdagradV2 Adam AdamWithAmsgrad AddSign CenteredRMSProp Ftrl FtrlV2 GradientDescent KerasMomentum "
         "Momentum PowerSign ProximalAdagrad ProximalGradientDescent RMSProp").split()
PREFIXES = ("Apply", "ResourceApply", "ResourceSparseApply", "SparseApply")
RATES = {"lr": 0.1, "alpha": 0.3, "l1": 0.05, "l2": 0.02, "lr_power": -0.5, "l2_shrinkage": 0.01, "rho": 0.9, "momentum": 0.8, "epsilon": 1e-3,
         "beta1": 0.9, "beta2": 0.99, "beta": 0.9, "beta1_power": 0.81, "beta2_power": 0.98, "logbase": 1.0, "sign_decay": 0.7, "global_step": 3}
FLAGS = ("use_nesterov", "update_slots", "multiply_linear_by_lr")
VALUES = np.array([[0.5, -1.5], [2.0, 0.25], [-0.125, 1.0]])
GRADIENT = np.array([[0.2, -0.4], [-1.0, 0.0], [0.7, 0.01]])


def is_slot(arg):
    return arg.is_ref or arg.type == tf.resource.as_datatype_enum


def signature(name, op, dtype, indices, attrs, shape=None, rates=RATES):
    """Builds the op; returns its inputs, their values and its outputs."""
    op_def = op_def_registry.get(op)
    gradient = GRADIENT if indices is None else GRADIENT[: len(indices)]
    gradient = gradient.astype(dtype.as_numpy_dtype)
    g = v1.placeholder(dtype, shape, name + "_g")
    variables, args = [], {}
    for k, arg in enumerate(op_def.input_arg):
        if is_slot(arg):
            start = VALUES if k == 0 else np.abs(VALUES) + 0.25 * k
            v = v1.get_variable(f"{name}/{arg.name}", initializer=start.astype(dtype.as_numpy_dtype), use_resource=not arg.is_ref)
            variables.append(v)
            args[arg.name] = v._ref() if arg.is_ref else v.handle
        elif arg.name in ("grad", "delta"):
            args[arg.name] = g
        elif arg.name == "indices":
            args[arg.name] = tf.constant(indices, tf.int32)
        else:
            args[arg.name] = tf.constant(rates[arg.name], tf.int64 if arg.type else dtype)
    step = getattr(tf.raw_ops, op)(**args, **attrs)
    with tf.control_dependencies([step]):
        outputs = {v.op.name.split("/")[-1]: tf.identity(v.read_value()) for v in variables}
    return {"g": g}, {"g": gradient}, outputs


def wanted():
    """(name, op, dtype, indices, attributes, expectation)"""
    for rule in RULES:
        for op in (p + rule for p in PREFIXES):
            op_def = op_def_registry.get(op)
            if op_def is None:
                continue
            indices = [2, 0] if "Sparse" in op else None
            yield op, op, tf.float32, indices, {}, "ok"
            for attr in (a.name for a in op_def.attr if a.name in FLAGS):
                default = next(a.default_value.b for a in op_def.attr if a.name == attr)
                yield f"{op}__{attr}", op, tf.float64, indices, {attr: not default}, "ok"
    yield "ResourceApplyAdam__f16", "ResourceApplyAdam", tf.float16, None, {}, "ok"
    yield "ResourceApplyAdagradV2__bf16", "ResourceApplyAdagradV2", tf.bfloat16, None, {}, "ok"
    yield "ResourceSparseApplyAdagrad__repeats", "ResourceSparseApplyAdagrad", tf.float32, [1, 1], {}, "ok"
    yield "ResourceSparseApplyMomentum__outside", "ResourceSparseApplyMomentum", tf.float32, [1, 3], {}, "error"
    yield "SparseApplyFtrl__outside", "SparseApplyFtrl", tf.float32, [-1, 0], {}, "error"
    yield "ResourceSparseApplyAdadelta__count", "ResourceSparseApplyAdadelta", tf.float32, [0, 1, 2], {}, "error"


def build(folder):
    """Saves the model; returns the cases."""
    cases, signatures = [], {}
    with tf.Graph().as_default(), v1.Session() as session:
        for name, op, dtype, indices, attrs, expect in wanted():
            inputs, values, outputs = signature(name, op, dtype, indices, attrs)
            if name.endswith("__count"):
                values = {"g": values["g"][:2]}
            signatures[name] = v1.saved_model.predict_signature_def(inputs, outputs)
            # TensorFlow rounds to 16 bits after each operation, and so may end one step away.
            step = {tf.float16: {"rtol": 2**-10}, tf.bfloat16: {"rtol": 2**-7}}.get(dtype, {})
            cases.append(record.case(name, values, signature=name, op=op, expect=expect, **step))
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(folder)
        builder.add_meta_graph_and_variables(session, ["serve"], signatures, strip_default_attrs=True)
        builder.save()
    return cases


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--out", default=os.path.join(here, "..", "..", "testdata", "ops"))
    suite = os.path.join(p.parse_args().out, "training")
    shutil.rmtree(suite, ignore_errors=True)
    os.makedirs(suite)
    model = os.path.join(suite, "model")
    record.record(model, build(model), os.path.join(suite, "cases"))


if __name__ == "__main__":
    main()
