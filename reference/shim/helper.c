/* shim/helper.c - what runs in the containers of shim_root_test.c: static, a few words long. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int cat(void)
{
    char chunk[65536];
    ssize_t n;

    while ((n = read(0, chunk, sizeof(chunk))) > 0)
        if (write(1, chunk, (size_t)n) != n)
            return 1;
    return 7;
}

static int flood(long bytes)
{
    static char line[1000];

    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\n';
    for (; bytes > 0; bytes -= (long)sizeof(line))
        if (write(1, line, sizeof(line)) != sizeof(line))
            return 1;
    return 0;
}

static void eat(void)
{
    for (;;) {
        char *p = malloc(1 << 20);

        if (p)
            memset(p, 1, 1 << 20);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    setvbuf(stdout, NULL, _IONBF, 0);
    if (strcmp(what, "both") == 0) {
        fputs("out\n", stdout);
        fputs("err\n", stderr);
        fputs("tail", stdout);
        return 3;
    }
    if (strcmp(what, "cat") == 0)
        return cat();
    if (strcmp(what, "flood") == 0)
        return flood(atol(argv[2]));
    if (strcmp(what, "eat") == 0)
        eat();
    if (strcmp(what, "tick") == 0)
        for (long i = 0;; i++, usleep(20000))
            printf("tick %ld\n", i);
    if (strcmp(what, "tty") == 0) {
        struct winsize size = { 0 };

        while (getchar() != EOF && ioctl(0, TIOCGWINSZ, &size) == 0)
            printf("%d %dx%d\n", isatty(0), size.ws_row, size.ws_col);
    }
    if (strcmp(what, "sleep") == 0)
        for (;;)
            pause();
    return 0;
}
