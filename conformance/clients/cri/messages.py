"""The part of the CRI's protocol buffers, package runtime.v1, that the checks use.

A message is a dict. Each line below names a message and its fields: number, name and type. A type
is string, bytes, int, bool, map (of strings to strings) or a message; * makes it a list.
"""

DEFINITIONS = """
PodId: 1 pod_sandbox_id string; 2 verbose bool
ContainerId: 1 container_id string; 2 verbose bool
Empty:
Int64: 1 value int

VersionRequest: 1 version string
VersionResponse: 1 version string; 2 runtime_name string; 3 runtime_version string; 4 runtime_api_version string
StatusRequest: 1 verbose bool
Condition: 1 type string; 2 status bool; 3 reason string; 4 message string
RuntimeStatus: 1 conditions Condition*
StatusResponse: 1 status RuntimeStatus; 2 info map

IDMapping: 1 host_id int; 2 container_id int; 3 length int
NamespaceOption: 1 network int; 2 pid int; 3 ipc int; 4 target_id string
SecurityProfile: 1 profile_type int; 2 localhost_ref string
SandboxSecurity: 1 namespace_options NamespaceOption; 3 run_as_user Int64; 4 readonly_rootfs bool; 5 supplemental_groups int*; 6 privileged bool; 8 run_as_group Int64; 9 seccomp SecurityProfile
LinuxPod: 1 cgroup_parent string; 2 security_context SandboxSecurity; 3 sysctls map
DNSConfig: 1 servers string*; 2 searches string*; 3 options string*
PodMetadata: 1 name string; 2 uid string; 3 namespace string; 4 attempt int
PodConfig: 1 metadata PodMetadata; 2 hostname string; 3 log_directory string; 4 dns_config DNSConfig; 6 labels map; 7 annotations map; 8 linux LinuxPod
RunPodSandboxRequest: 1 config PodConfig; 2 runtime_handler string
RunPodSandboxResponse: 1 pod_sandbox_id string
PodNetwork: 1 ip string
PodStatus: 1 id string; 2 metadata PodMetadata; 3 state int; 4 created_at int; 5 network PodNetwork; 7 labels map; 8 annotations map; 9 runtime_handler string
PodSandboxStatusResponse: 1 status PodStatus; 2 info map
PodFilter: 1 id string; 3 label_selector map
ListPodSandboxRequest: 1 filter PodFilter
PodSandbox: 1 id string; 2 metadata PodMetadata; 3 state int; 4 created_at int; 5 labels map; 6 annotations map; 7 runtime_handler string
ListPodSandboxResponse: 1 items PodSandbox*

ImageSpec: 1 image string
KeyValue: 1 key string; 2 value string
Mount: 1 container_path string; 2 host_path string; 3 readonly bool; 5 propagation int
Device: 1 container_path string; 2 host_path string; 3 permissions string
Resources: 1 cpu_period int; 2 cpu_quota int; 3 cpu_shares int; 4 memory_limit_in_bytes int; 5 oom_score_adj int; 6 cpuset_cpus string; 7 cpuset_mems string
Capability: 1 add_capabilities string*; 2 drop_capabilities string*
Security: 1 capabilities Capability; 2 privileged bool; 3 namespace_options NamespaceOption; 5 run_as_user Int64; 6 run_as_username string; 7 readonly_rootfs bool; 8 supplemental_groups int*; 11 no_new_privs bool; 12 run_as_group Int64; 13 masked_paths string*; 14 readonly_paths string*; 15 seccomp SecurityProfile
LinuxContainer: 1 resources Resources; 2 security_context Security
ContainerMetadata: 1 name string; 2 attempt int
ContainerConfig: 1 metadata ContainerMetadata; 2 image ImageSpec; 3 command string*; 4 args string*; 5 working_dir string; 6 envs KeyValue*; 7 mounts Mount*; 8 devices Device*; 9 labels map; 10 annotations map; 11 log_path string; 12 stdin bool; 13 stdin_once bool; 14 tty bool; 15 linux LinuxContainer
CreateContainerRequest: 1 pod_sandbox_id string; 2 config ContainerConfig; 3 sandbox_config PodConfig
CreateContainerResponse: 1 container_id string
StopContainerRequest: 1 container_id string; 2 timeout int
Container: 1 id string; 2 pod_sandbox_id string; 3 metadata ContainerMetadata; 6 state int; 8 labels map
ContainerFilter: 1 id string; 3 pod_sandbox_id string; 4 label_selector map
ListContainersRequest: 1 filter ContainerFilter
ListContainersResponse: 1 containers Container*
ContainerStatus: 1 id string; 2 metadata ContainerMetadata; 3 state int; 4 created_at int; 5 started_at int; 6 finished_at int; 7 exit_code int; 10 reason string; 11 message string; 12 labels map; 13 annotations map; 14 mounts Mount*; 15 log_path string
ContainerStatusResponse: 1 status ContainerStatus; 2 info map
UpdateContainerResourcesRequest: 1 container_id string; 2 linux Resources
ExecSyncRequest: 1 container_id string; 2 cmd string*; 3 timeout int
ExecSyncResponse: 1 stdout bytes; 2 stderr bytes; 3 exit_code int
ExecRequest: 1 container_id string; 2 cmd string*; 3 tty bool; 4 stdin bool; 5 stdout bool; 6 stderr bool
AttachRequest: 1 container_id string; 2 stdin bool; 3 tty bool; 4 stdout bool; 5 stderr bool
PortForwardRequest: 1 pod_sandbox_id string; 2 port int*
Url: 1 url string

UInt64: 1 value int
ContainerAttributes: 1 id string; 2 metadata ContainerMetadata
CpuUsage: 1 timestamp int; 2 usage_core_nano_seconds UInt64
MemoryUsage: 1 timestamp int; 2 working_set_bytes UInt64; 4 usage_bytes UInt64
ContainerStats: 1 attributes ContainerAttributes; 2 cpu CpuUsage; 3 memory MemoryUsage
ContainerStatsResponse: 1 stats ContainerStats
ContainerStatsFilter: 1 id string; 2 pod_sandbox_id string
ListContainerStatsRequest: 1 filter ContainerStatsFilter
ListContainerStatsResponse: 1 stats ContainerStats*
PodAttributes: 1 id string; 2 metadata PodMetadata
PodStats: 1 attributes PodAttributes
PodSandboxStatsResponse: 1 stats PodStats

ImageStatusRequest: 1 image ImageSpec
Image: 1 id string; 2 repo_tags string*
ImageStatusResponse: 1 image Image
"""

# Method: request and response, and those of the same name plus Request and Response otherwise.
METHODS = {
    "StopPodSandbox": ("PodId", "Empty"),
    "RemovePodSandbox": ("PodId", "Empty"),
    "PodSandboxStatus": ("PodId", "PodSandboxStatusResponse"),
    "PodSandboxStats": ("PodId", "PodSandboxStatsResponse"),
    "StartContainer": ("ContainerId", "Empty"),
    "StopContainer": ("StopContainerRequest", "Empty"),
    "RemoveContainer": ("ContainerId", "Empty"),
    "ContainerStatus": ("ContainerId", "ContainerStatusResponse"),
    "ContainerStats": ("ContainerId", "ContainerStatsResponse"),
    "ReopenContainerLog": ("ContainerId", "Empty"),
    "UpdateContainerResources": ("UpdateContainerResourcesRequest", "Empty"),
    "Exec": ("ExecRequest", "Url"),
    "Attach": ("AttachRequest", "Url"),
    "PortForward": ("PortForwardRequest", "Url"),
}


def _parse(definitions):
    messages = {}
    for line in filter(None, definitions.splitlines()):
        name, _, fields = line.partition(":")
        rows = (field.split() for field in fields.split(";") if field.strip())
        messages[name] = {field: (int(number), kind.rstrip("*"), kind.endswith("*"))
                          for number, field, kind in rows}
    return messages


MESSAGES = _parse(DEFINITIONS)
VARINT, LENGTH = 0, 2


def encode(message, name):
    """The bytes of a dict that is a message of this name."""
    fields = MESSAGES[name]
    data = b""
    for field, value in message.items():
        number, kind, is_list = fields[field]
        if kind == "map":
            pairs = ({"key": key, "value": item} for key, item in value.items())
            data += b"".join(_field(number, "KeyValue", pair) for pair in pairs)
        else:
            data += b"".join(_field(number, kind, item) for item in (value if is_list else [value]))
    return data


def decode(data, name):
    """The dict of a message; a field that was not sent has the value it has by default."""
    fields = {number: (field, kind, is_list)
              for field, (number, kind, is_list) in MESSAGES[name].items()}
    message = {field: _default(kind, is_list) for field, kind, is_list in fields.values()}
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        value, at = _read_value(data, at, key & 7)
        if key >> 3 not in fields:
            continue
        field, kind, is_list = fields[key >> 3]
        if kind == "map":
            pair = decode(value, "KeyValue")
            message[field][pair["key"]] = pair["value"]
        elif is_list:
            message[field].append(_value(value, kind))
        else:
            message[field] = _value(value, kind)
    return message


def _field(number, kind, value):
    if kind in ("int", "bool"):
        return _varint(number << 3 | VARINT) + _varint(int(value))
    if kind == "string":
        value = value.encode()
    elif kind != "bytes":
        value = encode(value, kind)
    return _varint(number << 3 | LENGTH) + _varint(len(value)) + value


def _default(kind, is_list):
    if is_list:
        return []
    plain = {"int": 0, "bool": False, "string": "", "bytes": b"", "map": {}}
    return decode(b"", kind) if kind not in plain else dict() if kind == "map" else plain[kind]


def _value(value, kind):
    if kind == "int":
        return value - (1 << 64) if value >> 63 else value
    if kind == "bool":
        return bool(value)
    if kind == "string":
        return value.decode(errors="replace")
    return value if kind == "bytes" else decode(value, kind)


def _varint(value):
    value &= (1 << 64) - 1
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)
    return bytes(data)


def _read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _read_value(data, at, wire):
    if wire == VARINT:
        return _read_varint(data, at)
    if wire == LENGTH:
        length, at = _read_varint(data, at)
        return data[at:at + length], at + length
    # Fixed numbers of 64 and 32 bits: no field above has such a type.
    size = {1: 8, 5: 4}[wire]
    return data[at:at + size], at + size
