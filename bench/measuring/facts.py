"""Writes what the floor program has to know of a bundle and of the machine's cgroups, as C source."""

import re

from measuring import seccomp_filter

NAMESPACES = {"pid": "CLONE_NEWPID", "network": "CLONE_NEWNET", "ipc": "CLONE_NEWIPC", "uts": "CLONE_NEWUTS",
              "mount": "CLONE_NEWNS"}
ATTRIBUTES = {"ro": "MOUNT_ATTR_RDONLY", "nosuid": "MOUNT_ATTR_NOSUID", "nodev": "MOUNT_ATTR_NODEV",
              "noexec": "MOUNT_ATTR_NOEXEC", "strictatime": "MOUNT_ATTR_STRICTATIME"}
IMPLIED = {"bind", "relatime", "rprivate", "private"}
ACCESS = {"m": "BPF_DEVCG_ACC_MKNOD", "r": "BPF_DEVCG_ACC_READ", "w": "BPF_DEVCG_ACC_WRITE"}
# Spec: config-linux.md#default-devices, and pseudo-terminals.
DEFAULT_DEVICES = [
    {"allow": True, "type": kind, "major": major, "minor": minor, "access": access}
    for kind, major, minor, access in (
        ("c", None, None, "m"), ("b", None, None, "m"), ("c", 1, 3, "rwm"), ("c", 1, 5, "rwm"),
        ("c", 1, 7, "rwm"), ("c", 1, 8, "rwm"), ("c", 1, 9, "rwm"), ("c", 5, 0, "rwm"), ("c", 5, 2, "rwm"),
        ("c", 136, None, "rwm"))
]


class UnknownFact(Exception):
    """The bundle asks for something that the floor program does not do."""


def source(config, cgroups):
    """The C source with `struct bundle` for a config.json, on a machine with these Cgroups."""
    process, linux = config["process"], config["linux"]
    filter_ = seccomp_filter.instructions(linux["seccomp"]) if "seccomp" in linux else []
    rules = linux["resources"].get("devices", []) + DEFAULT_DEVICES
    parts = [
        '#include "floor.h"\n#include <linux/bpf.h>\n#include <linux/capability.h>\n#include <linux/mount.h>\n'
        "#include <linux/sched.h>\n",
        _parameter_lists(config["mounts"]),
        _array("struct mount", "mounts", _mounts(config["mounts"]) + ["{}"]),
        _strings("masked", linux.get("maskedPaths", [])),
        _strings("readonly", linux.get("readonlyPaths", [])),
        _array("struct parameter", "sysctls", _sysctls(linux.get("sysctl", {})) + ["{}"]),
        _array("struct limit", "limits", _limits(process.get("rlimits", [])) + ["{}"]),
        _strings("environment", process["env"]),
        _array("struct sock_filter", "filter", ["{%d, %d, %d, %uu}" % row for row in filter_] + ["{}"]),
        _strings("hierarchies", cgroups.hierarchies.values()),
        _array("struct setting", "settings", _settings(linux["resources"], rules, cgroups) + ["{}"]),
        _array("struct device_rule", "device_rules", [_device_rule(r) for r in rules] + ["{}"]),
        _bundle(config, cgroups, bool(filter_)),
    ]
    return "\n".join(parts)


def _bundle(config, cgroups, has_filter):
    process = config["process"]
    capabilities = process["capabilities"]
    known = {"pid", "network", "ipc", "uts", "mount"}
    kinds = [n["type"] for n in config["linux"]["namespaces"]]
    if not set(kinds) <= known or any("path" in n for n in config["linux"]["namespaces"]):
        raise UnknownFact("namespaces: %s" % kinds)
    fields = {
        "hostname": _string(config["hostname"]),
        "namespaces": _or(NAMESPACES[kind] for kind in kinds),
        "readonly_root": _boolean(config["root"].get("readonly")),
        "no_new_privileges": _boolean(process.get("noNewPrivileges")),
        "umask": "0%o" % process["user"].get("umask", 0o022),
        "mounts": "mounts", "masked": "masked", "readonly": "readonly", "sysctls": "sysctls",
        "limits": "limits", "limit_count": "sizeof limits / sizeof *limits - 1",
        "environment": "environment",
        "filter": "filter" if has_filter else "NULL",
        "filter_length": "sizeof filter / sizeof *filter - 1",
        "hierarchies": "hierarchies",
        "unified": _string(cgroups.unified) if cgroups.unified else "NULL",
        "settings": "settings", "device_rules": "device_rules",
        "device_rule_count": "sizeof device_rules / sizeof *device_rules - 1",
    }
    # capabilities(7): what is not inheritable cannot become ambient.
    ambient = set(capabilities.get("ambient", [])) & set(capabilities.get("inheritable", []))
    for kind in ("bounding", "effective", "permitted", "inheritable", "ambient"):
        names = sorted(ambient) if kind == "ambient" else capabilities.get(kind, [])
        fields[kind] = _or("1ull << %s" % name for name in names)
    return "const struct bundle bundle = {\n%s};\n" % "".join("  .%s = %s,\n" % f for f in fields.items())


def _mounts(mounts):
    return ["{%s}" % ", ".join(".%s = %s" % field for field in _mount(number, mount, mounts).items())
            for number, mount in enumerate(mounts)]


def _mount(number, mount, mounts):
    options = mount.get("options", [])
    kind = "MOUNT_BIND" if "bind" in options else "MOUNT_CGROUP" if mount["type"] == "cgroup" else "MOUNT_NEW"
    below = any(m["type"] == "tmpfs" and mount["destination"].startswith(m["destination"] + "/")
                for m in mounts[:number])
    return {
        "kind": kind,
        "target": _string(mount["destination"].lstrip("/")),
        "source": _string(mount["source"]),
        "type": _string(mount["type"]),
        "make_target": _boolean(below),
        "attributes": _or(ATTRIBUTES[option] for option in options if option in ATTRIBUTES),
        "parameters": "parameters%d" % number if kind == "MOUNT_NEW" else "NULL",
    }


def _parameter_lists(mounts):
    lists = []
    for number, mount in enumerate(mounts):
        options = mount.get("options", [])
        if "bind" in options or mount["type"] == "cgroup":
            continue
        rows = []
        for option in options:
            if option in ATTRIBUTES or option in IMPLIED:
                continue
            key, _, value = option.partition("=")
            rows.append("{%s, %s}" % (_string(key), _string(value) if value else "NULL"))
        lists.append(_array("struct parameter", "parameters%d" % number, rows + ["{}"]))
    return "\n".join(lists)


def _sysctls(sysctls):
    return ["{%s, %s}" % (_string("/proc/sys/" + name.replace(".", "/")), _string(value))
            for name, value in sysctls.items()]


def _limits(limits):
    return ["{%s, {%d, %d}}" % (limit["type"], limit["soft"], limit["hard"]) for limit in limits]


def _settings(resources, rules, cgroups):
    """Values for files of the cgroup, each where its controller is."""
    wanted = []
    memory, cpu, pids = (resources.get(kind, {}) for kind in ("memory", "cpu", "pids"))
    if "limit" in memory:
        wanted.append(("memory", "memory.limit_in_bytes", "memory.max", memory["limit"], memory["limit"]))
    if "swap" in memory:
        swap = memory["swap"] - memory["limit"]
        wanted.append(("memory", "memory.memsw.limit_in_bytes", "memory.swap.max", memory["swap"], swap))
    if "quota" in cpu:
        quota = "%d %d" % (cpu["quota"], cpu["period"])
        wanted.append(("cpu", "cpu.cfs_period_us", None, cpu["period"], None))
        wanted.append(("cpu", "cpu.cfs_quota_us", "cpu.max", cpu["quota"], quota))
    if "limit" in pids:
        wanted.append(("pids", "pids.max", "pids.max", pids["limit"], pids["limit"]))
    rows = _cpuset(cgroups)
    for controller, v1, v2, old, new in wanted:
        if controller in cgroups.hierarchies:
            rows.append(_setting(cgroups.hierarchies[controller], v1, old))
        elif v2:
            rows.append(_setting(None, v2, new))
    if "devices" in cgroups.hierarchies:
        rows += [_setting(cgroups.hierarchies["devices"], "devices.allow" if rule["allow"] else "devices.deny",
                          _device_line(rule)) for rule in rules]
    return rows


def _cpuset(cgroups):
    """A v1 cpuset is empty, and takes no process, until somebody fills it."""
    if "cpuset" not in cgroups.hierarchies:
        return []
    where = cgroups.hierarchies["cpuset"]
    return [_setting(where, name, cgroups.read(where, name)) for name in ("cpuset.cpus", "cpuset.mems")]


def _setting(hierarchy, file, value):
    return "{%s, %s, %s}" % (_string(hierarchy) if hierarchy else "NULL", _string(file), _string(str(value)))


def _device_line(rule):
    if rule.get("type", "a") == "a":
        return "a"
    numbers = ["*" if rule.get(key) is None else str(rule[key]) for key in ("major", "minor")]
    return "%s %s:%s %s" % (rule["type"], *numbers, rule["access"])


def _device_rule(rule):
    numbers = [-1 if rule.get(key) is None else rule[key] for key in ("major", "minor")]
    return "{'%s', %s, %s, %d, %d}" % (rule.get("type", "a"), _boolean(rule["allow"]),
                                      _or(ACCESS[letter] for letter in rule["access"]), *numbers)


def _array(kind, name, rows):
    return "static const %s %s[] = {\n%s};\n" % (kind, name, "".join("  %s,\n" % row for row in rows))


def _strings(name, values):
    return "static const char *const %s[] = {%sNULL};\n" % (name, "".join(_string(v) + ", " for v in values))


def _string(text):
    if not re.fullmatch(r"[ -~]*", text):
        raise UnknownFact("a text that is not plain: %r" % text)
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def _boolean(value):
    return "true" if value else "false"


def _or(names):
    return " | ".join(names) or "0"
