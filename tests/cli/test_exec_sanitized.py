# SPDX-License-Identifier: Apache-2.0
"""`kernmark run --exec` of programs built with a sanitizer: they map terabytes, and still have a memory limit."""
import json
import re
import subprocess

import pytest

from conftest import BUILD, ROOT, sanitizer

SOURCE = r"""
#include <kernmark/benchmark.h>
#include <stdlib.h>
#include <string.h>
static void good(struct km_state *s)
{
    KM_LOOP(s)
        KM_CLOBBER_MEMORY();
}
KM_BENCHMARK(good) {}
static void eats(struct km_state *s)
{
    KM_LOOP(s)
        for (int i = 0; i < 1 << 20; i++) {
            char *p = malloc(1 << 20);
            if (p)
                memset(p, 1, 1 << 20);
            KM_DO_NOT_OPTIMIZE(p);
        }
}
KM_BENCHMARK(eats) {}
static void beyond(struct km_state *s)
{
    char *volatile p = malloc(8);
    KM_LOOP(s)
        p[8] = 1;
    free(p);
}
KM_BENCHMARK(beyond) {}
KERNMARK_MAIN()
"""


@pytest.fixture(name="sanitized", params=["address", "thread"])
def fixture_sanitized(request, tmp_path):
    if sanitizer():
        pytest.skip("this build has a sanitizer of its own")
    (tmp_path / "s.c").write_text(SOURCE)
    done = subprocess.run(["cc", "-O1", "-D_GNU_SOURCE", f"-I{ROOT / 'harness'}", f"-fsanitize={request.param}", "s.c",
                           str(BUILD / "libkernmark.a"), "-lpthread", "-lm", "-o", "sanitized"], cwd=tmp_path,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no -fsanitize={request.param} here: {done.stderr[-200:]}")
    return request.param


def test_a_sanitized_program(km, sanitized):
    if subprocess.run(["./sanitized", "--benchmark_list_tests"], cwd=km.folder, capture_output=True, check=False).returncode:
        pytest.skip(f"programs with -fsanitize={sanitized} do not start here")
    only = "good|eats|beyond" if sanitized == "address" else "good|eats"
    done = km("run", "--exec=./sanitized", "--profile=smoke", f"--filter={only}", "--benchmark_repetitions=1",
              "--format=json")
    rows = {row["name"]: row for row in json.loads(done.out)}
    assert rows["good"]["status"] == "ok" and rows["good"]["median_s"] > 0, done
    assert rows["eats"]["status"] == "OUT OF MEMORY" and re.search(r"limit \d+ MiB", rows["eats"]["note"]), done
    if sanitized == "address":
        assert rows["beyond"]["status"] != "ok" and "AddressSanitizer: heap-buffer-overflow" in rows["beyond"]["note"], done
    assert done.code == 4
