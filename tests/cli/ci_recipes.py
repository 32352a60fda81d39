#!/usr/bin/env python3
"""Runs the recipes of docs/guide/ci.md, as they stand there, in a git repository with a model that changes.

  ci_recipes.py SMCLI

Two branches come from `main`: `sound` changes what the model computes, `breaking` changes the dtype of an input. Each recipe
must pass on the first and fail on the second. The last line says how many did."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAIRS = os.path.join(ROOT, "testdata/diff")
MODEL = "models/mnist"


def recipes():
    """The blocks of the page by the comment that names them."""
    with open(os.path.join(ROOT, "docs/guide/ci.md"), encoding="utf-8") as page:
        blocks = re.findall(r"^```(?:yaml|sh|make)\n(.*?)^```$", page.read(), re.M | re.S)
    return {re.search(r"^# (.*)$", block, re.M)[1]: block for block in blocks}


def run_steps(workflow):
    """The scripts of `run: |` in a GitHub workflow."""
    steps = []
    for match in re.finditer(r"^( *)run: \|\n((?:\1 +.*\n)+)", workflow, re.M):
        steps.append("".join(line.strip() + "\n" for line in match[2].splitlines()))
    return steps


def script_items(pipeline):
    """The commands of `script:` in a GitLab pipeline."""
    return re.findall(r"^    - (.*)$", pipeline.split("  script:\n")[1].split("  artifacts:")[0], re.M)


class Repository:
    def __init__(self, folder, smcli):
        self.path = os.path.join(folder, "repository")
        tools = os.path.join(folder, "bin")
        os.mkdir(tools)
        os.symlink(os.path.abspath(smcli), os.path.join(tools, "smcli"))
        os.symlink(os.path.join(ROOT, "tools/git-smcli-diff"), os.path.join(tools, "git-smcli-diff"))
        self.env = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": folder, "LC_ALL": "C.UTF-8", "TMPDIR": folder}
        for who in ("AUTHOR", "COMMITTER"):
            self.env.update({f"GIT_{who}_NAME": "a", f"GIT_{who}_EMAIL": "a@example.org"})
        self.base = os.path.join(PAIRS, "SIGNATURE_INPUT_SAME_DTYPE/old")
        self.sound = os.path.join(PAIRS, "behaviour/new")
        self.breaking = os.path.join(PAIRS, "SIGNATURE_INPUT_SAME_DTYPE/new")
        subprocess.run(["git", "init", "-q", "-b", "main", self.path], env=self.env, check=True)
        self.commit("main", self.base)
        self.must("git update-ref refs/remotes/origin/main HEAD")
        for branch in ("sound", "breaking"):
            self.must(f"git checkout -q -b {branch} main")
            self.commit(branch, getattr(self, branch))

    def sh(self, script, **env):
        """Status and output; like a CI service, ends at the first command that fails."""
        p = subprocess.run(["/bin/sh", "-e", "-c", script], cwd=self.path, env={**self.env, **env}, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        return p.returncode, p.stdout.decode("utf-8", "replace")

    def must(self, script, **env):
        status, out = self.sh(script, **env)
        if status:
            raise AssertionError(f"{script}: status {status}\n{out}")
        return out

    def put(self, model):
        shutil.rmtree(os.path.join(self.path, MODEL), ignore_errors=True)
        shutil.copytree(model, os.path.join(self.path, MODEL))

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)

    def commit(self, message, model):
        self.put(model)
        self.must(f"git add -A && git commit -q -m {message}")

    def clean(self, branch):
        self.must(f"git checkout -q -f {branch} && git clean -qfdx && rm -f .git/hooks/pre-commit")
        self.must("git config --remove-section diff.smcli || true")


def expect(condition, what, out):
    if not condition:
        raise AssertionError(f"{what}\n{out}")


def github(repository, recipe):
    whole, breaks = run_steps(recipe)
    for branch, wanted in (("sound", 0), ("breaking", 1)):
        repository.clean(branch)
        repository.must(whole)
        status, out = repository.sh(breaks, GITHUB_BASE_REF="main")
        expect(status == wanted, f"{branch}: status {status}", out)
        expect(("::error file=models/mnist/saved_model.pbtxt,title=SIGNATURE_INPUT_SAME_DTYPE::" in out) == bool(wanted), branch, out)


def github_scan(repository, recipe):
    repository.clean("main")
    repository.must(run_steps(recipe)[0])
    with open(os.path.join(repository.path, "scan.sarif"), encoding="utf-8") as f:
        expect(json.load(f)["runs"][0]["results"] == [], "findings", "")


def gitlab(repository, recipe):
    for branch, wanted in (("sound", 0), ("breaking", 1)):
        repository.clean(branch)
        base = repository.must("git rev-parse main").strip()
        status, out = repository.sh("\n".join(script_items(recipe)), CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
        expect(status == wanted, f"{branch}: status {status}", out)
        with open(os.path.join(repository.path, "quality.json"), encoding="utf-8") as f:
            expect(len(json.load(f)) == wanted, f"{branch}: quality.json", out)
        with open(os.path.join(repository.path, "diff.html"), encoding="utf-8") as f:
            expect("</html>" in f.read(), f"{branch}: diff.html", out)


def pre_commit(repository, recipe):
    for model, wanted in ((repository.sound, 0), (repository.breaking, 1)):
        repository.clean("main")
        repository.write(".git/hooks/pre-commit", recipe, 0o755)
        repository.put(model)
        status, out = repository.sh("git checkout -q -B trial && git add -A && git commit -q -m trial")
        expect(status == wanted, f"{model}: status {status}", out)
        expect(("SIGNATURE_INPUT_SAME_DTYPE" in out) == bool(wanted), model, out)


def makefile(repository, recipe):
    for branch, wanted in (("sound", False), ("breaking", True)):
        repository.clean(branch)
        repository.write("Makefile", recipe)
        status, out = repository.sh("make -s check-models")
        expect((status != 0) == wanted, f"{branch}: status {status}", out)


def git_diff(repository, recipe):
    repository.clean("breaking")
    repository.must(recipe)
    out = repository.must("git diff main breaking -- models")
    expect("diff --smcli a/models/mnist/saved_model.pbtxt" in out, "git diff", out)
    expect("serving_default.inputs.x  float32 -> float64  SIGNATURE_INPUT_SAME_DTYPE" in out, "git diff", out)
    status, out = repository.sh("git smcli-diff main sound -- models/mnist --only graph")
    expect(status == 1 and "float32[] 2.0 -> float32[] 2.5" in out, f"git smcli-diff: status {status}", out)
    status, out = repository.sh("git smcli-diff -- models/mnist")
    expect(status == 0 and "identical" in out, f"git smcli-diff of the working tree: status {status}", out)
    repository.must("rm -r models/mnist")
    expect("deleted model" in repository.must("git diff"), "git diff of a deleted model", "")


def git_log(repository, recipe):
    repository.clean("breaking")
    repository.must(recipe)
    out = repository.must("git log -p -1")
    expect("-  serving_default  x float32[?,3]" in out and "+  serving_default  x float64[?,3]" in out, "git log -p", out)


def settings(repository, recipe):
    repository.clean("breaking")
    repository.write("smcli-diff.yaml", recipe)
    repository.must("mkdir base && git archive main models/mnist | tar -x -C base")
    status, out = repository.sh("smcli diff base/models/mnist models/mnist")
    expect(status == 1 and "1 for PREDICT, REST" in out, f"status {status}", out)


RUNNERS = {
    ".github/workflows/model.yml": github,
    ".github/workflows/scan.yml": github_scan,
    ".gitlab-ci.yml": gitlab,
    ".git/hooks/pre-commit": pre_commit,
    "Makefile": makefile,
    "git diff": git_diff,
    "git log -p": git_log,
    "smcli-diff.yaml": settings,
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    page, failed = recipes(), 0
    if set(page) != set(RUNNERS):
        sys.exit(f"docs/guide/ci.md has the recipes {sorted(page)}, this test {sorted(RUNNERS)}")
    with tempfile.TemporaryDirectory() as folder:
        repository = Repository(folder, sys.argv[1])
        for name, recipe in page.items():
            try:
                RUNNERS[name](repository, recipe)
            except AssertionError as fault:
                failed += 1
                print(f"FAIL {name}: {fault}")
    print(f"{len(page) - failed} recipes passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
