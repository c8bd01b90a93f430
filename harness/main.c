/* SPDX-License-Identifier: Apache-2.0
 * The kernmark command: finds the subcommand, reads its options, prints its error. */
#include "harness/command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND(name) extern const struct command command_##name;
#include "harness/commands.def"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "harness/commands.def"
#undef COMMAND
    NULL,
};

static void help(void)
{
    puts("kernmark: benchmarks C code, remembers every result, and says with evidence when something got slower\n\n"
         "usage: kernmark COMMAND [options]\n");
    for (size_t i = 0; commands[i]; i++)
        if (commands[i]->summary)
            printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    puts("\n`kernmark COMMAND --help` explains one. Exit codes: 0 pass, 1 regression, 2 usage or configuration,\n"
         "3 inconclusive or no baseline, 4 a benchmark failed or is missing, 5 environment unfit, 6 store error,\n"
         "70 internal error.");
}

static void command_help(const struct command *c)
{
    printf("usage: kernmark %s\n\n%s\n", c->usage, c->about);
    if (c->options->name) {
        puts("\noptions:");
        options_help(stdout, c->options);
    }
    printf("\nexample:\n%s\n", c->example);
}

static bool asks_for_help(int argc, const char *const *argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return true;
    return false;
}

static const struct command *find_command(const char *name, struct err *e)
{
    const char *names[32] = { 0 };
    for (size_t i = 0; commands[i]; i++) {
        if (!strcmp(commands[i]->name, name))
            return commands[i];
        names[i] = commands[i]->name;
    }
    const char *like = nearest(name, names);
    if (like)
        err_set(e, EXIT_USAGE, "unknown command '%s': did you mean '%s'?", name, like);
    else
        err_set(e, EXIT_USAGE, "unknown command '%s': see `kernmark --help`", name);
    return NULL;
}

static int run_command(const struct command *c, int argc, const char *const *argv, struct err *e)
{
    struct mem m = { 0 };
    struct words words;
    void *options = mem_alloc(&m, c->options_size);
    int code = options_parse(&m, c->options, argc, argv, options, &words, e);
    if (!code)
        code = c->run(&m, options, &words, e);
    mem_free(&m);
    return code;
}

int main(int argc, char **argv)
{
    struct err e = { 0 };
    if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        help();
        return argc < 2 ? EXIT_USAGE : EXIT_PASS;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("kernmark %s\n", build_version());
        return EXIT_PASS;
    }
    const char *const *rest = (const char *const *)argv + 2;
    const struct command *c = find_command(argv[1], &e);
    if (c && asks_for_help(argc - 2, rest)) {
        command_help(c);
        return EXIT_PASS;
    }
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write error with a message, not a silent end */
    int code = c ? run_command(c, argc - 2, rest, &e) : -1;
    if (code < 0) {
        fprintf(stderr, "kernmark: %s\n", e.text);
        code = (int)e.kind;
    }
    return code;
}
