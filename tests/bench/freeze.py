#!/usr/bin/env python3
"""Freezing, whole processes: `smcli convert --to frozen` against TensorFlow's own way, convert_variables_to_constants_v2.

  freeze.py SMCLI MODEL [--python PYTHON] [--runs N]

PYTHON is one that has tensorflow. Both run in turn; printed are medians of wall and processor time and the median of the ratios run
by run. The goal is 20 times faster for a ResNet50."""
import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

SCRIPT = """
import sys, tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
model = tf.saved_model.load(sys.argv[1])
frozen = convert_variables_to_constants_v2(model.signatures["serving_default"]).graph.as_graph_def()
open(sys.argv[2], "wb").write(frozen.SerializeToString())
"""


def measure(command):
    """(wall s, processor s) of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {done.returncode} {done.stderr[-2000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("smcli")
    a.add_argument("model")
    a.add_argument("--python", default=sys.executable)
    a.add_argument("--runs", type=int, default=5)
    a = a.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        mine = [a.smcli, "convert", a.model, "--to", "frozen", "-o", os.path.join(folder, "smcli.pb"), "--overwrite"]
        theirs = [a.python, "-c", SCRIPT, a.model, os.path.join(folder, "tensorflow.pb")]
        both = [(measure(mine), measure(theirs)) for _ in range(a.runs)]
    for label, i in (("wall", 0), ("processor", 1)):
        ours, peer = (statistics.median(run[side][i] for run in both) for side in (0, 1))
        ratio = statistics.median(run[1][i] / max(run[0][i], 1e-6) for run in both)
        print(f"{label:9}  smcli {ours:8.3f} s  TensorFlow {peer:8.3f} s  ratio {ratio:7.1f}")


main()
