internal import ArgumentParser

/// What shells offer for arguments of several commands.
extension CompletionKind {
  /// The IDs of the containers below the default root.
  static var containers: CompletionKind { .shellCommand("swrun list -q 2>/dev/null") }

  /// The signals that people send.
  static var signals: CompletionKind {
    .list([
      "TERM", "KILL", "INT", "HUP", "QUIT", "USR1", "USR2", "STOP", "CONT", "WINCH", "ABRT", "ALRM", "PIPE",
    ])
  }
}
