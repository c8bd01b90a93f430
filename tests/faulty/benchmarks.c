/* SPDX-License-Identifier: Apache-2.0
 * A benchmark executable in which nearly everything goes wrong: one benchmark for every way to misbehave, each between
 * others that are fine. "good" and "last" are the proof that a run went on. The environment adds what a test needs more
 * of: FAULTY_INSTANCES=N instances of one family, FAULTY_NAME=TEXT one benchmark of that name. */
#include <kernmark/benchmark.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define ONCE km_iterations(b, 1)

static void good(struct km_state *s)
{
    KM_LOOP(s)
        KM_CLOBBER_MEMORY();
    km_counter(s, "seen", 7, KM_COUNTER_DEFAULTS);
}
KM_BENCHMARK(good)
{
    ONCE;
}

/* --- the loop ----------------------------------------------------------------------------------------------------- */

static void no_loop(struct km_state *s)
{
    (void)s;
}
KM_BENCHMARK(no_loop)
{
    ONCE;
}

static void twice(struct km_state *s)
{
    KM_LOOP(s)
        KM_CLOBBER_MEMORY();
    KM_LOOP(s)
        KM_CLOBBER_MEMORY();
}
KM_BENCHMARK(twice)
{
    ONCE;
}

static void early(struct km_state *s)
{
    KM_LOOP(s)
        break;
}
KM_BENCHMARK(early)
{
    km_iterations(b, 100);
}

static void early_in_threads(struct km_state *s)
{
    KM_LOOP(s)
        if (km_state_thread_index(s) == 1)
            break;
}
KM_BENCHMARK(early_in_threads)
{
    km_iterations(b, 100), km_threads(b, 3);
}

/* --- the process -------------------------------------------------------------------------------------------------- */

static void forks(struct km_state *s)
{
    fflush(NULL);
    KM_LOOP(s)
        fork(); /* and both go on */
}
KM_BENCHMARK(forks)
{
    ONCE;
}

static void forks_in_threads(struct km_state *s)
{
    KM_LOOP(s)
        fork();
}
KM_BENCHMARK(forks_in_threads)
{
    ONCE, km_threads(b, 2);
}

static void forks_and_exits(struct km_state *s)
{
    KM_LOOP(s)
        if (fork() == 0)
            exit(0); /* with our buffers and exit handlers */
}
KM_BENCHMARK(forks_and_exits)
{
    ONCE;
}

static void orphan(struct km_state *s)
{
    KM_LOOP(s)
        if (fork() == 0) {
            sleep(600);
            _exit(0);
        }
}
KM_BENCHMARK(orphan)
{
    ONCE;
}

static void closes_stdout(struct km_state *s)
{
    KM_LOOP(s)
        close(STDOUT_FILENO);
}
KM_BENCHMARK(closes_stdout)
{
    ONCE;
}

static void fcloses_stdout(struct km_state *s)
{
    KM_LOOP(s)
        fclose(stdout);
}
KM_BENCHMARK(fcloses_stdout)
{
    ONCE;
}

static void closes_everything(struct km_state *s)
{
    for (int fd = 0; fd < 1024; fd++)
        close(fd);
    KM_LOOP(s)
        KM_CLOBBER_MEMORY();
}
KM_BENCHMARK(closes_everything)
{
    ONCE;
}

static void prints(struct km_state *s)
{
    KM_LOOP(s)
        puts("} not a row, and \"benchmarks\": [");
}
KM_BENCHMARK(prints)
{
    ONCE;
}

static void exits_0(struct km_state *s)
{
    KM_LOOP(s)
        exit(0);
}
KM_BENCHMARK(exits_0)
{
    ONCE;
}

static void exits_3(struct km_state *s)
{
    KM_LOOP(s)
        exit(3);
}
KM_BENCHMARK(exits_3)
{
    ONCE;
}

static void exits_in_threads(struct km_state *s)
{
    KM_LOOP(s)
        if (km_state_thread_index(s) == 1)
            exit(0);
}
KM_BENCHMARK(exits_in_threads)
{
    ONCE, km_threads(b, 2);
}

static void leaves(struct km_state *s)
{
    KM_LOOP(s)
        _exit(0);
}
KM_BENCHMARK(leaves)
{
    ONCE;
}

static void moves(struct km_state *s)
{
    KM_LOOP(s)
        if (chdir("/"))
            km_skip_with_error(s, "no way");
}
KM_BENCHMARK(moves)
{
    ONCE;
}

/* --- signals: "raises/signal:11" ---------------------------------------------------------------------------------- */

static void raises(struct km_state *s)
{
    int number = (int)km_state_range(s, 0);
    KM_LOOP(s)
        raise(number);
}
KM_BENCHMARK(raises)
{
    static const int all[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,  SIGFPE,    SIGKILL,
                               SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGVTALRM, SIGSYS };
    km_arg_name(b, "signal");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        km_arg(b, all[i]);
    ONCE;
}

static void overflows(struct km_state *s)
{
    volatile char room[4096];
    room[0] = 1;
    if (km_state_range(s, 0) >= 0)
        overflows(s);
    KM_HIDE(room[0]);
}
KM_BENCHMARK(overflows)
{
    ONCE;
}

static void ignores_signals(struct km_state *s)
{
    KM_LOOP(s)
        for (int i = 1; i < 32; i++)
            signal(i, SIG_IGN);
}
KM_BENCHMARK(ignores_signals)
{
    ONCE;
}

/* --- memory and time ---------------------------------------------------------------------------------------------- */

static void leaks(struct km_state *s)
{
    KM_LOOP(s) {
        char *p = malloc(1 << 20);
        KM_DO_NOT_OPTIMIZE(p);
    }
}
KM_BENCHMARK(leaks)
{
    km_iterations(b, 64);
}

static void hangs(struct km_state *s)
{
    signal(SIGTERM, SIG_IGN);
    KM_LOOP(s)
        for (;;)
            pause();
}
KM_BENCHMARK(hangs)
{
    ONCE;
}

static void spins(struct km_state *s)
{
    KM_LOOP(s)
        for (;;)
            KM_CLOBBER_MEMORY();
}
KM_BENCHMARK(spins)
{
    ONCE;
}

static void slow(struct km_state *s)
{
    KM_LOOP(s)
        usleep(20000);
}
KM_BENCHMARK(slow)
{
    km_min_time(b, 1e6);
}

/* --- threads ------------------------------------------------------------------------------------------------------ */

static void *forever(void *nothing)
{
    (void)nothing;
    for (;;)
        pause();
    return NULL;
}

static void leaves_threads(struct km_state *s)
{
    pthread_t id;
    KM_LOOP(s)
        for (int i = 0; i < 4; i++)
            if (!pthread_create(&id, NULL, forever, NULL))
                pthread_detach(id);
}
KM_BENCHMARK(leaves_threads)
{
    ONCE;
}

static void too_many_threads(struct km_state *s)
{
    KM_LOOP(s)
        KM_CLOBBER_MEMORY();
}
KM_BENCHMARK(too_many_threads)
{
    ONCE, km_threads(b, 65536);
}

/* --- words -------------------------------------------------------------------------------------------------------- */

static void fails(struct km_state *s)
{
    km_skip_with_error(s, "\x1b[31m \"quoted\" \xff %s", "100%");
}
KM_BENCHMARK(fails)
{
    ONCE;
}

static void odd_counters(struct km_state *s)
{
    volatile double zero = 0;
    KM_LOOP(s)
        KM_CLOBBER_MEMORY();
    km_counter(s, "nan", zero / zero, 0);
    km_counter(s, "inf", 1 / zero, 0);
    km_counter(s, "\x1b[31m'; DROP TABLE result; -- <b>|\n\"\xff", 5, 0);
    km_counter(s, "", 6, 0);
    km_counter(s, "real_time", 7, 0);
    km_set_label(s, "\x1b]0;owned\x07\xff\"\n");
}
KM_BENCHMARK(odd_counters)
{
    ONCE;
}

KM_BENCHMARK(good)
{
    km_name(b, "control \x01\x1b[31m\x7f\t bytes"), ONCE;
}
KM_BENCHMARK(good)
{
    km_name(b, "invalid \xff\xc3(\xed\xa0\x80 utf-8"), ONCE;
}
KM_BENCHMARK(good)
{
    km_name(b, "two\nlines"), ONCE;
}
KM_BENCHMARK(good)
{
    km_name(b, "a\"quote,comma'and\\backslash"), ONCE;
}
KM_BENCHMARK(good)
{
    km_name(b, "same name"), ONCE;
}
KM_BENCHMARK(good)
{
    km_name(b, "same name"), ONCE;
}
KM_BENCHMARK(good)
{
    km_name(b, ""), ONCE;
}
KM_BENCHMARK(good)
{
    char name[10241];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    memcpy(name, "long", 4);
    km_name(b, name);
    ONCE;
}

KM_BENCHMARK_NAMED(good, last)
{
    km_name(b, "last"), ONCE;
}

static void many(struct km_state *s)
{
    KM_LOOP(s)
        KM_CLOBBER_MEMORY();
}

int main(int argc, char **argv)
{
    const char *name = getenv("FAULTY_NAME"), *instances = getenv("FAULTY_INSTANCES");
    if (name)
        km_iterations(km_register(name, good), 1);
    if (instances) {
        struct km_benchmark *b = km_register("many", many);
        km_iterations(b, 1);
        km_dense_range(b, 1, strtoll(instances, NULL, 10), 1);
    }
    return km_main(argc, argv);
}
