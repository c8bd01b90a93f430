# SPDX-License-Identifier: Apache-2.0
# Kernmark. `make help` lists the targets. Everything built goes to $(BUILD); nothing is written elsewhere.

BUILD    ?= build
PREFIX   ?= /usr/local
PROFILE  ?= quick
CC       ?= cc
AR       ?= ar
OBJCOPY  ?= objcopy
NM       ?= nm
PYTHON   ?= /usr/bin/python3
OPT      ?= -O2 -g
SANITIZE ?=
VERSION  := 0.1.0

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(V),)
Q := @
say = @printf '  %-5s %s\n' '$(1)' '$(2)'
endif

MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null)
ISAS    := ref auto $(if $(findstring x86_64,$(MACHINE)),avx2 avx512 avx512vnni avx512bf16 avx512amx) $(if $(findstring aarch64,$(MACHINE)),neon)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla
GIVEN := -std=c11 -D_GNU_SOURCE $(WARN) $(WERROR) -fPIC -ffunction-sections -fdata-sections -MMD -MP -I. -Ilibkern \
        -Iharness -I$(BUILD) $(SANITIZE) -ffile-prefix-map=$(CURDIR)/= $(CFLAGS)

# One folder of libkern is one variant, and only its folder decides its flags. The CPU check of a variant
# (libkern/cpu.c) covers exactly what its flags allow the compiler to use. GCC vectorises no loop with a choice between two
# floats while it must expect floating-point traps, which nothing here asks for.
FLAGS_ref    := -O2 -g -ffp-contract=off -fno-tree-vectorize -fno-tree-slp-vectorize
FLAGS_auto   := -O3 -g -fopenmp-simd -fno-trapping-math
FLAGS_neon   := -O3 -g
FLAGS_avx2   := -O3 -g -mavx2 -mfma -mf16c -mbmi -mbmi2
FLAGS_avx512 := $(FLAGS_avx2) -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512cd -mprefer-vector-width=512
FLAGS_avx512vnni := $(FLAGS_avx512) -mavx512vnni
FLAGS_avx512bf16 := $(FLAGS_avx512) -mavx512bf16
FLAGS_avx512amx  := $(FLAGS_avx512vnni) -mamx-tile -mamx-int8 -mamx-bf16

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
KERN      := $(call objects,$(wildcard libkern/*.c) $(foreach i,$(ISAS),$(wildcard libkern/$(i)/*.c)))
LIBRARY   := $(call objects,$(wildcard harness/base/*.c harness/bench/*.c harness/counters/*.c harness/stats/*.c \
               harness/host/*.c harness/format/*.c))
ROOMS     := $(call objects,$(wildcard harness/import/*.c harness/measure/*.c harness/pair/*.c harness/plan/*.c db/*.c reports/*.c))
BINDINGS  := $(call objects,$(wildcard suites/*.c))
COMMAND   := $(call objects,$(wildcard harness/*.c harness/cli/*.c))
UNIT      := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
UNIT_HELP := $(call objects,$(filter-out $(wildcard tests/unit/test_*.c),$(wildcard tests/unit/*.c)))
FUZZ      := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/tests/fuzz_%,$(wildcard tests/fuzz/fuzz_*.c))
KERNCHECK := $(call objects,$(wildcard tests/kern/*.c))
LIBS      := -lyaml -ljansson -lsqlite3 -lpthread -lm

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all help bench smoke test unit check-kern gate report vocab fuzz compare lint format install clean splice
.PHONY: FORCE check-kern-avx512 sanitize valgrind calibrate ab live

## all: build build/kernmark and the two libraries
all: $(BUILD)/kernmark $(BUILD)/libkern.a $(BUILD)/libkernmark.a $(BUILD)/libkernmark.so

## help: this list
help:
	@sed -n 's/^## //p' Makefile | awk -F': ' '{ printf "  make %-18s %s\n", $$1, $$2 }'

# As many jobs as cores, unless this make was told how many.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))

# --- the two commands --------------------------------------------------------------------------------------------
# Both install what is missing first and then start make anew, because the compiler may just have arrived.

## bench: run the core suite (PROFILE=smoke|quick|full), compare with this host's baseline, write the report
bench: deps-bench
	+@$(MAKE) --no-print-directory $(JOBS) all
	@BUILD='$(BUILD)' sh ci/bench.sh '$(PROFILE)'

## test: every test
test: deps-test
	+@$(MAKE) --no-print-directory $(JOBS) all unit check-kern
	@BUILD='$(BUILD)' MAKE='$(MAKE)' PYTHON='$(PYTHON)' bash tests/run.sh

## smoke: make bench in under 20 seconds
smoke:
	+@$(MAKE) --no-print-directory bench PROFILE=smoke

## gate: judge the latest run against the baseline (make turns every failure into 2; CI calls the command itself)
gate: all
	@$(BUILD)/kernmark gate

# The base is built with this make's CC, OPT and CFLAGS, but neither with its folder nor with its BASE.
## ab: measure BASE=main and this tree in turns (make turns every failure into 2; CI calls the command itself)
ab: $(BUILD)/kernmark
	@env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u BUILD -u BASE $(BUILD)/kernmark ab '$(or $(BASE),main)' .

## report: write the document of this host again
report: all
	@$(BUILD)/kernmark report

# deps-bench, deps-test, deps-lint: install what that job lacks; NO_DEPS=1 only checks.
deps-%:
	@NO_DEPS='$(NO_DEPS)' sh ci/deps.sh $*

# --- objects -----------------------------------------------------------------------------------------------------
# The stamp changes when the flags do, and everything is built again.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(GIVEN) $(OPT) $(VERSION) $(foreach i,$(ISAS),$(FLAGS_$(i)))' | cmp -s - $@ || \
	 printf '%s\n' '$(CC) $(GIVEN) $(OPT) $(VERSION) $(foreach i,$(ISAS),$(FLAGS_$(i)))' > $@

# Instrumented, unrolled kernels take minutes each at -O3.
define isa_rule
$(BUILD)/libkern/$(1)/%.o: libkern/$(1)/%.c $(BUILD)/flags
	@mkdir -p $$(@D)
	$$(call say,CC,$$<)
	$(Q)$$(CC) $$(GIVEN) $$(FLAGS_$(1)) $$(if $$(SANITIZE),-O1) -c -o $$@ $$<
endef
$(foreach i,$(ISAS),$(eval $(call isa_rule,$(i))))

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(GIVEN) $(OPT) $(EXTRA_$(subst /,_,$*)) -c -o $@ $<

# What a result must remember of this build.
EXTRA_harness_host_build := -DKM_VERSION='"$(VERSION)"' -DKM_CFLAGS='"$(strip $(OPT) $(SANITIZE) $(CFLAGS))"' \
    $(foreach i,$(ISAS),-DKM_FLAGS_$(i)='"$(strip $(FLAGS_$(i)))"')

# The migrations, as rows of C strings.
$(BUILD)/db/migrations.inc: $(sort $(wildcard db/migrations/*.sql))
	@mkdir -p $(@D)
	@for f in $^; do \
	    printf '{ "%s",\n' "$$(basename $$f .sql)"; \
	    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/  "/' -e 's/$$/\\n"/' $$f; echo '},'; \
	done > $@
$(call objects,$(wildcard db/*.c)): $(BUILD)/db/migrations.inc

$(BUILD)/libkern.a: $(KERN)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

# What this repository links itself: every function of the library rooms.
$(BUILD)/rooms.a: $(LIBRARY)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

GC := $(if $(SANITIZE),,-Wl,--gc-sections)
# What others link: one object in which only the km_ names of <kernmark/benchmark.h> can be seen, and of the rooms only
# what these reach; nobody has to link with --gc-sections to have it so.
$(BUILD)/libkernmark.o: $(LIBRARY)
	$(call say,LD,$@)
	$(Q)$(CC) -r -nostdlib $(GC) $$($(NM) --defined-only $^ | sed -n 's/.* T \(km_.*\)/-Wl,-u,\1/p') -o $@.all $^ && \
	    $(OBJCOPY) --wildcard --keep-global-symbol='km_*' $@.all $@ && rm $@.all

$(BUILD)/libkernmark.a: $(BUILD)/libkernmark.o
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

$(BUILD)/libkernmark.so: $(LIBRARY) ci/libkernmark.map
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) $(GC) -shared -Wl,-soname,libkernmark.so.0 -Wl,--version-script=ci/libkernmark.map -o $@.0 \
	    $(LIBRARY) -lpthread -lm && ln -sf $(@F).0 $@

$(BUILD)/kernmark: $(COMMAND) $(ROOMS) $(BINDINGS) $(BUILD)/rooms.a $(BUILD)/libkern.a
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LIBS)

# --- tests -------------------------------------------------------------------------------------------------------
## unit: build the unit tests
unit: $(UNIT) $(FUZZ) $(BUILD)/tests/kernmark-faulty $(BUILD)/tests/calibration

$(BUILD)/tests/test_%: $(BUILD)/tests/unit/test_%.o $(UNIT_HELP) $(ROOMS) $(BINDINGS) $(BUILD)/rooms.a $(BUILD)/libkern.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

$(BUILD)/tests/test_percents: $(call objects,harness/cli/percents.c)

# Fuzz targets over their corpus, every file also cut and changed in places (tests/fuzz/replay.c).
$(BUILD)/tests/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(call objects,tests/fuzz/replay.c $(wildcard harness/cli/*.c)) \
        $(ROOMS) $(BINDINGS) $(BUILD)/rooms.a $(BUILD)/libkern.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LIBS)

# The command with operations that misbehave on purpose (tests/faulty/ops.c) in place of the bindings.
$(BUILD)/tests/kernmark-faulty: $(COMMAND) $(ROOMS) $(call objects,tests/faulty/ops.c) $(BUILD)/rooms.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LIBS)

# Simulated noise in the code that decides (tests/calibrate/calibrate.c).
$(BUILD)/tests/calibration: $(call objects,$(wildcard tests/calibrate/*.c) tests/unit/stats_help.c) $(BUILD)/rooms.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ -lpthread -lm

## sanitize: every test with ASan and UBSan, those with threads also with TSan (minutes)
sanitize:
	+@BUILD='$(BUILD)' MAKE='$(MAKE)' bash tests/sanitize.sh

## valgrind: every AVX2 kernel under memcheck (long; tests/valgrind.sh PART... for some)
valgrind: check-kern
	@BUILD='$(BUILD)' bash tests/valgrind.sh

# The kernel checker needs libkern and libc only, so that it also runs under an emulator of another CPU.
## check-kern: build the kernel checker; with CC=aarch64-linux-gnu-gcc BUILD=build/aarch64 for that CPU
check-kern: $(BUILD)/check-kern
$(BUILD)/check-kern: $(KERNCHECK) $(BUILD)/libkern.a
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ -lpthread -lm

# The same with AVX-512 made of AVX2 (tests/emulate), where the CPU lacks it: the sources of those variants once more,
# without their -m flags, and the CPU words of a machine that has everything. Unrolled, they would compile for minutes.
EMULATED := $(filter $(BUILD)/libkern/avx512%,$(KERN))
FLAGS_emulated = $(FLAGS_avx2) -O0 -isystem tests/emulate -Wno-psabi $(if $(filter %vnni %amx,$(<D)),-DEMULATE_VNNI)
$(BUILD)/emulated/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$< (emulated))
	$(Q)$(CC) $(GIVEN) $(FLAGS_emulated) -c -o $@ $<

## check-kern-avx512: build the kernel checker for a CPU without AVX-512, which is emulated
check-kern-avx512: $(BUILD)/check-kern-avx512
$(BUILD)/check-kern-avx512: $(KERNCHECK) $(call objects,tests/emulate/cpu_words.c) $(filter-out $(EMULATED),$(KERN)) \
        $(EMULATED:$(BUILD)/%=$(BUILD)/emulated/%)
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $(filter-out %/libkern/cpu_words.o,$^) -lpthread -lm

# --- data ---------------------------------------------------------------------------------------------------------
## vocab: train the shipped vocabulary again from the shipped texts
vocab: $(BUILD)/bpe_train
	@$(BUILD)/bpe_train 8192 suites/data/bpe-merges.txt suites/data/english.txt suites/data/code.txt \
	    suites/data/multilingual.txt

$(BUILD)/bpe_train: $(call objects,libkern/tools/bpe_train.c) $(BUILD)/libkern.a
	$(call say,LD,$@)
	$(Q)$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ -lm

# --- searches and comparisons, not tests ----------------------------------------------------------------------------
## fuzz: search for inputs that break the readers (needs clang and libclang-rt)
fuzz:
	@BUILD='$(BUILD)' tests/fuzz/search.sh

## compare: side by side with Google Benchmark, into harness/COMPARISON.md (needs libbenchmark-dev and a quiet machine)
compare: all
	@$(PYTHON) tests/compare/run.py --library $(BUILD)/libkernmark.a --write

## calibrate: false alarms and power of every test and gate on simulated noise, into harness/CALIBRATION.md (minutes)
calibrate: $(BUILD)/tests/calibration
	@$(BUILD)/tests/calibration --write harness/CALIBRATION.md

## live: the gate tested on this machine, idle, noisy and at 3%, into harness/SELFTEST.md (hours on a quiet machine)
live: all
	@BUILD='$(BUILD)' sh tests/live.sh $(PARTS)

# --- care --------------------------------------------------------------------------------------------------------
## lint: formatting, warnings as errors, static analysis, borders between rooms
lint: deps-lint
	@BUILD='$(BUILD)' CC='$(CC)' bash ci/lint.sh

## format: rewrite the C files in the project's format
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

## splice: put the tables of the latest run into README.md
splice: all
	@$(BUILD)/kernmark report --splice README.md

## install: kernmark, libkern, libkernmark, headers and suites under DESTDIR/PREFIX
install: all
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/lib/pkgconfig' '$(DESTDIR)$(PREFIX)/include/kern' \
	    '$(DESTDIR)$(PREFIX)/include/kernmark' '$(DESTDIR)$(PREFIX)/share/kernmark/suites/data' \
	    '$(DESTDIR)$(PREFIX)/share/kernmark/reports/templates' '$(DESTDIR)$(PREFIX)/share/kernmark/reports/figures'
	install -m755 $(BUILD)/kernmark '$(DESTDIR)$(PREFIX)/bin/'
	install -m644 $(BUILD)/libkern.a $(BUILD)/libkernmark.a '$(DESTDIR)$(PREFIX)/lib/'
	install -m755 $(BUILD)/libkernmark.so.0 '$(DESTDIR)$(PREFIX)/lib/'
	ln -sf libkernmark.so.0 '$(DESTDIR)$(PREFIX)/lib/libkernmark.so'
	install -m644 libkern/kern/* '$(DESTDIR)$(PREFIX)/include/kern/'
	install -m644 harness/kernmark/*.h '$(DESTDIR)$(PREFIX)/include/kernmark/'
	install -m644 suites/*.yaml suites/*.json '$(DESTDIR)$(PREFIX)/share/kernmark/suites/'
	install -m644 suites/data/* '$(DESTDIR)$(PREFIX)/share/kernmark/suites/data/'
	install -m644 reports/templates/* '$(DESTDIR)$(PREFIX)/share/kernmark/reports/templates/'
	install -m644 reports/figures/* '$(DESTDIR)$(PREFIX)/share/kernmark/reports/figures/'
	install -d '$(DESTDIR)$(PREFIX)/share/man/man1' '$(DESTDIR)$(PREFIX)/share/man/man3'
	install -m644 ci/man/kernmark.1 '$(DESTDIR)$(PREFIX)/share/man/man1/'
	install -m644 ci/man/kernmark-benchmark.3 '$(DESTDIR)$(PREFIX)/share/man/man3/'
	for n in kern kernmark; do sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' ci/$$n.pc.in \
	    > "$(DESTDIR)$(PREFIX)/lib/pkgconfig/$$n.pc"; done

## clean: remove build/ (never the results)
clean:
	rm -rf '$(BUILD)'

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
