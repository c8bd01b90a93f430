# SPDX-License-Identifier: Apache-2.0
"""The first bad commit of a small repository whose program gets slower in one of them."""
import json

import pytest
from conftest import BUILD, ROOT, git, sanitizer

# Times are what the program says, so nothing here depends on how busy the machine is.
PROGRAM = """\
#include <kernmark/benchmark.h>
static void run(struct km_state *s)
{
    unsigned k = 0;
    while (km_keep_running(s))
        km_set_iteration_time(s, (1e-4 + 1e-7 * (k++ % 7)) * SPEED);
}
int main(int argc, char **argv)
{
    km_use_manual_time(km_register("Work", run));
    km_use_manual_time(km_register("Other", run));
    return km_main(argc, argv);
}
"""


def repository(km, speeds):
    """One commit per speed; None does not build."""
    git(km.folder, "init", "-q", "-b", "main")
    km.write(".gitignore", ".kernmark/\nbuild/\n")
    km.write("bench.c", PROGRAM)
    flags = " ".join(["-std=c11", "-D_GNU_SOURCE", f"-I{ROOT / 'harness'}", *sanitizer()])
    km.write("Makefile", f"build/bench: bench.c speed.h\n\tmkdir -p build\n\tcc {flags} -include speed.h bench.c "
             f"{BUILD / 'libkernmark.a'} -lpthread -lm -o build/bench\n")
    hashes = []
    for i, speed in enumerate(speeds):
        km.write("speed.h", f"#define SPEED {speed} /* {i} */\n" if speed else "#error not today\n")
        git(km.folder, "add", "-A")
        git(km.folder, "commit", "-qm", f"commit {i} <b>'$(x)")
        hashes.append(git(km.folder, "rev-parse", "HEAD").strip())
    return hashes


def bisect(km, *args):
    return km("bisect", *args, "--build=make build/bench", "--program=build/bench", "--filter=^Work", "--format=json",
              timeout=300)


def test_the_first_bad_commit_is_found(km):
    hashes = repository(km, [1, 1.001, None, 1, 1.3, 1.3])
    done = bisect(km, hashes[0], "HEAD", "--dry-run")
    assert done.code == 0 and [r["commit"] for r in json.loads(done.out)] == hashes[1:], done
    assert not (km.folder / ".kernmark" / "trees").exists()
    done = bisect(km, hashes[0])
    assert done.code == 1, done
    rows = {r["commit"]: r for r in json.loads(done.out)}
    assert [h for h in rows if rows[h]["first_bad"] == "yes"] == [hashes[4]], done
    assert f"{hashes[4]} is the first bad commit" in done.err
    assert rows[hashes[4]]["ratio"] == pytest.approx(1.3, rel=0.05)
    assert rows[hashes[3]]["state"] == "good"
    again = bisect(km, hashes[0])
    assert again.code == 1 and again.err.count("building") < done.err.count("building"), again


def test_commits_that_do_not_build_leave_a_range(km):
    hashes = repository(km, [1, None, 1.3])
    done = bisect(km, hashes[0])
    assert done.code == 3, done
    assert f"One of 2 commits up to {hashes[2]}" in done.err
    assert [r["state"] for r in json.loads(done.out)] == ["skipped", "bad"]


def test_nothing_slower_is_nothing_found(km):
    hashes = repository(km, [1, 1.01])
    done = bisect(km, hashes[0])
    assert done.code == 0 and "Nothing is slower" in done.err, done


@pytest.mark.parametrize("words, message", [
    (["nowhere"], "is no revision"),
    (["HEAD", "main~1"], "does not descend"),
    (["HEAD", "HEAD"], "does not descend"),
    (["main~1", "HEAD", "x"], "one word too many"),
    (["--output=x", "HEAD"], "output"),
])
def test_mistakes_are_told(km, words, message):
    repository(km, [1, 1])
    done = km("bisect", *words)
    assert done.code == 2 and message in done.err, done
    assert km("bisect").code in (2, 3, 6) # no baseline to begin from
