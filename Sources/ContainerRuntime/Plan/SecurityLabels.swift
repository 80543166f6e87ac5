internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// The labels of a process, as this kernel's security modules can give them.
///
/// A process without the confinement that its configuration asks for must not run.
struct ProcessLabels {
  /// Spec: config.md#linux-process
  let appArmorProfile: String?
  /// Spec: config.md#linux-process
  let selinuxLabel: String?

  /// Looks what the kernel has, before anything is made.
  ///
  /// - Parameters:
  ///   - origin: Where the process is, for messages.
  /// - Throws: `unsupported`.
  init(_ process: OCIRuntimeSpec.Process?, origin: String) throws(RuntimeError) {
    appArmorProfile = try ProcessLabels.profile(SecurityModules.given(process?.apparmorProfile), origin)
    selinuxLabel = SecurityModules.given(process?.selinuxLabel)
    if selinuxLabel != nil, !SecurityModules.hasSELinux {
      throw RuntimeError(
        .unsupported, "\(origin)/selinuxLabel: SELinux is not enabled in this kernel")
    }
  }

  /// Without AppArmor every process is unconfined.
  private static func profile(_ profile: String?, _ origin: String) throws(RuntimeError) -> String? {
    guard let profile else { return nil }
    if SecurityModules.hasAppArmor { return profile }
    if profile == "unconfined" { return nil }
    throw RuntimeError(
      .unsupported, "\(origin)/apparmorProfile: AppArmor is not enabled in this kernel")
  }
}

/// What the kernel has to confine processes and label files.
enum SecurityModules {
  /// The label of new file systems, if the kernel gives any. Spec: config-linux.md#mount-label
  ///
  /// Files without their label do not free a process, and clients configure it on every host, so it is a
  /// warning.
  static func mountLabel(_ linux: LinuxConfig, warn: (String) -> Void) -> String? {
    guard let label = given(linux.mountLabel) else { return nil }
    if hasSELinux { return label }
    warn("config.json: /linux/mountLabel has no effect: SELinux is not enabled in this kernel")
    return nil
  }

  /// Go clients send unset text as an empty one.
  static func given(_ text: String?) -> String? { text?.isEmpty == false ? text : nil }

  static var hasAppArmor: Bool {
    (try? Kernel.readText("/sys/module/apparmor/parameters/enabled").hasPrefix("Y")) == true
  }

  /// The kernel may have SELinux without using it: then its file system is not mounted.
  static var hasSELinux: Bool {
    guard (try? Kernel.readText("/proc/filesystems").contains("\tselinuxfs\n")) == true else { return false }
    return (try? Kernel.stat("/sys/fs/selinux/enforce", at: Directory.working)) != nil
  }
}
