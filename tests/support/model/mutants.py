"""tests/run mutants: takes one safeguard at a time out of the queue's scripts, and
wants the model test to notice. A mutant that nobody notices is a failure, and so
is one whose place in the code is no longer there."""

import dataclasses
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
LUA = "common/queue/lua/"
STEPS, SEED = 6000, 1


@dataclasses.dataclass
class Mutant:
    name: str
    file: str
    old: str
    new: str


MUTANTS = [
    Mutant("finish without the check of the token", LUA + "finish.lua",
           "read_token(tokens[i], ARGV[first + 1])", "tokens[i]"),
    Mutant("enqueue without the dedupe", LUA + "enqueue.lua",
           "if has_digest and d.is_seen[digest] then",
           "if false then"),
    Mutant("finish in two halves: the lease ends, the head stays",
           LUA + "heads.lua",
           "redis.call('LPOP', d.jobs .. group)", ""),
    Mutant("claim without `after`", LUA + "turns.lua",
           "is_behind(other, group, order) then", "false then"),
    Mutant("finish that frees nobody who waits for it", LUA + "heads.lua",
           "call_many('RPUSH', dependent.ready, freed)", ""),
    Mutant("admit without the hold", LUA + "admit.lua",
           "local answer = is_on(hold) and 'hold' or 'open'",
           "local answer = 'open'"),
    Mutant("reclaimed groups begin with their newest job",
           LUA + "suspects.lua", "redis.call('LINDEX', d.jobs .. group, 0)",
           "redis.call('LINDEX', d.jobs .. group, -1)"),
    Mutant("suspects come together with others", LUA + "claim.lua",
           "if #groups == 0 then\n\t\tclaim_in_turn()",
           "if true then\n\t\tclaim_in_turn()"),
    Mutant("a repeated claim takes more", LUA + "claim.lua",
           "if ARGV[3] ~= '1' or not repeat_reply() then",
           "if true then"),
]


def copy_tree(folder):
    """What the model test needs."""
    for part in (LUA, "tests/support/model", "tests/integration"):
        shutil.copytree(ROOT / part, folder / part, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("__pycache__"))


def is_noticed(folder):
    done = subprocess.run(
        [sys.executable, "-B", "tests/support/model/main.py", "--steps",
         str(STEPS), "--seed", str(SEED)],
        cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode == 1 and '"failed": 1' in done.stdout


def try_mutant(mutant):
    """What is wrong with it; None when it is as it should be."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        folder = pathlib.Path(name)
        copy_tree(folder)
        path = folder / mutant.file
        text = path.read_text()
        if text.count(mutant.old) != 1:
            return f"its place in {mutant.file} is not there (once)"
        path.write_text(text.replace(mutant.old, mutant.new))
        return None if is_noticed(folder) else "nobody noticed"


def main():
    failed = 0
    for mutant in MUTANTS:
        complaint = try_mutant(mutant)
        print(f"mutant: {mutant.name}: {complaint or 'noticed'}", flush=True)
        failed += complaint is not None
    print(f"{len(MUTANTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
