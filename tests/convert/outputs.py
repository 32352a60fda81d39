#!/usr/bin/env python3
"""What `smcli convert` leaves on the disk when things go wrong: full disks, kills, crashing workers, interrupted batches.

  outputs.py SMCLI
"""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SMCLI = os.path.abspath(sys.argv.pop(1))
MODELS = os.path.abspath("testdata/models")
FILE_TARGETS = ["npz", "safetensors", "checkpoint", "pbtxt", "json", "dot", "cpb", "frozen"]


def convert(*words, **more):
    return subprocess.run([SMCLI, "convert", *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, **more)


class Outputs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def test_a_file_that_may_not_grow_is_an_error_and_leaves_nothing(self):
        for target in FILE_TARGETS + ["savedmodel"]:
            for limit in (0, 100, 4096):
                with self.subTest(target=target, limit=limit):
                    out = self.path("small")
                    os.makedirs(out, exist_ok=True)
                    p = convert(os.path.join(MODELS, "cnn"), "--to", target, "-o", os.path.join(out, "x"),
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
                    if p.returncode == 0:
                        self.assertGreater(limit, 100)
                        subprocess.run(["rm", "-r", out], check=True)
                        continue
                    self.assertEqual(p.returncode, 5, p.stderr)
                    self.assertIn(b"File too large", p.stderr)
                    self.assertEqual(os.listdir(out), [])

    def test_a_conversion_that_is_killed_leaves_no_half_written_output(self):
        for target in ("npz", "savedmodel", "checkpoint"):
            for delay in (0.0, 0.002, 0.005, 0.01, 0.02, 0.04):
                with self.subTest(target=target, delay=delay):
                    with tempfile.TemporaryDirectory() as out:
                        p = subprocess.Popen([SMCLI, "convert", os.path.join(MODELS, "cnn"), "--to", target, "-o", os.path.join(out, "x")],
                                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                        time.sleep(delay)
                        p.send_signal(signal.SIGKILL)
                        p.wait()
                        if os.path.exists(os.path.join(out, "x")):  # it was quicker: then it is whole
                            self.assertEqual(subprocess.run([SMCLI, "show", os.path.join(out, "x")], capture_output=True).returncode if target == "savedmodel" else 0, 0)
                        again = convert(os.path.join(MODELS, "cnn"), "--to", target, "-o", os.path.join(out, "x"), "--overwrite")
                        self.assertEqual(again.returncode, 0, again.stderr)
                        hidden = [f for f in os.listdir(out) if f.startswith(".")]
                        self.assertEqual(hidden, [])

    def test_a_model_that_cannot_be_read_fails_alone(self):
        """The second model's file is a pipe that nobody writes into."""
        models = [os.path.join(MODELS, "half_plus_two"), self.path("hangs"), os.path.join(MODELS, "warmup")]
        os.mkdir(models[1])
        os.mkfifo(os.path.join(models[1], "saved_model.pb"))
        listing = self.path("list")
        with open(listing, "w") as f:
            f.write("".join(m + "\n" for m in models))
        p = convert("--batch", listing, "--to", "npz", "--outdir", self.path("out"), "--keep-going", "--report", self.path("report.json"))
        self.assertEqual(p.returncode, 1, p.stderr)
        with open(self.path("report.json")) as f:
            report = json.load(f)
        self.assertEqual(report["schema"], "smcli.convert/1")
        self.assertEqual([r["ok"] for r in report["results"]], [True, False, True])
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["half_plus_two.npz", "warmup.npz"])

    def test_a_batch_that_is_killed_goes_on_where_it_was(self):
        names = sorted(n for n in os.listdir(MODELS) if os.path.isdir(os.path.join(MODELS, n)))
        listing, out = self.path("list"), self.path("out")
        with open(listing, "w") as f:
            f.write("# all of them\n\n" + "".join(os.path.join(MODELS, n) + "\n" for n in names))
        words = [SMCLI, "convert", "--batch", listing, "--to", "savedmodel", "--outdir", out, "--jobs", "2", "--keep-going", "--skip-existing"]
        p = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.time() + 30
        while time.time() < deadline and not (os.path.isdir(out) and len([f for f in os.listdir(out) if f[0] != "."]) >= 3):
            time.sleep(0.005)
        p.send_signal(signal.SIGKILL)
        p.wait()
        time.sleep(0.3)  # its workers end with it
        done = {f: os.stat(os.path.join(out, f)).st_mtime_ns for f in os.listdir(out) if f[0] != "."}
        again = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
        self.assertIn(again.returncode, (0, 1), again.stderr)
        for name, stamp in done.items():
            self.assertEqual(os.stat(os.path.join(out, name)).st_mtime_ns, stamp)
        self.assertEqual([f for f in os.listdir(out) if f[0] == "."], [])
        self.assertGreater(len(os.listdir(out)), len(done))


if __name__ == "__main__":
    unittest.main()
