# SPDX-License-Identifier: Apache-2.0
"""`make install`, and what a stranger then does: compile against it, static and shared, C and C++, and run."""
import os
import shutil
import subprocess

import pytest

from conftest import BUILD, ROOT, sanitizer

PROGRAM = """
#include <kernmark/benchmark.h>
#include <string.h>

static void clear(struct km_state *state)
{
    static char bytes[64];
    KM_LOOP(state) {
        memset(bytes, 0, sizeof bytes);
        KM_CLOBBER_MEMORY();
    }
}
KM_BENCHMARK(clear) {}
KERNMARK_MAIN()
"""


@pytest.fixture(name="installed", scope="module")
def fixture_installed(tmp_path_factory):
    """A PREFIX with everything in it; `-o all` installs what is built, however it was built."""
    folder = tmp_path_factory.mktemp("install") / "with space"
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
    subprocess.run(["make", "-s", "-C", ROOT, "-o", "all", "install", f"BUILD={BUILD}", "PREFIX=/opt/km", f"DESTDIR={folder}"], env=env,
                   check=True, capture_output=True)
    return folder


def config(installed, *args):
    if not shutil.which("pkg-config"):
        pytest.skip("no pkg-config")
    env = {"PATH": os.environ["PATH"], "PKG_CONFIG_LIBDIR": str(installed / "opt/km/lib/pkgconfig")}
    done = subprocess.run(["pkg-config", *args], env=env, check=True, capture_output=True, text=True)
    return [word.replace("/opt/", f"{installed}/opt/", 1) for word in done.stdout.split()]


@pytest.mark.parametrize("compiler, suffix, standard", [("cc", "c", "c11"), ("g++", "cc", "c++17")])
@pytest.mark.parametrize("static", [True, False])
def test_a_stranger_compiles_and_runs(installed, tmp_path, compiler, suffix, standard, static):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    source = tmp_path / f"x.{suffix}"
    source.write_text(PROGRAM)
    libs = config(installed, "--libs", *(["--static"] if static else []), "kernmark")
    if static:
        libs = [str(installed / "opt/km/lib/libkernmark.a") if word == "-lkernmark" else word for word in libs]
    subprocess.run([compiler, f"-std={standard}", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                    *os.environ.get("KERNMARK_TEST_CFLAGS", "").split(), *config(installed, "--cflags", "kernmark"),
                    str(source), "-o", str(tmp_path / "x"), *libs], check=True)
    done = subprocess.run([tmp_path / "x", "--benchmark_min_time=10x"], check=False, capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(installed / "opt/km/lib")})
    assert done.returncode == 0, done
    assert "clear" in done.stdout


LISTS = """
#include <kernmark/benchmark.h>

static void lists(struct km_state *state)
{
    KM_LOOP(state) {
    }
}
KM_BENCHMARK_NAMED(lists, args)
{
    KM_ARGS(b, 1, 2);
    KM_ARG_NAMES(b, "m", "k");
}
KM_BENCHMARK_NAMED(lists, real)
{
    KM_ARGS_REAL(b, 0.1, 2);
}
KM_BENCHMARK_NAMED(lists, ranges)
{
    KM_RANGES(b, { 1, 8 }, { 2, 8 << 4 });
}
KM_BENCHMARK_NAMED(lists, product)
{
    KM_ARGS_PRODUCT(b, KM_LIST(1, 2, 3), km_create_range(b, 10, 40, 2), KM_LIST(-7));
}
#ifdef __cplusplus
#define LIST auto
#else
#define LIST struct km_list
#endif
KM_BENCHMARK_NAMED(lists, kept)
{
    LIST kept = KM_LIST(5, 6);
    KM_ARGS_PRODUCT(b, kept, kept);
}
#ifdef WRONG
static struct km_list wrong = KM_LIST(1, 2);
KM_BENCHMARK_NAMED(lists, wrong)
{
    KM_ARGS_PRODUCT(b, wrong);
}
#endif
KERNMARK_MAIN()
"""


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_lists_are_the_same_in_both_languages(tmp_path, compiler):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    listed = []
    for cc, suffix, standard in (("cc", "c", "c11"), (compiler, "cc", "c++17")):
        (tmp_path / f"x.{suffix}").write_text(LISTS)
        command = [cc, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-O1",
                   *os.environ.get("KERNMARK_TEST_CFLAGS", "").split(), f"-I{ROOT / 'harness'}",
                   str(tmp_path / f"x.{suffix}"), str(BUILD / "libkernmark.a"), "-lpthread", "-lm", "-o"]
        subprocess.run([*command, tmp_path / suffix], check=True)
        listed.append(subprocess.run([tmp_path / suffix, "--benchmark_list_tests"], check=True, capture_output=True,
                                     text=True).stdout.splitlines())
    assert listed[0] == listed[1]
    assert {"lists/args/m:1/k:2", "lists/real/0.1/2", "lists/ranges/8/128", "lists/product/3/40/-7",
            "lists/kept/6/5"} <= set(listed[0])
    done = subprocess.run([*command, tmp_path / "wrong", "-DWRONG"], check=False, capture_output=True, text=True)
    assert done.returncode and "deleted" in done.stderr


def test_the_command_finds_its_files(installed, tmp_path):
    done = subprocess.run([installed / "opt/km/bin/kernmark", "run", "core", "--profile=smoke", "--filter=dot/f32/ref"],
                          cwd=tmp_path, check=False, capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done
    done = subprocess.run([installed / "opt/km/bin/kernmark", "report"], cwd=tmp_path, check=False, capture_output=True,
                          text=True, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done


def test_libraries_show_their_own_names_only():
    """Whoever links ours must not meet our inner names."""
    if sanitizer():
        pytest.skip("a sanitizer adds names of its own")
    for library, flags in (("libkernmark.a", []), ("libkernmark.so", ["-D"])):
        out = subprocess.run(["nm", "-g", "--defined-only", *flags, BUILD / library], check=True, capture_output=True,
                             text=True).stdout
        names = {line.split()[-1].split("@")[0] for line in out.splitlines() if len(line.split()) == 3}
        assert {name for name in names if not name.startswith("km_")} <= {"KERNMARK_0"}
        assert "km_run_specified_benchmarks" in names
    out = subprocess.run(["nm", "-g", "--defined-only", BUILD / "libkern.a"], check=True, capture_output=True,
                         text=True).stdout
    names = {line.split()[-1] for line in out.splitlines() if len(line.split()) == 3}
    assert {name for name in names if not name.startswith("kern_")} == set()
