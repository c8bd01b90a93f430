/* SPDX-License-Identifier: Apache-2.0
 * spawn PROGRAM [ARGUMENT...]: runs the program with its output thrown away and prints what the kernel says of it:
 * "WALL-NANOSECONDS PEAK-KIBIBYTES EXIT-CODE". Small on purpose: a process inherits the peak memory of whoever starts
 * it, so a large one (Python) would hide the peaks that are measured. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(int argc, char **argv)
{
    struct rusage used;
    int status = 0;
    if (argc < 2)
        return 2;
    long long start = now();
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 1);
        dup2(null, 2);
        execv(argv[1], argv + 1);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) < 0)
        return 1;
    printf("%lld %ld %d\n", now() - start, used.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128);
    return 0;
}
