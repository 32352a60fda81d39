#!/usr/bin/env python3
"""Runs the recipes of docs/guide/batch.md that need programs which are not everywhere: GNU parallel, and PySpark with Java.
What is missing is skipped, and that is said.

  recipes.py SMCLI
"""
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SMCLI = os.path.abspath(sys.argv.pop(1))
MODELS = os.path.abspath("testdata/models")
with open("docs/guide/batch.md", encoding="utf-8") as guide:
    GUIDE = guide.read()
NAMES = ["cnn", "half_plus_two", "keras_dense", "vocab_lookup", "warmup"]


def block(language):
    return re.search(rf"^```{language}\n(.*?)^```$", GUIDE, re.M | re.S).group(1)


class Recipes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.makedirs(os.path.join(self.folder, "models"))
        os.makedirs(os.path.join(self.folder, "out"))
        for name in NAMES:
            shutil.copytree(os.path.join(MODELS, name), os.path.join(self.folder, "models", name))
        shutil.copy(SMCLI, os.path.join(self.folder, "smcli"))
        self.env = dict(os.environ, PATH=self.folder + ":" + os.environ["PATH"], HOME=self.folder)

    def check_outputs(self):
        self.assertEqual(sorted(os.listdir(os.path.join(self.folder, "out"))), [n + ".npz" for n in NAMES])

    @unittest.skipUnless(shutil.which("parallel"), "GNU parallel is not installed")
    def test_parallel(self):
        p = subprocess.run(["sh", "-c", block("sh")], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        self.assertEqual(p.returncode, 0, p.stderr)
        self.check_outputs()

    @unittest.skipUnless(importlib.util.find_spec("pyspark") and shutil.which("java"), "pyspark and Java are not installed")
    def test_pyspark(self):
        models = [os.path.join(self.folder, "models", n) for n in NAMES]
        program = f"MODELS = {models!r}\nOUT = {os.path.join(self.folder, 'out')!r}\n" + block("python") + (
            "assert len(results) == len(MODELS) and not failed, results\nspark.stop()\n")
        p = subprocess.run([sys.executable, "-c", program], cwd=self.folder, env=dict(self.env, PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1"),
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
        self.assertEqual(p.returncode, 0, p.stderr[-2000:])
        self.check_outputs()


if __name__ == "__main__":
    unittest.main(verbosity=2)
