/* SPDX-License-Identifier: Apache-2.0
 * Kernmark: benchmarks in C, with Google Benchmark's vocabulary, names, flags and output. The public header.
 *
 *     #include <kernmark/benchmark.h>
 *
 *     static void copy(struct km_state *state)
 *     {
 *         size_t n = (size_t)km_state_range(state, 0);
 *         char *from = calloc(n, 1), *to = malloc(n);
 *         KM_LOOP(state) {
 *             memcpy(to, from, n);
 *             KM_CLOBBER_MEMORY();
 *         }
 *         km_set_bytes_processed(state, km_state_iterations(state) * (int64_t)n);
 *         free(from);
 *         free(to);
 *     }
 *     KM_BENCHMARK(copy)
 *     {
 *         km_range(b, 8, 8 << 10);
 *         km_unit(b, KM_US);
 *     }
 *     KERNMARK_MAIN()
 *
 * Link with libkernmark (pkg-config kernmark). Compiles alone as C11 and as C++17, with GCC and Clang.
 * Functions that configure take a `struct km_benchmark *` and are called before the benchmarks run; what is wrong in
 * them (an empty range, a negative time) is told, with the benchmark's name, when the program starts, and ends it.
 * Functions for the measured code take a `struct km_state *`. Strings and arrays given to either are copied. Names that
 * end in an underscore are private. */
#ifndef KERNMARK_BENCHMARK_H
#define KERNMARK_BENCHMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct km_benchmark; /* one family: a function and how to run it */

/* What a benchmark function gets: one per thread and batch. Its members are private. */
struct km_state {
    int64_t left_;
};

typedef void km_function(struct km_state *state);
typedef void km_configure(struct km_benchmark *b);

/* --- registering ------------------------------------------------------------------------------------------------- */

/* A fixture: an object for each thread, made anew (zeroed) for each batch. set_up and tear_down run outside the measured
 * time, in the thread; either may be NULL. km_self() gives the object. */
struct km_fixture {
    size_t size;
    km_function *set_up, *tear_down;
};

/* All return a family that lives as long as the program. `argument` is what km_argument() gives, unchanged. */
struct km_benchmark *km_register(const char *name, km_function *fn);
struct km_benchmark *km_register_capture(const char *name, km_function *fn, const void *argument);
struct km_benchmark *km_register_fixture(const char *name, km_function *fn, const struct km_fixture *fixture);
void km_clear_registered(void); /* forgets all families; pointers to them are dangling then */

#define KM_JOIN2_(a, b) a##b
#define KM_JOIN_(a, b)  KM_JOIN2_(a, b)
#define KM_FAMILY_(family)                                                                                             \
    static void KM_JOIN_(km_configure_, __LINE__)(struct km_benchmark * b);                                            \
    __attribute__((constructor)) static void KM_JOIN_(km_register_, __LINE__)(void)                                    \
    {                                                                                                                  \
        KM_JOIN_(km_configure_, __LINE__)(family);                                                                     \
    }                                                                                                                  \
    static void KM_JOIN_(km_configure_, __LINE__)(__attribute__((unused)) struct km_benchmark * b)

/* Each is followed by a block that configures the family `b`; an empty {} is fine. They register before main().
 *
 *     KM_BENCHMARK(fn) { ... }                         "fn"
 *     KM_BENCHMARK_NAMED(fn, small) { ... }            "fn/small"
 *     KM_BENCHMARK_CAPTURE(fn, small, &options) { ... } "fn/small"; km_argument(state) is the pointer, which must be a
 *                                                      constant address: of a global, a string, or in C a compound
 *                                                      literal such as &(struct options){ 3, 4 }
 *     KM_BENCHMARK_F(Fixture, method) { ... }          "Fixture/method": the function Fixture_method with the
 *                                                      struct km_fixture Fixture */
#define KM_BENCHMARK(fn)                  KM_FAMILY_(km_register(#fn, fn))
#define KM_BENCHMARK_NAMED(fn, case_name) KM_FAMILY_(km_register(#fn "/" #case_name, fn))
#define KM_BENCHMARK_CAPTURE(fn, case_name, ...)                                                                       \
    static const void *const KM_JOIN_(km_argument_, __LINE__) = __VA_ARGS__;                                           \
    KM_FAMILY_(km_register_capture(#fn "/" #case_name, fn, KM_JOIN_(km_argument_, __LINE__)))
#define KM_BENCHMARK_F(fixture, method)                                                                                \
    KM_FAMILY_(km_register_fixture(#fixture "/" #method, fixture##_##method, &fixture))

/* --- arguments ---------------------------------------------------------------------------------------------------- */

struct km_span {
    int64_t low, high;
};
struct km_list {
    const int64_t *values;
    size_t count;
};

/* Each call adds argument sets; all sets of a family have the same number of arguments. */
void km_arg(struct km_benchmark *b, int64_t value);
void km_args(struct km_benchmark *b, size_t n, const int64_t *values);
void km_arg_real(struct km_benchmark *b, double value); /* in the name as short as it reads back exactly: 0.1 */
void km_args_real(struct km_benchmark *b, size_t n, const double *values);

/* low, the powers of the multiplier strictly between, high. The multiplier (8 at first) counts for later calls. */
void km_range_multiplier(struct km_benchmark *b, int multiplier);
void km_range(struct km_benchmark *b, int64_t low, int64_t high);
void km_dense_range(struct km_benchmark *b, int64_t start, int64_t limit, int64_t step);
/* All combinations, the first list varying fastest. */
void km_ranges(struct km_benchmark *b, size_t n, const struct km_span *spans);
void km_args_product(struct km_benchmark *b, size_t n, const struct km_list *lists);

/* Lists for km_args_product(); they live as long as b. */
struct km_list km_create_range(struct km_benchmark *b, int64_t low, int64_t high, int multiplier);
struct km_list km_create_dense_range(struct km_benchmark *b, int64_t start, int64_t limit, int64_t step);

void km_arg_name(struct km_benchmark *b, const char *name);
void km_arg_names(struct km_benchmark *b, size_t n, const char *const *names); /* "": no name for this one */

/* The same with values in place: KM_ARGS(b, 64, 128); KM_ARG_NAMES(b, "m", "k"); KM_RANGES(b, { 1, 8 }, { 2, 16 });
 * KM_ARGS_PRODUCT(b, KM_LIST(1, 2), km_create_range(b, 1, 64, 2)). A list kept in a variable is a struct km_list in C,
 * and auto in C++, where a struct km_list would outlive its values and is refused by the compiler. */
#ifndef __cplusplus
#define KM_COUNT_(type, ...) (sizeof((const type[]){ __VA_ARGS__ }) / sizeof(type))
#define KM_ARGS(b, ...)      km_args((b), KM_COUNT_(int64_t, __VA_ARGS__), (const int64_t[]){ __VA_ARGS__ })
#define KM_ARGS_REAL(b, ...) km_args_real((b), KM_COUNT_(double, __VA_ARGS__), (const double[]){ __VA_ARGS__ })
#define KM_ARG_NAMES(b, ...) km_arg_names((b), KM_COUNT_(char *, __VA_ARGS__), (const char *const[]){ __VA_ARGS__ })
#define KM_LIST(...)         ((struct km_list){ (const int64_t[]){ __VA_ARGS__ }, KM_COUNT_(int64_t, __VA_ARGS__) })
#define KM_RANGES(b, ...)                                                                                              \
    km_ranges((b), KM_COUNT_(struct km_span, __VA_ARGS__), (const struct km_span[]){ __VA_ARGS__ })
#define KM_ARGS_PRODUCT(b, ...)                                                                                        \
    km_args_product((b), KM_COUNT_(struct km_list, __VA_ARGS__), (const struct km_list[]){ __VA_ARGS__ })
#endif

/* --- how to run ---------------------------------------------------------------------------------------------------- */

enum km_unit { KM_NS, KM_US, KM_MS, KM_S, KM_AUTO /* the largest in which the time is at least 1 */ };

void km_name(struct km_benchmark *b, const char *name); /* another name for the family */
void km_unit(struct km_benchmark *b, enum km_unit unit);
void km_min_time(struct km_benchmark *b, double seconds);
void km_min_warmup_time(struct km_benchmark *b, double seconds);
void km_iterations(struct km_benchmark *b, int64_t n); /* exactly so many; not together with the two above */
void km_repetitions(struct km_benchmark *b, int n);
void km_report_aggregates_only(struct km_benchmark *b, bool only);
void km_display_aggregates_only(struct km_benchmark *b, bool only);

/* Which clock decides how long to run and divides rates: CPU time of the thread, unless one of these was called. */
void km_use_real_time(struct km_benchmark *b);
void km_use_manual_time(struct km_benchmark *b);          /* what km_set_iteration_time() says */
void km_measure_process_cpu_time(struct km_benchmark *b); /* CPU time is that of the whole process */

void km_threads(struct km_benchmark *b, int n);
void km_thread_range(struct km_benchmark *b, int low, int high); /* powers of 2 and both ends */
void km_dense_thread_range(struct km_benchmark *b, int low, int high, int stride);
void km_thread_per_cpu(struct km_benchmark *b);

/* Before and after every batch, in the main thread, outside the measured time, with a state of one iteration. Finding
 * the number of iterations takes several batches, so these run several times. */
void km_setup(struct km_benchmark *b, km_function *fn);
void km_teardown(struct km_benchmark *b, km_function *fn);
/* Once per argument set and thread count, before its first and after its last batch. Hand things over with km_set_data().
 * A set-up that skips leaves the benchmark out. */
void km_setup_once(struct km_benchmark *b, km_function *fn);
void km_teardown_once(struct km_benchmark *b, km_function *fn);

enum km_big_o { KM_O_NONE, KM_O_1, KM_O_N, KM_O_N2, KM_O_N3, KM_O_LOG_N, KM_O_N_LOG_N, KM_O_AUTO, KM_O_LAMBDA_ };
typedef double km_complexity_function(int64_t n);
void km_complexity(struct km_benchmark *b, enum km_big_o order); /* needs km_set_complexity_n() */
void km_complexity_by(struct km_benchmark *b, km_complexity_function *fn);

/* A statistic over repetitions, beside mean, median, stddev and cv. It gets the total seconds of each repetition (and,
 * for counters, their values). A KM_PERCENTAGE is a fraction of 1 and not divided by the iterations. */
enum km_statistic_unit { KM_TIME, KM_PERCENTAGE };
typedef double km_statistic_function(const double *values, size_t n);
void km_statistic(struct km_benchmark *b, const char *name, km_statistic_function *fn, enum km_statistic_unit unit);

void km_baseline(struct km_benchmark *b); /* later rows tell their time relative to this family's, same arguments */
void km_apply(struct km_benchmark *b, km_configure *fn);

/* --- the measured code --------------------------------------------------------------------------------------------- */

int64_t km_loop_next_(struct km_state *state); /* iterations to go now, less one; -1: none */
bool km_keep_running_next_(struct km_state *state, int64_t n);

/* The timed loop: KM_LOOP(state) { body }. One decrement and one branch per iteration; the clocks start before the first
 * and stop after the last. One loop per run of a function. To leave it early, skip first, then break. */
#define KM_LOOP(state) for (int64_t km_left_ = 0; --km_left_ >= 0 || (km_left_ = km_loop_next_(state)) >= 0;)

/* The same as while (km_keep_running(state)) { body }; skipping ends it. */
static inline bool km_keep_running(struct km_state *state)
{
    if (__builtin_expect(state->left_ > 0, 1)) {
        state->left_--;
        return true;
    }
    return km_keep_running_next_(state, 1);
}

/* For a body that does n iterations itself. The last batch may go beyond the number asked for; all count. */
static inline bool km_keep_running_batch(struct km_state *state, int64_t n)
{
    if (__builtin_expect(state->left_ >= n, 1)) {
        state->left_ -= n;
        return true;
    }
    return km_keep_running_next_(state, n);
}

int64_t km_state_range(const struct km_state *state, size_t i); /* argument i; 0 if there is none */
double km_state_real(const struct km_state *state, size_t i);   /* also of whole arguments */
int64_t km_state_iterations(const struct km_state *state);      /* in the loop and after it; 0 before */
int64_t km_state_max_iterations(const struct km_state *state);  /* of this batch */
int km_state_threads(const struct km_state *state);
int km_state_thread_index(const struct km_state *state);
const char *km_state_name(const struct km_state *state); /* of the family */

void *km_argument(const struct km_state *state); /* of KM_BENCHMARK_CAPTURE; NULL: none */
void *km_self(const struct km_state *state);     /* the fixture: this thread's object; NULL: none */
/* One pointer for all threads and batches of an argument set. */
void km_set_data(struct km_state *state, void *data);
void *km_data(const struct km_state *state);

/* What happens between the two is not counted. A pair reads the time-stamp counter twice: on a 2.6 GHz server about 20 ns
 * of wall time, of which about 10 ns are charged to the benchmark (where its rate is not constant, CLOCK_MONOTONIC is
 * read, for twice that). The CPU clock would cost 500 ns, so CPU time is lowered in the same proportion as real time: as
 * if pauses were as busy as the rest. Pausing twice is pausing once. */
void km_pause(struct km_state *state);
void km_resume(struct km_state *state);
void km_set_iteration_time(struct km_state *state, double seconds); /* adds to the manual time */

/* The first one of all threads wins. km_keep_running() then ends; in KM_LOOP, break. The message is a printf format. */
void km_skip_with_error(struct km_state *state, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void km_skip_with_message(struct km_state *state, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool km_skipped(const struct km_state *state);

void km_set_label(struct km_state *state, const char *label);
void km_set_complexity_n(struct km_state *state, int64_t n);
/* Totals over all iterations of this thread; shown per second. */
void km_set_bytes_processed(struct km_state *state, int64_t bytes);
void km_set_items_processed(struct km_state *state, int64_t items);
void km_set_flops_processed(struct km_state *state, double flops);

/* A counter named `name`, set by this thread; those of all threads are added. Flags are Google Benchmark's, same bits. */
#define KM_COUNTER_DEFAULTS                    0U
#define KM_COUNTER_IS_RATE                     1U /* divided by the time */
#define KM_COUNTER_AVG_THREADS                 2U /* divided by the threads */
#define KM_COUNTER_AVG_THREADS_RATE            3U
#define KM_COUNTER_IS_ITERATION_INVARIANT      4U /* multiplied by the iterations */
#define KM_COUNTER_IS_ITERATION_INVARIANT_RATE 5U
#define KM_COUNTER_AVG_ITERATIONS              8U /* divided by the iterations */
#define KM_COUNTER_AVG_ITERATIONS_RATE         9U
#define KM_COUNTER_INVERT                      0x80000000U /* 1 / value, last of all */
enum km_one_k { KM_IS_1000 = 1000, KM_IS_1024 = 1024 };
void km_counter(struct km_state *state, const char *name, double value, unsigned flags);
void km_counter_k(struct km_state *state, const char *name, double value, unsigned flags, enum km_one_k one_k);
void km_counter_add(struct km_state *state, const char *name, double value); /* to what it is so far, 0 at first */

/* --- keeping the compiler honest ------------------------------------------------------------------------------------ */

/* Keeps the compiler from removing the computation of what p points at. */
static inline void km_do_not_optimize(const void *p)
{
    __asm__ volatile("" : : "g"(p) : "memory");
}

/* Makes the compiler assume that all memory was read and written. */
static inline void km_clobber_memory(void)
{
    __asm__ volatile("" : : : "memory");
}
#define KM_CLOBBER_MEMORY() km_clobber_memory()

/* KM_DO_NOT_OPTIMIZE(x): the value of any expression (number, pointer, struct) must be computed; a number stays in its
 * register, a large struct in its place. What a pointer points at counts as read and written, too.
 * KM_HIDE(variable): the same, and the compiler no longer knows the variable's value. */
#if defined(__x86_64__) || defined(__i386__)
#define KM_FLOAT_REGISTER_ "x"
#elif defined(__aarch64__)
#define KM_FLOAT_REGISTER_ "w"
#else
#define KM_FLOAT_REGISTER_ "m"
#endif
#ifdef __clang__
#define KM_ANY_PLACE_ "r,m" /* the first that fits; "rm" would always be memory */
#else
#define KM_ANY_PLACE_ "rm"
#endif

#define KM_USE_IN_(constraint, value)   __asm__ volatile("" : : constraint(value) : "memory")
#define KM_HIDE_IN_(constraint, lvalue) __asm__ volatile("" : "+" constraint(lvalue) : : "memory")

#ifndef __cplusplus
/* Every branch is compiled, so the ones not taken get a stand-in that fits them. Types 1 to 5 are numbers without a
 * fraction and pointers. */
#define KM_IS_(type, x)            __builtin_types_compatible_p(__typeof__(x), type)
#define KM_IS_FLOAT_(x)            (KM_IS_(float, x) || KM_IS_(double, x))
#define KM_IS_WORD_(x)             (__builtin_classify_type(x) <= 5 && sizeof(x) <= sizeof(void *))
#define KM_PICK_(test, x, instead) __builtin_choose_expr(test, x, instead)
#define KM_DO_NOT_OPTIMIZE(x)                                                                                          \
    do {                                                                                                               \
        if (KM_IS_FLOAT_(x))                                                                                           \
            KM_USE_IN_(KM_FLOAT_REGISTER_, KM_PICK_(KM_IS_FLOAT_(x), (x), 0.0));                                       \
        else                                                                                                           \
            KM_USE_IN_(KM_ANY_PLACE_, KM_PICK_(KM_IS_FLOAT_(x), 0, (x)));                                              \
    } while (0)
#define KM_HIDE(variable)                                                                                              \
    do {                                                                                                               \
        double km_real_ = 0;                                                                                           \
        int km_word_ = 0;                                                                                              \
        if (KM_IS_FLOAT_(variable))                                                                                    \
            KM_HIDE_IN_(KM_FLOAT_REGISTER_, KM_PICK_(KM_IS_FLOAT_(variable), (variable), km_real_));                   \
        else if (KM_IS_WORD_(variable))                                                                                \
            KM_HIDE_IN_("r", KM_PICK_(KM_IS_WORD_(variable), (variable), km_word_));                                   \
        else                                                                                                           \
            KM_HIDE_IN_("m", KM_PICK_(KM_IS_WORD_(variable), km_word_, (variable)));                                   \
    } while (0)
#endif

/* --- hooks ----------------------------------------------------------------------------------------------------------- */

#define KM_MEMORY_UNKNOWN INT64_MIN
struct km_memory_result {
    int64_t num_allocs, max_bytes_used;
    int64_t total_allocated_bytes, net_heap_growth; /* KM_MEMORY_UNKNOWN: not known */
};

/* Around an extra run of at most 16 iterations in one thread, once per repetition. The result starts as 0, 0 and
 * unknown. NULL takes the manager away. The struct is borrowed. */
struct km_memory_manager {
    void (*start)(void *ctx);
    void (*stop)(void *ctx, struct km_memory_result *result);
    void *ctx;
};
void km_register_memory_manager(const struct km_memory_manager *manager);

/* Around an extra run of as many iterations as were measured, after set-up and before tear-down. */
struct km_profiler_manager {
    void (*after_setup_start)(void *ctx);
    void (*before_teardown_stop)(void *ctx);
    void *ctx;
};
void km_register_profiler_manager(const struct km_profiler_manager *manager);

/* --- the program ------------------------------------------------------------------------------------------------------ */

/* A pair for the reports' context, beside those of --benchmark_context. Of two with the same key the first one counts,
 * whether it came from here or from the flags, and the other is told on standard error. */
void km_add_custom_context(const char *key, const char *value);

/* Reads the flags (--benchmark_filter=...) and takes those it knows out of argv. Returns 0; 1 if there is nothing more
 * to do (--help); or, after telling on standard error what is wrong, -1. */
int km_initialize(int *argc, char **argv);
/* Tells what is left in argv on standard error and returns true if there is any. */
bool km_report_unrecognized_arguments(int argc, char **argv);
/* Runs what was selected, writes the reports, and returns the exit code: 0; 2 for a bad filter or one that selects
 * nothing; 4 if a benchmark failed. */
int km_run_specified_benchmarks(void);
void km_shutdown(void);
int km_main(int argc, char **argv); /* all of the above */

#define KERNMARK_MAIN()                                                                                                \
    int main(int argc, char **argv)                                                                                    \
    {                                                                                                                  \
        return km_main(argc, argv);                                                                                    \
    }

#ifdef __cplusplus
}

template <class... T> inline void km_cpp_args_(struct km_benchmark *b, T... values)
{
    const int64_t all[] = { static_cast<int64_t>(values)... };
    km_args(b, sizeof...(values), all);
}
template <class... T> inline void km_cpp_arg_names_(struct km_benchmark *b, T... names)
{
    const char *const all[] = { names... };
    km_arg_names(b, sizeof...(names), all);
}
template <class... T> inline void km_cpp_args_real_(struct km_benchmark *b, T... values)
{
    const double all[] = { static_cast<double>(values)... };
    km_args_real(b, sizeof...(values), all);
}
template <size_t n> inline void km_cpp_ranges_(struct km_benchmark *b, const struct km_span (&spans)[n])
{
    km_ranges(b, n, spans);
}
template <size_t n> struct km_cpp_list_ {
    int64_t values[n];
    operator km_list() const &
    {
        return { values, n };
    }
    operator km_list() const && = delete;
};
template <class... T> inline km_cpp_list_<sizeof...(T)> km_cpp_make_list_(T... values)
{
    return { { static_cast<int64_t>(values)... } };
}
template <class... T> inline void km_cpp_args_product_(struct km_benchmark *b, const T &...lists)
{
    const struct km_list all[] = { lists... };
    km_args_product(b, sizeof...(lists), all);
}
#define KM_ARGS(b, ...)         km_cpp_args_((b), __VA_ARGS__)
#define KM_ARGS_REAL(b, ...)    km_cpp_args_real_((b), __VA_ARGS__)
#define KM_ARG_NAMES(b, ...)    km_cpp_arg_names_((b), __VA_ARGS__)
#define KM_LIST(...)            km_cpp_make_list_(__VA_ARGS__)
#define KM_RANGES(b, ...)       km_cpp_ranges_((b), { __VA_ARGS__ })
#define KM_ARGS_PRODUCT(b, ...) km_cpp_args_product_((b), __VA_ARGS__)

template <class T> inline void km_cpp_use_(const T &value)
{
    KM_USE_IN_(KM_ANY_PLACE_, value);
}
inline void km_cpp_use_(const float &value)
{
    KM_USE_IN_(KM_FLOAT_REGISTER_, value);
}
inline void km_cpp_use_(const double &value)
{
    KM_USE_IN_(KM_FLOAT_REGISTER_, value);
}
template <bool in_memory> struct km_cpp_place_ {
    template <class T> static void hide(T &value)
    {
        KM_HIDE_IN_("r", value);
    }
};
template <> struct km_cpp_place_<true> {
    template <class T> static void hide(T &value)
    {
        KM_HIDE_IN_("m", value);
    }
};
template <class T> inline void km_cpp_hide_(T &value)
{
    km_cpp_place_<__is_class(T) || __is_union(T) || (sizeof(T) > sizeof(void *))>::hide(value);
}
inline void km_cpp_hide_(float &value)
{
    KM_HIDE_IN_(KM_FLOAT_REGISTER_, value);
}
inline void km_cpp_hide_(double &value)
{
    KM_HIDE_IN_(KM_FLOAT_REGISTER_, value);
}
#define KM_DO_NOT_OPTIMIZE(x) km_cpp_use_(x)
#define KM_HIDE(variable)     km_cpp_hide_(variable)
#endif
#endif
