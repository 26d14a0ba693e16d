/* runtime/seccomp.c - the default profile as a table of lists, and profiles that a user brings.
 *
 * What is allowed was read off the config.json that docker-28.5 made with each capability added in turn; a list of
 * names is data, and a name that this kernel or libseccomp does not know is skipped by the runtime. All else gets
 * EPERM; clone3 gets ENOSYS without CAP_SYS_ADMIN, so that libraries fall back to clone, whose flags can be looked at. */
#include "runtime/seccomp.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/json.h"
#include "base/str.h"

static const char always[] =
    "accept accept4 access adjtimex alarm bind brk cachestat capget capset chdir chmod chown chown32 "
    "clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 "
    "clock_nanosleep clock_nanosleep_time64 close close_range connect copy_file_range creat dup dup2 "
    "dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait "
    "epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 "
    "fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat "
    "fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 "
    "fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait "
    "futex_waitv futex_wake futimesat getcpu getcwd getdents getdents64 getegid getegid32 geteuid "
    "geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid "
    "getppid getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit get_robust_list "
    "getrusage getsid getsockname getsockopt get_thread_area gettid gettimeofday getuid getuid32 "
    "getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel ioctl "
    "io_destroy io_getevents io_pgetevents io_pgetevents_time64 ioprio_get ioprio_set io_setup io_submit "
    "ipc kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 lgetxattr "
    "link linkat listen listmount listxattr listxattrat llistxattr _llseek lremovexattr lseek lsetxattr "
    "lstat lstat64 madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mkdir mkdirat "
    "mknod mknodat mlock mlock2 mlockall mmap mmap2 mprotect mq_getsetattr mq_notify mq_open "
    "mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink mremap mseal "
    "msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat "
    "_newselect open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free "
    "pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_mrelease "
    "pselect6 pselect6_time64 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recv "
    "recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr removexattrat rename "
    "renameat renameat2 restart_syscall riscv_hwprobe rmdir rseq rt_sigaction rt_sigpending "
    "rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 "
    "rt_tgsigqueueinfo sched_getaffinity sched_getattr sched_getparam sched_get_priority_max "
    "sched_get_priority_min sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 "
    "sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select semctl "
    "semget semop semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto setfsgid "
    "setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setitimer setpgid setpriority "
    "setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit "
    "set_robust_list setsid setsockopt set_thread_area set_tid_address setuid setuid32 setxattr "
    "setxattrat shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 sigprocmask sigreturn "
    "socketcall socketpair splice stat stat64 statfs statfs64 statmount statx symlink symlinkat sync "
    "sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun "
    "timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime "
    "timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate truncate64 ugetrlimit "
    "umask uname unlink unlinkat uretprobe utime utimensat utimensat_time64 utimes vfork vmsplice wait4 "
    "waitid waitpid write writev";

/* Allowed in addition with a capability. */
static const struct extra {
    const char *capability, *names;
} extras[] = {
    {"CAP_DAC_READ_SEARCH", "open_by_handle_at"                                                         },
    { "CAP_SYS_ADMIN",      "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie "
                       "lsm_get_self_attr lsm_list_modules "
                       "lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl "
                       "quotactl_fd setdomainname "
                       "sethostname setns syslog umount umount2 unshare"          },
    { "CAP_SYS_BOOT",       "reboot"                                                                    },
    { "CAP_SYS_CHROOT",     "chroot"                                                                    },
    { "CAP_SYS_MODULE",     "delete_module init_module finit_module"                                    },
    { "CAP_SYS_PACCT",      "acct"                                                                      },
    { "CAP_SYS_PTRACE",     "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"},
    { "CAP_SYS_RAWIO",      "iopl ioperm"                                                               },
    { "CAP_SYS_TIME",       "settimeofday stime clock_settime clock_settime64"                          },
    { "CAP_SYS_TTY_CONFIG", "vhangup"                                                                   },
    { "CAP_SYS_NICE",       "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"                 },
    { "CAP_SYSLOG",         "syslog"                                                                    },
    { "CAP_BPF",            "bpf"                                                                       },
    { "CAP_PERFMON",        "perf_event_open"                                                           },
};

/* Every architecture whose calls this kernel takes: the machine's own first. */
static const struct architecture {
    const char *machine, *go_name, *names, *calls;
} architectures[] = {
    {"x86_64",   "amd64",   "SCMP_ARCH_X86_64 SCMP_ARCH_X86 SCMP_ARCH_X32", "arch_prctl modify_ldt"       },
    { "i686",    "386",     "SCMP_ARCH_X86",                                "modify_ldt"                  },
    { "aarch64", "arm64",   "SCMP_ARCH_AARCH64 SCMP_ARCH_ARM",
     "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls"                },
    { "armv7l",  "arm",     "SCMP_ARCH_ARM",
     "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls"                },
    { "ppc64le", "ppc64le", "SCMP_ARCH_PPC64LE",                            "sync_file_range2 swapcontext"},
    { "riscv64", "riscv64", "SCMP_ARCH_RISCV64",                            "riscv_flush_icache"          },
    { "s390x",   "s390x",   "SCMP_ARCH_S390X SCMP_ARCH_S390",
     "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr"                                          },
};

static const struct architecture *architecture(void)
{
    struct utsname u;

    uname(&u);
    for (size_t i = 0; i < sizeof(architectures) / sizeof(architectures[0]); i++)
        if (str_eq(architectures[i].machine, u.machine))
            return &architectures[i];
    return NULL;
}

static json_t *words(const char *names)
{
    scoped_strv v = { 0 };

    strv_split(&v, names, ' ');
    return json_from_strv(&v);
}

static json_t *condition(int index, const char *op, int64_t value)
{
    return json_pack("[{s:i, s:I, s:s}]", "index", index, "value", (json_int_t)value, "op", op);
}

static void rule(json_t *rules, const char *names, const char *action, json_t *args)
{
    json_t *one = json_pack("{s:o, s:s}", "names", words(names), "action", action);

    if (args)
        json_object_set_new(one, "args", args);
    json_array_append_new(rules, one);
}

static json_t *profile_frame(void)
{
    const struct architecture *a = architecture();
    json_t *profile = json_pack("{s:s, s:i}", "defaultAction", "SCMP_ACT_ERRNO", "defaultErrnoRet", 1);

    if (a)
        json_object_set_new(profile, "architectures", words(a->names));
    return profile;
}

/* clone(2) without the flags that make namespaces; personality(2) with the five harmless values; no AF_VSOCK. */
static void conditional_rules(json_t *rules, bool admin)
{
    static const int64_t personalities[] = { 0, 8, 0x20000, 0x20008, 0xffffffff };
    const struct architecture *a = architecture();
    bool s390 = a && str_eq(a->machine, "s390x");

    rule(rules, "socket", "SCMP_ACT_ALLOW", condition(0, "SCMP_CMP_NE", 40));
    for (size_t i = 0; i < sizeof(personalities) / sizeof(personalities[0]); i++)
        rule(rules, "personality", "SCMP_ACT_ALLOW", condition(0, "SCMP_CMP_EQ", personalities[i]));
    if (admin)
        return;
    rule(rules, "clone", "SCMP_ACT_ALLOW", condition(s390 ? 1 : 0, "SCMP_CMP_MASKED_EQ", 0x7e020000));
    rule(rules, "clone3", "SCMP_ACT_ERRNO", NULL);
    json_object_set_new(json_array_get(rules, json_array_size(rules) - 1), "errnoRet", json_integer(38));
}

json_t *seccomp_default(const struct strv *capabilities)
{
    json_t *profile = profile_frame(), *rules = json_array();
    const struct architecture *a = architecture();

    rule(rules, always, "SCMP_ACT_ALLOW", NULL);
    rule(rules, "process_vm_readv process_vm_writev ptrace", "SCMP_ACT_ALLOW", NULL); /* kernels from 4.8 */
    conditional_rules(rules, strv_has(capabilities, "CAP_SYS_ADMIN"));
    if (a)
        rule(rules, a->calls, "SCMP_ACT_ALLOW", NULL);
    for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++)
        if (strv_has(capabilities, extras[i].capability))
            rule(rules, extras[i].names, "SCMP_ACT_ALLOW", NULL);
    json_object_set_new(profile, "syscalls", rules);
    return profile;
}

static bool any_capability(const json_t *filter, const struct strv *capabilities, bool all)
{
    json_t *list = json_at(filter, "caps"), *item;
    size_t i;

    json_array_foreach (list, i, item) {
        bool has = json_is_string(item) && strv_has(capabilities, json_string_value(item));

        if (has != all)
            return has;
    }
    return all;
}

static bool has_architecture(const json_t *filter)
{
    const struct architecture *a = architecture();
    json_t *list = json_at(filter, "arches"), *item;
    size_t i;

    json_array_foreach (list, i, item)
        if (a && json_is_string(item) && str_eq(json_string_value(item), a->go_name))
            return true;
    return false;
}

static bool kernel_at_least(const char *wanted)
{
    struct utsname u;
    int major = 0, minor = 0, need_major = 0, need_minor = 0;

    uname(&u);
    sscanf(u.release, "%d.%d", &major, &minor);
    sscanf(wanted, "%d.%d", &need_major, &need_minor);
    return major > need_major || (major == need_major && minor >= need_minor);
}

/* "includes": all of it must hold; "excludes": none of it may. */
static bool applies(const json_t *one, const struct strv *capabilities)
{
    const json_t *in = json_at(one, "includes"), *out = json_at(one, "excludes");
    const char *in_kernel = json_str_at(in, "minKernel", NULL),
               *out_kernel = json_str_at(out, "minKernel", NULL);

    if (json_array_size(json_at(in, "arches")) && !has_architecture(in))
        return false;
    if (json_array_size(json_at(in, "caps")) && !any_capability(in, capabilities, true))
        return false;
    if (in_kernel && !kernel_at_least(in_kernel))
        return false;
    if (json_array_size(json_at(out, "arches")) && has_architecture(out))
        return false;
    if (json_array_size(json_at(out, "caps")) && any_capability(out, capabilities, false))
        return false;
    return !(out_kernel && kernel_at_least(out_kernel));
}

static void copy(json_t *to, const json_t *from, const char *member)
{
    json_t *value = json_at(from, member);

    if (value && !json_is_null(value))
        json_object_set(to, member, value);
}

static json_t *resolved_rules(const json_t *profile, const struct strv *capabilities)
{
    json_t *rules = json_array(), *list = json_at(profile, "syscalls"), *one;
    size_t i;

    json_array_foreach (list, i, one) {
        const char *name = json_str_at(one, "name", NULL);
        json_t *kept;

        if (!applies(one, capabilities))
            continue;
        kept = json_object();
        copy(kept, one, "names");
        if (name)
            json_object_set_new(kept, "names", json_pack("[s]", name));
        copy(kept, one, "action");
        copy(kept, one, "errnoRet");
        if (json_array_size(json_at(one, "args")))
            copy(kept, one, "args");
        json_array_append_new(rules, kept);
    }
    return rules;
}

int seccomp_from_profile(const char *text, const struct strv *capabilities, json_t **ret, struct error *err)
{
    scoped(json_decref) json_t *profile = NULL;
    const struct architecture *a = architecture();
    struct error why;
    json_t *made;

    if (json_parse(text, strlen(text), &profile, &why) < 0)
        return error_set(err, ERR_SYSTEM, "Decoding seccomp profile failed: %s", why.text);
    if (!json_is_object(profile) || !json_is_string(json_at(profile, "defaultAction")))
        return error_set(err, ERR_SYSTEM, "Decoding seccomp profile failed: it has no defaultAction");
    made = json_object();
    copy(made, profile, "defaultAction");
    copy(made, profile, "defaultErrnoRet");
    copy(made, profile, "architectures");
    if (a && json_at(profile, "archMap"))
        json_object_set_new(made, "architectures", words(a->names));
    copy(made, profile, "flags");
    json_object_set_new(made, "syscalls", resolved_rules(profile, capabilities));
    *ret = made;
    return 0;
}
