"""Mutation testing of the core by one command: do the tests notice when a line is wrong?

    python tests/quality/mutation.py                    # the whole, about an hour on one core
    python tests/quality/mutation.py --only sweep unit  # some groups
    python tests/quality/mutation.py --module sweep     # one module
    python tests/quality/mutation.py --since HEAD~3     # the modules changed since then
    python tests/quality/mutation.py --share 0.05       # a sample, drawn by --seed
    python tests/quality/mutation.py --table            # with the table for docs/mutation.md

mutmut's operators make the mutants (`mutation_making`); each is tried in a process of its own
(`mutation_running`, `mutation_importing`) over a copy of the last commit in a temporary folder.
Prints the score of every module and the mutants that survived. Ends with an error when a survivor
is not explained in mutation_equivalent.txt, when the score of the whole is below 95%, when nothing
was killed, or when the tests fail before anything is changed.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from mutation_making import Mutant, mutants_of
from mutation_plan import GROUPS, Group, explained, reason

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
LEAST = 0.95


def main() -> int:
    """Run the groups that were asked for; 0 when the tests notice enough."""
    asked = _arguments()
    wanted = _wanted(asked)
    known = explained()
    verdicts: dict[str, list[tuple[Mutant, str]]] = {}
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        tree = Path(folder) / "tree"
        _copy(tree, asked.worktree)
        for name, group in GROUPS.items():
            modules = [module for module in group.modules if module in wanted]
            if modules:
                found = _group(tree, name, group, modules, asked)
                for module in modules:
                    verdicts[module] = [(m, v) for m, v in found if m.module == module]
                    _print_module(module, verdicts[module], known)
    return _conclusion(verdicts, known, time.perf_counter() - start, asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=list(GROUPS), help="groups to run")
    parser.add_argument("--module", nargs="+", help="modules to run, as in sweep or gates.gated")
    parser.add_argument("--since", help="run the modules that changed since this commit")
    parser.add_argument("--share", type=float, help="share of the mutants; the plan's if not given")
    parser.add_argument("--seed", type=int, default=4, help="what draws the share")
    parser.add_argument("--table", action="store_true", help="end with a table in Markdown")
    parser.add_argument("--worktree", action="store_true", help="copy the files as they stand now")
    return parser.parse_args()


def _wanted(asked: argparse.Namespace) -> set[str]:
    every = {module for group in GROUPS.values() for module in group.modules}
    wanted = set(every)
    if asked.only:
        wanted &= {module for name in asked.only for module in GROUPS[name].modules}
    if asked.module:
        unknown = set(asked.module) - every
        if unknown:
            raise SystemExit(f"not in the plan: {sorted(unknown)}; it has {sorted(every)}")
        wanted &= set(asked.module)
    if asked.since:
        changed = subprocess.run(
            ["git", "diff", "--name-only", asked.since, "--", "gatenet"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout.split()  # fmt: skip
        wanted &= {name.removeprefix("gatenet/").removesuffix(".py").replace("/", ".")
                   for name in changed}  # fmt: skip
    if not wanted:
        raise SystemExit("no module of the plan is left to run")
    return wanted


def _copy(tree: Path, worktree: bool) -> None:
    """Lay out the last commit, or the tracked files as they stand, in a folder of its own."""
    tree.mkdir()
    if worktree:
        names = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout.splitlines()  # fmt: skip
        for name in names:
            if (ROOT / name).is_file():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                (tree / name).write_bytes((ROOT / name).read_bytes())
        return
    made = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True)
    with tarfile.open(fileobj=io.BytesIO(made.stdout)) as archive:
        archive.extractall(tree, filter="data")


def _group(
    tree: Path, name: str, group: Group, modules: list[str], asked: argparse.Namespace
) -> list[tuple[Mutant, str]]:
    """Try the mutants of some modules by functions put in place, then the rest by import."""
    package = tree / "gatenet"
    files = {module: str(package / (module.replace(".", "/") + ".py")) for module in modules}
    mutants = []
    for module, file in files.items():
        share = group.share if asked.share is None else asked.share
        mutants += mutants_of(Path(file), module, share, asked.seed)
    job = {
        "modules": files, "tests": group.paths(), "seconds": 120,
        "mutants": [{"module": m.module, "scope": m.scope, "source": m.source} for m in mutants],
    }  # fmt: skip
    command = ["-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-p", "mutation_running"]
    read_at_import = name in ("ieee", "compensated", "catalogue")
    if read_at_import:
        verdicts = ["import"] * len(mutants)
    else:
        verdicts = _run(tree, job, [*command, *group.paths()])
    late = [k for k, verdict in enumerate(verdicts) if _again(name, verdict)]
    if late:
        job["mutants"] = [_narrowed(name, group, mutants[k]) for k in late]
        answers = _run(tree, job, [str(HERE / "mutation_importing.py")])
        for k, verdict in zip(late, answers, strict=True):
            verdicts[k] = verdict
    return list(zip(mutants, verdicts, strict=True))


def _again(name: str, verdict: str) -> bool:
    """Whether a mutant must be tried by importing: what was made at import hides it."""
    if name in ("sweep", "unit", "circuit"):
        return verdict in ("import", "untested")
    if name == "checking":
        return verdict == "import"
    return verdict != "killed"


def _narrowed(name: str, group: Group, mutant: Mutant) -> dict[str, Any]:
    """A mutant for the second try; of a gate's own, only the tests of that gate."""
    found: dict[str, Any] = {"module": mutant.module, "scope": mutant.scope}
    found["source"] = mutant.source
    gate = mutant.scope.split(".")[0]
    if name == "gates" and gate != "module" and not gate.startswith("_"):
        found["tests"] = [*group.paths(), "-k", f"{gate} or test_gate_tables"]
    if group.quick:
        found["tests"] = [f"tests/{quick}" for quick in group.quick]
    return found


def _run(tree: Path, job: dict[str, Any], command: list[str]) -> list[str]:
    """Run a job in the copy, with one worker and the same examples every time."""
    path = tree / "mutation.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    out = path.with_suffix(".out")
    out.unlink(missing_ok=True)
    environment = {
        **os.environ, "GATENET_MUTATION": str(path), "HYPOTHESIS_PROFILE": "mutation",
        "GATENET_POINTS": "300",
        "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join([".", str(HERE)]),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, *command], cwd=tree, env=environment, capture_output=True, text=True
    )
    lines = out.read_text().splitlines() if out.exists() else []
    answers = {line["number"]: line["verdict"] for line in map(json.loads, lines)}
    if len(answers) != len(job["mutants"]):
        raise SystemExit(
            f"the run of {sorted(job['modules'])} ended after {len(answers)} of "
            f"{len(job['mutants'])} mutants:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        )
    return [answers[k] for k in range(len(answers))]


def _counts(found: list[tuple[Mutant, str]], known: dict[str, str]) -> Counter[str]:
    return Counter(
        verdict if verdict == "killed" else "equivalent" if reason(m.key, known) else "survived"
        for m, verdict in found
    )


def _score(counts: Counter[str]) -> float:
    tried = counts["killed"] + counts["survived"]
    return counts["killed"] / tried if tried else 1.0


def _print_module(module: str, found: list[tuple[Mutant, str]], known: dict[str, str]) -> None:
    counts = _counts(found, known)
    print(f"{module:28}{len(found):6} mutants{counts['killed']:6} killed"
          f"{counts['equivalent']:5} equivalent{counts['survived']:5} survived"
          f"{100 * _score(counts):7.1f}%", flush=True)  # fmt: skip
    for mutant, verdict in found:
        if verdict != "killed" and not reason(mutant.key, known):
            print(f"    {verdict}, line {mutant.line}: {mutant.key}", flush=True)


def _print_table(verdicts: dict[str, list[tuple[Mutant, str]]], known: dict[str, str]) -> None:
    print("\n| module | tried | killed | equivalent | survived | score |")
    print("|---|---|---|---|---|---|")
    whole = [pair for found in verdicts.values() for pair in found]
    for name, found in [*verdicts.items(), ("**all**", whole)]:
        counts = _counts(found, known)
        print(f"| {name} | {counts.total()} | {counts['killed']} | {counts['equivalent']} "
              f"| {counts['survived']} | {100 * _score(counts):.1f} % |")  # fmt: skip
    print()


def _conclusion(
    verdicts: dict[str, list[tuple[Mutant, str]]], known: dict[str, str], seconds: float,
    asked: argparse.Namespace,
) -> int:  # fmt: skip
    counts = _counts([pair for found in verdicts.values() for pair in found], known)
    print(f"{'all':28}{counts.total():6} mutants{counts['killed']:6} killed"
          f"{counts['equivalent']:5} equivalent{counts['survived']:5} survived"
          f"{100 * _score(counts):7.1f}%   in {seconds:.0f} s, seed {asked.seed}")  # fmt: skip
    if asked.table:
        _print_table(verdicts, known)
    if not counts["killed"]:
        print("no mutant was killed: the run proves nothing")
        return 2
    if _score(counts) < LEAST:
        print(f"the score is below {100 * LEAST:.0f}%")
        return 1
    if counts["survived"]:
        print("survivors: kill them by a test, or explain them in mutation_equivalent.txt")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
