internal import RuntimeErrors

/// What `--network` gives a container beyond its network namespace: between `create` and `start`, and taken back
/// after its end, or when what is left of it is collected.
struct NetworkAttachment {
  private let container: Container

  init(_ container: Container) {
    self.container = container
  }

  /// Connects the network namespace of a process.
  ///
  /// - Returns: The addresses that the container has now, with their prefixes' lengths.
  func attach(pid: Int32) throws(RuntimeError) -> [String]? {
    guard container.record.options.network == .bridge else { return nil }
    throw RuntimeError(.unsupported, "--network bridge: this build has no bridge network")
  }

  /// Takes back whatever `attach` made; also of a container that was killed half-way.
  func detach(_ warn: (String) -> Void) {}
}
