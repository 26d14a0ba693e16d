/* cli/main.c - `engine`: the table of commands, the options before a command, help.
 *
 * Exit status: what the command says (run, exec and start -a: the container's); 1 for a failure; 125 for wrong use of
 * flags, as docker has it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "cli/cli.h"
#include "cli/commands.h"

#define PROGRAM      "engine"
#define DEFAULT_HOST "unix:///run/engined/engined.sock"

static const struct command *const commands[] = {
    &run_command,
    &exec_command,
    &ps_command,
    &images_command,
    &pull_command,
    &push_command,
    &version_command,
    &info_command,
    &attach_command,
    &build_command,
    &builder_prune_command,
    &commit_command,
    &create_command,
    &diff_command,
    &events_command,
    &export_command,
    &history_command,
    &import_command,
    &inspect_command,
    &kill_command,
    &load_command,
    &login_command,
    &logs_command,
    &pause_command,
    &port_command,
    &rename_command,
    &restart_command,
    &rm_command,
    &rmi_command,
    &save_command,
    &search_command,
    &start_command,
    &stats_command,
    &stop_command,
    &tag_command,
    &top_command,
    &unpause_command,
    &update_command,
    &wait_command,
    &cp_command,
    &container_inspect_command,
    &container_prune_command,
    &image_inspect_command,
    &image_prune_command,
    &network_connect_command,
    &network_create_command,
    &network_disconnect_command,
    &network_inspect_command,
    &network_ls_command,
    &network_prune_command,
    &network_rm_command,
    &volume_create_command,
    &volume_inspect_command,
    &volume_ls_command,
    &volume_prune_command,
    &volume_rm_command,
    &df_command,
    &system_prune_command,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct {
    const char *name, *summary;
} groups[] = {
    {"builder",    "Manage builds"    },
    { "container", "Manage containers"},
    { "image",     "Manage images"    },
    { "network",   "Manage networks"  },
    { "system",    "Manage the engine"},
    { "volume",    "Manage volumes"   },
};

#define GROUP_COUNT (sizeof(groups) / sizeof(groups[0]))

/* docker's other names for commands of a group */
static const struct {
    const char *group, *alias, *name;
} aliases[] = {
    {"container",  "ps",     "ls"},
    { "container", "list",   "ls"},
    { "image",     "list",   "ls"},
    { "network",   "list",   "ls"},
    { "volume",    "list",   "ls"},
    { "container", "remove", "rm"},
    { "image",     "remove", "rm"},
    { "network",   "remove", "rm"},
    { "volume",    "remove", "rm"},
};

static const struct flag global_flags[] = {
    {'D',  "debug",     FLAG_BOOL,  NULL,     "Accepted and without effect: there is nothing more to say"},
    { 'H', "host",      FLAG_VALUE, "string",
     "The engine's address, unix:///path or tcp://host:port (default \"" DEFAULT_HOST
      "\", or DOCKER_HOST)"                                                                              },
    { 0,   "tls",       FLAG_BOOL,  NULL,     "TLS, without a look at the engine's certificate"          },
    { 0,   "tlscacert", FLAG_VALUE, "string",
     "Trust what this authority signed (default \"~/.docker/ca.pem\")"                                   },
    { 0,   "tlscert",   FLAG_VALUE, "string", "Our certificate (default \"~/.docker/cert.pem\")"         },
    { 0,   "tlskey",    FLAG_VALUE, "string", "Its key (default \"~/.docker/key.pem\")"                  },
    { 0,   "tlsverify", FLAG_BOOL,  NULL,     "TLS, and the engine's certificate is checked"             },
    { 'v', "version",   FLAG_BOOL,  NULL,     "Show our version and end"                                 },
    FLAGS_END,
};

static const char *full_name(const struct command *c, bool in_group)
{
    static char text[80];

    if (in_group)
        snprintf(text, sizeof(text), PROGRAM " %s %s", c->group, c->in_group);
    else
        snprintf(text, sizeof(text), PROGRAM " %s", c->name);
    return text;
}

/* -- help -- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list_commands(const char *group)
{
    const char *lines[COMMAND_COUNT];
    size_t count = 0;

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *c = commands[i];
        const char *name = !group ? c->name : c->group && strcmp(c->group, group) == 0 ? c->in_group : NULL;

        if (name)
            lines[count++] = xasprintf("  %-11s %s", name, c->summary);
    }
    qsort(lines, count, sizeof(lines[0]), by_name);
    for (size_t i = 0; i < count; i++) {
        puts(lines[i]);
        free((void *)lines[i]);
    }
}

static void main_help(void)
{
    printf("Usage:  " PROGRAM " [OPTIONS] COMMAND\n\nThe command line of the Plimsoll reference engine; it "
           "speaks to any Docker Engine API.\n"
           "\nManagement Commands:\n");
    for (size_t i = 0; i < GROUP_COUNT; i++)
        printf("  %-11s %s\n", groups[i].name, groups[i].summary);
    printf("\nCommands:\n");
    list_commands(NULL);
    args_help(global_flags, "Global Options", stdout);
    printf("\nEnvironment: DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, DOCKER_API_VERSION.\n"
           "Not there: build, push, login, logout, search, contexts, plugins, swarm; run --gpus and "
           "--device-read-bps and its kin;\n"
           "stats without --no-stream; system df -v.\n"
           "\nRun '" PROGRAM " COMMAND --help' for more information on a command.\n");
}

static void group_help(const char *group, const char *summary)
{
    printf("Usage:  " PROGRAM " %s COMMAND\n\n%s\n\nCommands:\n", group, summary);
    list_commands(group);
    printf("\nRun '" PROGRAM " %s COMMAND --help' for more information on a command.\n", group);
}

static void command_help(const struct command *c, bool in_group)
{
    printf("Usage:  %s %s\n\n%s\n", full_name(c, in_group), c->usage, c->summary);
    if (c->name && c->group) {
        printf("\nAliases:\n  " PROGRAM " %s %s, ", c->group, c->in_group);
        printf(PROGRAM " %s\n", c->name);
    }
    args_help(c->flags, "Options", stdout);
}

/* -- finding -- */

static const struct command *find_top(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i]->name && strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static const struct command *find_in_group(const char *group, const char *name)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        if (strcmp(aliases[i].group, group) == 0 && strcmp(aliases[i].alias, name) == 0)
            name = aliases[i].name;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i]->group && strcmp(commands[i]->group, group) == 0 &&
            strcmp(commands[i]->in_group, name) == 0)
            return commands[i];
    return NULL;
}

static const char *group_summary(const char *name)
{
    for (size_t i = 0; i < GROUP_COUNT; i++)
        if (strcmp(groups[i].name, name) == 0)
            return groups[i].summary;
    return NULL;
}

/* -- running -- */

static int wrong_count(const struct command *c, bool in_group)
{
    const char *name = full_name(c, in_group);
    char wanted[64];

    if (c->max == 0)
        snprintf(wanted, sizeof(wanted), "accepts no arguments");
    else if (c->min == c->max)
        snprintf(wanted, sizeof(wanted), "requires %d argument%s", c->min, c->min == 1 ? "" : "s");
    else if (c->max < 0)
        snprintf(wanted, sizeof(wanted), "requires at least %d argument%s", c->min, c->min == 1 ? "" : "s");
    else if (c->min == 0)
        snprintf(wanted, sizeof(wanted), "requires at most %d argument%s", c->max, c->max == 1 ? "" : "s");
    else
        snprintf(wanted, sizeof(wanted), "requires at least %d and at most %d arguments", c->min, c->max);
    fprintf(stderr, PROGRAM ": '%s' %s\n\nUsage:  %s %s\n\nSee '%s --help' for more information\n", name,
            wanted, name, c->usage, name);
    return 1;
}

static int misuse(const struct command *c, bool in_group, const struct error *err)
{
    const char *name = full_name(c, in_group);

    fprintf(stderr, "%s\n\nUsage:  %s %s\n\nRun '%s --help' for more information\n", err->text, name,
            c->usage, name);
    return 125;
}

static int command_main(struct cli *cli, const struct command *c, bool in_group, int argc, char **argv)
{
    struct args args;
    struct error err = { 0 };
    int result;

    if (args_parse(c->flags, c->first_arg_ends, argc, argv, &args, &err) < 0) {
        result = misuse(c, in_group, &err);
        args_free(&args);
        return result;
    }
    if (args_has(&args, "help")) {
        command_help(c, in_group);
        result = 0;
    } else if (args.count < c->min || (c->max >= 0 && args.count > c->max)) {
        result = wrong_count(c, in_group);
    } else {
        result = c->run(cli, &args, &err);
        if (result < 0 && args_is_misuse(&err)) {
            result = misuse(c, in_group, &err);
        } else if (result < 0) {
            cli_complain(&err);
            result = 1;
        }
    }
    args_free(&args);
    return result;
}

static int group_main(struct cli *cli, int argc, char **argv)
{
    const char *summary = group_summary(argv[0]);
    const struct command *c;

    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        group_help(argv[0], summary);
        return 0;
    }
    c = find_in_group(argv[0], argv[1]);
    if (c)
        return command_main(cli, c, true, argc - 1, argv + 1);
    fprintf(stderr,
            PROGRAM ": unknown command: " PROGRAM " %s %s\n\nUsage:  " PROGRAM " %s\n\nRun '" PROGRAM
                    " %s --help' for more information\n",
            argv[0], argv[1], argv[0], argv[0]);
    return 1;
}

static int dispatch(struct cli *cli, int argc, char **argv)
{
    const struct command *c = find_top(argv[0]);

    if (c)
        return command_main(cli, c, false, argc, argv);
    if (group_summary(argv[0]))
        return group_main(cli, argc, argv);
    if (strcmp(argv[0], "help") == 0 && argc > 1) {
        char *again[] = { argv[1], (char *)"--help", NULL };

        return strcmp(argv[1], "help") == 0 ? (main_help(), 0) : dispatch(cli, 2, again);
    }
    if (strcmp(argv[0], "help") == 0) {
        main_help();
        return 0;
    }
    fprintf(stderr,
            PROGRAM ": unknown command: " PROGRAM " %s\n\nRun '" PROGRAM " --help' for more information\n",
            argv[0]);
    return 1;
}

/* -- the options before the command, and the environment -- */

static char *certificate(const struct args *args, const char *flag, const char *file)
{
    const char *given = args_value(args, flag, NULL), *folder = getenv("DOCKER_CERT_PATH"),
               *home = getenv("HOME");
    scoped_free char *fallback = NULL;

    if (given)
        return xstrdup(given);
    fallback = path_join(home ? home : "/", ".docker");
    return path_join(str_empty(folder) ? fallback : folder, file);
}

static void cli_begin(struct cli *cli, const struct args *args)
{
    const char *host = getenv("DOCKER_HOST"), *version = getenv("DOCKER_API_VERSION"),
               *verify = getenv("DOCKER_TLS_VERIFY");

    host = args_value(args, "host", str_empty(host) ? DEFAULT_HOST : host);
    cli->host =
        strstr(host, "://") ? xstrdup(host) : xasprintf("%s%s", *host == '/' ? "unix://" : "tcp://", host);
    cli->version_fixed = !str_empty(version);
    cli->version = xstrdup(cli->version_fixed ? version + (*version == 'v') : CLI_API_VERSION);
    cli->tls_verify = args_bool(args, "tlsverify", !str_empty(verify));
    cli->tls = args_bool(args, "tls", false);
    cli->ca = certificate(args, "tlscacert", "ca.pem");
    cli->cert = certificate(args, "tlscert", "cert.pem");
    cli->key = certificate(args, "tlskey", "key.pem");
    if (cli->tls || cli->tls_verify)
        signal(SIGPIPE, SIG_IGN); /* libssl writes without MSG_NOSIGNAL */
}

static void cli_end(struct cli *cli)
{
    http_client_free(cli->http);
    free(cli->host);
    free(cli->version);
    free(cli->ca);
    free(cli->cert);
    free(cli->key);
}

int main(int argc, char **argv)
{
    struct cli cli = { 0 };
    struct args args;
    struct error err = { 0 };
    int result;

    if (args_parse(global_flags, true, argc, argv, &args, &err) < 0) {
        fprintf(stderr,
                "%s\n\nUsage:  " PROGRAM " [OPTIONS] COMMAND [ARG...]\n\nRun '" PROGRAM
                " --help' for more information\n",
                err.text);
        args_free(&args);
        return 125;
    }
    cli_begin(&cli, &args);
    if (args_has(&args, "version")) {
        printf(PROGRAM " version 0.1.0, API " CLI_API_VERSION "\n");
        result = 0;
    } else if (args_has(&args, "help") || !args.count) {
        main_help();
        result = 0;
    } else {
        char **rest = args.rest;

        result = dispatch(&cli, args.count, rest);
    }
    args_free(&args);
    cli_end(&cli);
    if (fflush(stdout) != 0 && result == 0)
        result = 1;
    return result;
}
