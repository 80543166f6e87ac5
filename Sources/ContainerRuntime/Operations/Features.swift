internal import CSeccomp
public import OCIRuntimeSpec

/// What `features` prints. Spec: features.md
public enum RuntimeFeatures {
  /// This program's.
  public static var current: Features {
    var features = Features(ociVersionMin: SpecVersion.minimum, ociVersionMax: SpecVersion.current)
    features.hooks = [
      "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
    ]
    features.mountOptions = MountOptions.table.keys.sorted()
    features.linux = linux
    // runc's names, which engines ask for.
    var annotations = ["org.opencontainers.runc.checkpoint.enabled": "true"]
    if let version = seccomp_version()?.pointee {
      annotations["io.github.seccomp.libseccomp.version"] =
        "\(version.major).\(version.minor).\(version.micro)"
    }
    features.annotations = annotations
    return features
  }

  private static var linux: LinuxFeatures {
    var linux = LinuxFeatures()
    linux.namespaces = NamespaceType.allCases
    linux.capabilities = CapabilitySets.names
    var cgroup = CgroupFeatures()
    cgroup.v1 = true
    cgroup.v2 = true
    cgroup.systemd = true
    cgroup.systemdUser = false
    cgroup.rdma = true
    linux.cgroup = cgroup
    linux.seccomp = seccomp
    linux.apparmor = FeatureSwitch(enabled: true)
    linux.selinux = FeatureSwitch(enabled: true)
    var memoryPolicy = MemoryPolicyFeatures()
    memoryPolicy.modes = MemoryPolicyMode.allCases
    memoryPolicy.flags = MemoryPolicyFlag.allCases
    linux.memoryPolicy = memoryPolicy
    var intelRdt = IntelRdtFeatures()
    intelRdt.enabled = true
    intelRdt.schemata = true
    intelRdt.monitoring = true
    linux.intelRdt = intelRdt
    linux.mountExtensions = MountExtensionFeatures(idmap: FeatureSwitch(enabled: true))
    linux.netDevices = FeatureSwitch(enabled: true)
    return linux
  }

  private static var seccomp: SeccompFeatures {
    var seccomp = SeccompFeatures()
    seccomp.enabled = true
    seccomp.actions = SeccompAction.allCases
    seccomp.operators = SeccompOperator.allCases
    seccomp.archs = SeccompArchitecture.allCases.filter { seccomp_arch_resolve_name($0.libseccompName) != 0 }
    seccomp.knownFlags = SeccompFlag.allCases
    seccomp.supportedFlags = SeccompFlag.allCases.filter { SeccompFilter.kernelSupports($0) }
    return seccomp
  }
}
