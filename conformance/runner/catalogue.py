"""What has to be known about single tests of the suite."""

# Skipped on every machine: the tests contradict the specification.
OUTDATED = {
    "hooks": "it compares with a text its own hooks do not write",
    "prestart": "it wants prestart hooks to run in start; since 1.1 they run in create",
    "process_capabilities_fail":
        "it wants an error for an unknown capability; since 1.1 that is a warning",
    "poststart_fail":
        "it wants a failing poststart hook to be a warning; since 1.3 it is an error",
}

# These race with themselves: killsig may signal the shell before its trap is
# set, poststart compares the order of two processes' writes.
TRIES = {"killsig": 5, "poststart": 5}

# These assert nothing when all is well.
SILENT = {
    "poststart",
    "poststop",
    "poststop_fail",
    "prestart_fail",
    "process_rlimits_fail",
}

# These look for two network interfaces of the host.
NEEDS_HOST_NETWORK = {"linux_cgroups_network", "linux_cgroups_relative_network"}

# A few of all kinds, for a quick run.
CORE = [
    "create", "default", "delete", "kill", "linux_devices", "linux_ns_path", "linux_seccomp",
    "linux_uid_mappings", "mounts", "process_capabilities", "start", "state",
]

# Names of the cgroups the suite asks for, besides those the runtime derives
# from a container's id.
CGROUP_NAMES = {"cgrouptest", "testdir"}
