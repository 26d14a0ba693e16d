/* cli/commands.h - one entry per command; main.c holds the table. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct command run_command, create_command, start_command, attach_command, exec_command;
extern const struct command stop_command, restart_command, kill_command, pause_command, unpause_command,
    wait_command, rename_command, rm_command, update_command, container_prune_command;
extern const struct command ps_command, logs_command, top_command, port_command, diff_command, stats_command,
    commit_command, cp_command, export_command;
extern const struct command inspect_command, container_inspect_command, image_inspect_command,
    network_inspect_command, volume_inspect_command;
extern const struct command build_command, builder_prune_command;
extern const struct command images_command, tag_command, rmi_command, history_command, image_prune_command,
    load_command, save_command, import_command, pull_command;
extern const struct command push_command, search_command, login_command;
extern const struct command network_create_command, network_ls_command, network_rm_command,
    network_connect_command, network_disconnect_command, network_prune_command;
extern const struct command volume_create_command, volume_ls_command, volume_rm_command, volume_prune_command;
extern const struct command version_command, info_command, events_command, df_command, system_prune_command;

#define FLAGS_END                                                                                            \
    {                                                                                                        \
        0, NULL, FLAG_BOOL, NULL, NULL                                                                       \
    }

/* registry.c: the header that says who asks for an image of that name; the caller frees it. */
char *registry_header(const char *name);
/* transfer.c: for `run` of an image that is not there; what it says goes to `out`. */
int image_pull(struct cli *cli, const char *reference, const char *platform, bool quiet, FILE *out,
               struct error *err);

#endif
