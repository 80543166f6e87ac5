internal import OCIRuntimeSpec
internal import RuntimeErrors

/// What follows from the configuration for one process of the container: the init process, or one of `exec`.
struct ProcessPlan {
  /// Where the process is, for messages: in config.json, or by itself as `exec` takes it.
  let origin: String
  /// Spec: config.md#process
  let process: OCIRuntimeSpec.Process?
  let capabilities: CapabilitySets
  let labels: ProcessLabels
  let seccomp: SeccompFilter?
  let personality: Personality?
  let memoryPolicy: MemoryPolicy?
  /// Whether the container runs in another user namespace than the runtime.
  let hasUserNamespace: Bool
  /// What a service manager hands to the program.
  var activation: SocketActivation?
  /// More variables, before which those of the configuration yield.
  var environment: [String] = []
  /// How many descriptors from 3 on the program inherits.
  var preservedDescriptors = 0
  /// Whether the process is the one that the runtime was called in: what it owes to its caller stays as it is.
  var isInPlace = false
  /// Whether the process stays in its caller's session keyring.
  var keepsKeyring = false

  /// Works out the plan.
  ///
  /// - Parameters:
  ///   - process: Validated.
  ///   - seccomp: Compiled from `linux.seccomp`.
  /// - Throws: `unsupported` for labels that this kernel cannot give.
  init(
    _ process: OCIRuntimeSpec.Process?, origin: String = "config.json: /process", linux: LinuxConfig,
    seccomp: SeccompFilter?
  ) throws(RuntimeError) {
    self.origin = origin
    self.process = process
    capabilities = CapabilitySets(process?.capabilities)
    labels = try ProcessLabels(process, origin: origin)
    self.seccomp = seccomp
    personality = linux.personality
    memoryPolicy = linux.memoryPolicy
    hasUserNamespace = !NamespacePlan(linux.namespaces ?? []).inherits(.user)
  }

  /// Whether the process gets a terminal.
  var hasTerminal: Bool { process?.terminal == true }

  /// A property of the process, for messages: `config.json: /process/user`.
  func place(_ property: String) -> String { "\(origin)/\(property)" }
}
