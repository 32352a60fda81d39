"""A suite of testdata/ops whose cases call ops by their own names, in one V1 graph with a signature for each case."""
import argparse
import os
import shutil

import numpy as np
import tensorflow as tf

import record

v1 = tf.compat.v1


class RawSuite:
    def __init__(self, producer=None):
        """`producer`: the version of the graph, where it is to be an old one."""
        self.cases = []
        self.producer = producer

    def op_case(self, name, *arrays, expect="ok", **tolerances):
        """A function from placeholders to {output: tensor}. The op's name is what stands before `__`."""
        def add(build):
            self.cases.append((name, [np.asarray(a) for a in arrays], build, dict(expect=expect, **tolerances)))
            return build
        return add

    def write(self, suite):
        shutil.rmtree(suite, ignore_errors=True)
        os.makedirs(suite)
        model, cases, signatures = os.path.join(suite, "model"), [], {}
        with tf.Graph().as_default(), v1.Session() as session:
            if self.producer is not None:
                old = v1.GraphDef()
                old.versions.producer = self.producer
                tf.graph_util.import_graph_def(old)
            for name, arrays, build, extra in self.cases:
                inputs = {f"x{i}": v1.placeholder(tf.string if a.dtype.kind == "S" else a.dtype, a.shape, f"{name}_x{i}") for i, a in enumerate(arrays)}
                with v1.name_scope(name):
                    outputs = {k: tf.identity(t) for k, t in build(*inputs.values()).items()}
                signatures[name] = v1.saved_model.predict_signature_def(inputs, outputs)
                values = {f"x{i}": a for i, a in enumerate(arrays)}
                cases.append(record.case(name, values, signature=name, op=name.split("__")[0], **extra))
            builder = v1.saved_model.Builder(model)
            builder.add_meta_graph_and_variables(session, ["serve"], signatures, strip_default_attrs=True)
            builder.save()
        record.record(model, cases, os.path.join(suite, "cases"))

    def main(self, doc, name):
        """The command line of a script that writes this suite."""
        here = os.path.dirname(os.path.abspath(__file__))
        p = argparse.ArgumentParser(description=doc.split("\n")[0])
        p.add_argument("--out", default=os.path.join(here, "..", "..", "testdata", "ops"))
        self.write(os.path.join(p.parse_args().out, name))
