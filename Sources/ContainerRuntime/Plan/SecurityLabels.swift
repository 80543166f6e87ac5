internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// The labels of a configuration as this kernel's security modules can give them.
///
/// A process without the confinement that its configuration asks for must not run. Files without their
/// label are another matter: clients configure `mountLabel` on every host, so it is a warning.
struct SecurityLabels {
  /// Spec: config.md#linux-process
  let appArmorProfile: String?
  /// Spec: config.md#linux-process
  let processLabel: String?
  /// Spec: config-linux.md#mount-label
  let mountLabel: String?

  /// Looks what the kernel has, before anything is made.
  ///
  /// - Throws: unsupported.
  init(_ config: Config, warn: (String) -> Void) throws(RuntimeError) {
    appArmorProfile = try SecurityLabels.profile(config.process?.apparmorProfile)
    processLabel = SecurityLabels.given(config.process?.selinuxLabel)
    if processLabel != nil, !SecurityLabels.hasSELinux {
      throw RuntimeError(
        .unsupported, "config.json: /process/selinuxLabel: SELinux is not enabled in this kernel")
    }
    let label = SecurityLabels.given(config.linux?.mountLabel)
    let isUsable = label == nil || SecurityLabels.hasSELinux
    if !isUsable {
      warn("config.json: /linux/mountLabel has no effect: SELinux is not enabled in this kernel")
    }
    mountLabel = isUsable ? label : nil
  }

  /// Without AppArmor every process is unconfined.
  private static func profile(_ text: String?) throws(RuntimeError) -> String? {
    guard let profile = given(text) else { return nil }
    if hasAppArmor { return profile }
    if profile == "unconfined" { return nil }
    throw RuntimeError(
      .unsupported, "config.json: /process/apparmorProfile: AppArmor is not enabled in this kernel")
  }

  /// Go clients send unset text as an empty one.
  private static func given(_ text: String?) -> String? { text?.isEmpty == false ? text : nil }

  private static var hasAppArmor: Bool {
    (try? Kernel.readText("/sys/module/apparmor/parameters/enabled").hasPrefix("Y")) == true
  }

  /// The kernel may have SELinux without using it: then its file system is not mounted.
  private static var hasSELinux: Bool {
    guard (try? Kernel.readText("/proc/filesystems").contains("\tselinuxfs\n")) == true else { return false }
    return (try? Kernel.stat("/sys/fs/selinux/enforce", at: Directory.working)) != nil
  }
}
