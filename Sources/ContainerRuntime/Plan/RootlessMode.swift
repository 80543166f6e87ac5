internal import LinuxKernel

/// What happens where the runtime has less rights than the host's root. `--rootless`
///
/// What it cannot do without them, and what no container is less isolated without, is left out: cgroups where
/// no limit asks for them, rules on devices that nobody can make, a lower OOM score.
public enum RootlessMode: String, Sendable, CaseIterable {
  /// As the caller is: a user, or root of a user namespace only.
  case auto
  /// Always.
  case `true`
  /// Never: whatever cannot be done is an error.
  case `false`

  /// Whether it is so for this process.
  public var applies: Bool {
    switch self {
    case .auto: Caller.isUnprivileged || Caller.isInUserNamespace
    case .true: true
    case .false: false
    }
  }
}
