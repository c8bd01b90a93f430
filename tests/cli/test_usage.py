# SPDX-License-Identifier: Apache-2.0
"""Wrong words on the command line: one clear message, exit code 2, nothing done."""
import pytest

COMMANDS = ["run", "list", "verify", "gate", "compare", "baseline", "history", "report", "hosts", "db", "doctor"]


def test_help_names_every_command(km):
    done = km("--help")
    assert done.code == 0
    for name in COMMANDS:
        assert f"  {name} " in done.out
    assert "worker" not in done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(km, name):
    done = km(name, "--help")
    assert done.code == 0
    assert done.out.startswith(f"usage: kernmark {name}")
    assert "example:\n  kernmark " in done.out


def test_no_command_is_usage(km):
    assert km().code == 2


@pytest.mark.parametrize("args, message", [
    (["rnu"], "unknown command 'rnu': did you mean 'run'?"),
    (["xyzzyplugh"], "unknown command 'xyzzyplugh': see `kernmark --help`"),
    (["run", "--profil=quick"], "did you mean '--profile'?"),
    (["run", "-x"], "options begin with two dashes"),
    (["run", "--profile"], "--profile needs a value"),
    (["run", "--profile=nope"], "nope"),
    (["run", "--seed=-1"], "--seed=-1: a number such as 42"),
    (["run", "--benchmark_repetitions=x"], "--benchmark_repetitions=x: a whole number"),
    (["run", "--benchmark_min_time=fast"], "--benchmark_min_time=fast: seconds such as 0.5s"),
    (["run", "--benchmark_min_time=-5x"], "--benchmark_min_time=-5x"),
    (["run", "--benchmark_min_time=0x"], "--benchmark_min_time=0x"),
    (["run", "--benchmark_out_format=xml"], "one of json was expected"),
    (["run", "--filter=["], "["),
    (["run", "--filter=nothing_is_called_this"], "no benchmark matches"),
    (["run", "nosuchsuite"], "no suite 'nosuchsuite'"),
    (["run", "./missing.yaml"], "missing.yaml"),
    (["list", "--format=html"], "one of text|markdown|json|csv was expected"),
    (["gate", "--threshold=fast"], "a percentage such as 10% was expected"),
    (["gate", "--threshold=-3%"], "a percentage such as 10% was expected"),
    (["gate", "word"], "one word too many"),
    (["compare"], "was expected"),
    (["compare", "a", "b", "c"], "one word too many"),
    (["baseline"], "baseline needs one of"),
    (["baseline", "burn"], "baseline needs one of"),
    (["history"], "one benchmark name or pattern"),
    (["db"], "db needs one of"),
    (["worker"], "started by `kernmark run`"),
])
def test_wrong_words(km, args, message):
    done = km(*args)
    assert done.code == 2, done
    assert message in done.err, done
    assert done.err.startswith("kernmark: ") and done.err.count("\n") == 1
    assert not (km.folder / ".kernmark").exists()


@pytest.mark.parametrize("args", [["gate"], ["report"], ["hosts"], ["history", "*"], ["db", "check"],
                                  ["baseline", "list"], ["compare", "latest~1", "latest"]])
def test_without_results(km, args):
    """Before the first run, every reading command says what to do."""
    done = km(*args)
    assert done.code in (2, 6), done
    assert "kernmark run" in done.err, done


def test_version(km):
    assert km("--version").out.startswith("kernmark ")


def test_a_closed_pipe_is_an_error_with_a_message(km):
    process = km.start("list")
    process.stdout.close()
    message = process.stderr.read()
    process.stderr.close()
    assert process.wait() in (0, 2)
    assert message == "" or "standard output cannot be written" in message
