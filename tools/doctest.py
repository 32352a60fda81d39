#!/usr/bin/env python3
"""Runs transcripts: tests/cli/*.test, and the ```console blocks of Markdown files.

  doctest.py --smcli PATH [--update] FILE...

A transcript is a list of commands with what they print, stdout first, then stderr:

    $ smcli show testdata/models/half_plus_two
    ...
    exit 3

`$ ` begins a command for /bin/sh; `exit N` closes its output when the status is not 0; a line `...` stands for any lines. In
a .test file lines that begin with # before the first command of a block are comments. Each file has an empty folder of its
own to run in, with `testdata` in it; `tools/smcli` means the program under test. --update writes down what came out."""
import argparse
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FENCE = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)


class Runner:
    def __init__(self, smcli, folder):
        os.symlink(os.path.join(ROOT, "testdata"), os.path.join(folder, "testdata"))
        bin_folder = os.path.join(folder, ".bin")
        os.mkdir(bin_folder)
        for name in ("smcli", "saved_model_cli"):
            os.symlink(os.path.abspath(smcli), os.path.join(bin_folder, name))
        self.folder = folder
        self.env = {"PATH": bin_folder + ":" + os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "HOME": folder, "TMPDIR": folder}

    def output_of(self, command):
        """The lines that a command prints, and its exit status in words."""
        command = re.sub(r"(^|\s)tools/smcli\b", r"\1smcli", command)
        p = subprocess.run(["/bin/sh", "-c", command], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        text = (p.stdout + p.stderr).decode("utf-8", "backslashreplace")
        lines = text.split("\n")
        while lines and not lines[-1]:
            lines.pop()
        return lines + ([f"exit {p.returncode}"] if p.returncode else [])


def matches(want, got):
    """Lines against lines, where `...` stands for any number of them."""
    pattern = "".join(r"(?:.*\n)*?" if w == "..." else re.escape(w) + "\n" for w in want)
    return re.fullmatch(pattern, "".join(g + "\n" for g in got)) is not None


def split(block):
    """What stands before the first command, and [command line, lines up to the next] of each."""
    head, steps = [], []
    for line in block.split("\n"):
        if line.startswith("$ "):
            steps.append([line, []])
        elif steps:
            steps[-1][1].append(line)
        else:
            head.append(line)
    return head, steps


class Document:
    def __init__(self, path, runner):
        self.path, self.runner, self.commands, self.failures = path, runner, 0, []

    def replayed(self, block):
        """The block with the output that its commands have now."""
        head, steps = split(block)
        lines = head
        for command, output in steps:
            after = []  # blank lines and comments between this command and the next
            while output and (not output[-1] or output[-1].startswith("# ")):
                after.insert(0, output.pop())
            got = self.runner.output_of(command[2:])
            self.commands += 1
            if not matches(output, got):
                self.failures.append((command, output, got))
                output = got
            lines += [command] + output + after
        return "\n".join(lines)

    def run(self, update):
        with open(self.path, encoding="utf-8") as f:
            text = f.read()
        if self.path.endswith(".md"):
            new = FENCE.sub(lambda m: "```console\n" + self.replayed(m.group(1)) + "```", text)
        else:
            new = self.replayed(text)
        if update and new != text:
            with open(self.path, "w", encoding="utf-8") as f:
                f.write(new)


def report(path, failures):
    for command, want, got in failures:
        print(f"\n{path}: {command}")
        for line in want:
            print(f"  - {line}")
        for line in got:
            print(f"  + {line}")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--smcli", required=True)
    a.add_argument("--update", action="store_true")
    a.add_argument("files", nargs="+")
    a = a.parse_args()
    commands = failed = 0
    for path in a.files:
        with tempfile.TemporaryDirectory() as folder:
            document = Document(path, Runner(a.smcli, folder))
            document.run(a.update)
        report(path, document.failures)
        commands += document.commands
        failed += len(document.failures)
    print(f"{commands} commands, {failed} {'rewritten' if a.update else 'failed'}")
    return 1 if failed and not a.update else 0


if __name__ == "__main__":
    sys.exit(main())
