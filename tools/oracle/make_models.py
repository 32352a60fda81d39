#!/usr/bin/env python3
"""Writes testdata/models: SavedModels as users have them, with inputs and TensorFlow's answers.

    make_models.py [--out testdata/models] [--only NAME,...] [--list]

NAME/               the SavedModel (two_versions/: a base folder)
NAME.json NAME.npz  cases and their arrays, as testdata/README.md says
NAME.show_all.txt   what `saved_model_cli show --all` prints

Each model is built in a process of its own with fixed seeds.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

HERE = os.path.dirname(os.path.abspath(__file__))


def builders():
    import models_functions
    import models_keras
    import models_v1
    found = {}
    for module in [models_functions, models_keras, models_v1]:
        found.update(module.MODELS)
    return found


def build(name, out):
    """In a process of its own, in an empty working folder: paths end up in models."""
    import numpy as np
    import tensorflow as tf
    from record import record
    tf.get_logger().setLevel("ERROR")
    tf.keras.utils.set_random_seed(20240611)
    tf.config.experimental.enable_op_determinism()
    cases = builders()[name](name)
    target = os.path.join(out, name)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(name, target)
    runnable = target
    versions = sorted((d for d in os.listdir(target) if d.isdigit()), key=int)
    if versions:
        runnable = os.path.join(target, versions[-1])
    record(runnable, cases, target)
    show = subprocess.run([sys.executable, "-m", "tensorflow.python.tools.saved_model_cli", "show", "--dir", runnable, "--all"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with open(target + ".show_all.txt", "wb") as f:
        f.write(show.stdout)
    print(f"{name}: {len(cases)} cases, {sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(target) for f in fs)} bytes", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--out", default=os.path.join(HERE, "..", "..", "testdata", "models"))
    p.add_argument("--only", help="names, separated by commas")
    p.add_argument("--list", action="store_true")
    p.add_argument("--build", help=argparse.SUPPRESS)
    args = p.parse_args()
    out = os.path.abspath(args.out)
    if args.build:
        return build(args.build, out)
    names = args.only.split(",") if args.only else sorted(builders())
    if args.list:
        print("\n".join(names))
        return 0
    os.makedirs(out, exist_ok=True)
    failed = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, os.path.abspath(__file__), "--out", out, "--build", name]
            done = subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}, stderr=subprocess.PIPE, text=True)
            if done.returncode:
                failed.append(name)
                print(f"{name}: failed\n{done.stderr[-3000:]}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
