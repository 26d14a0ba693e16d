/* tests/peak.c - runs a command and says what it took, for tests that must bound it.
 *
 *     peak FILE COMMAND WORD...      writes "KIB SECONDS": the memory of the largest process that the command
 *                                    started, itself included, and its time; ends with the command's status */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct timespec begin, end;
    struct rusage usage;
    int status;

    if (argc < 3) {
        fputs("usage: peak FILE COMMAND WORD...\n", stderr);
        return 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &begin);
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || getrusage(RUSAGE_CHILDREN, &usage) < 0)
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &end);
    FILE *out = fopen(argv[1], "w");
    if (out == NULL)
        return 2;
    fprintf(out, "%ld %ld\n", usage.ru_maxrss, (long)(end.tv_sec - begin.tv_sec));
    fclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
