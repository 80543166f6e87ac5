/// Where the specification describes the parts of a configuration.
enum Sections {
  /// The section for the value at `pointer`, such as `config.md#process`.
  static func section(for pointer: String) -> String {
    let steps = pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    for entry in table where matches(entry.path, steps) { return entry.section }
    return "config.md"
  }

  private static func matches(_ path: [Substring], _ steps: ArraySlice<Substring>) -> Bool {
    path.count <= steps.count && zip(path, steps).allSatisfy { $0 == "*" || $0 == $1 }
  }

  /// The first entry that begins a pointer counts; `*` stands for any step.
  private static let table: [(path: [Substring], section: String)] = [
    ("ociVersion", "config.md#specification-version"),
    ("root", "config.md#root"),
    ("mounts/*/uidMappings", "config.md#posix-platform-mounts"),
    ("mounts/*/gidMappings", "config.md#posix-platform-mounts"),
    ("mounts/*/type", "config.md#posix-platform-mounts"),
    ("mounts/*/options", "config.md#linux-mount-options"),
    ("mounts", "config.md#mounts"),
    ("process/rlimits", "config.md#posix-process"),
    ("process/user", "config.md#posix-platform-user"),
    ("process/apparmorProfile", "config.md#linux-process"),
    ("process/capabilities", "config.md#linux-process"),
    ("process/noNewPrivileges", "config.md#linux-process"),
    ("process/oomScoreAdj", "config.md#linux-process"),
    ("process/scheduler", "config.md#linux-process"),
    ("process/selinuxLabel", "config.md#linux-process"),
    ("process/ioPriority", "config.md#linux-process"),
    ("process/execCPUAffinity", "config.md#linux-process"),
    ("process", "config.md#process"),
    ("hostname", "config.md#hostname"),
    ("domainname", "config.md#domainname"),
    ("hooks", "config.md#posix-platform-hooks"),
    ("annotations", "config.md#annotations"),
    ("linux/namespaces", "config-linux.md#namespaces"),
    ("linux/uidMappings", "config-linux.md#user-namespace-mappings"),
    ("linux/gidMappings", "config-linux.md#user-namespace-mappings"),
    ("linux/timeOffsets", "config-linux.md#offset-for-time-namespace"),
    ("linux/devices", "config-linux.md#devices"),
    ("linux/netDevices", "config-linux.md#network-devices"),
    ("linux/cgroupsPath", "config-linux.md#cgroups-path"),
    ("linux/resources/devices", "config-linux.md#allowed-device-list"),
    ("linux/resources/memory", "config-linux.md#memory"),
    ("linux/resources/cpu", "config-linux.md#cpu"),
    ("linux/resources/blockIO", "config-linux.md#block-io"),
    ("linux/resources/hugepageLimits", "config-linux.md#huge-page-limits"),
    ("linux/resources/network", "config-linux.md#network"),
    ("linux/resources/pids", "config-linux.md#pids"),
    ("linux/resources/rdma", "config-linux.md#rdma"),
    ("linux/resources/unified", "config-linux.md#unified"),
    ("linux/resources", "config-linux.md#control-groups"),
    ("linux/intelRdt", "config-linux.md#intelrdt"),
    ("linux/memoryPolicy", "config-linux.md#memory-policy"),
    ("linux/sysctl", "config-linux.md#sysctl"),
    ("linux/seccomp", "config-linux.md#seccomp"),
    ("linux/rootfsPropagation", "config-linux.md#rootfs-mount-propagation"),
    ("linux/maskedPaths", "config-linux.md#masked-paths"),
    ("linux/readonlyPaths", "config-linux.md#readonly-paths"),
    ("linux/mountLabel", "config-linux.md#mount-label"),
    ("linux/personality", "config-linux.md#personality"),
    ("linux", "config-linux.md"),
  ].map { path, section in (path.split(separator: "/"), section) }
}
