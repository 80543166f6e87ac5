internal import ContainerRuntime

extension QuickReader {
  /// `exec`: the options, then `--`, the ID, and the program's own words, whatever they look like.
  mutating func exec() -> Invocation.Command? {
    var options = ExecOptions()
    while let word = words.popFirst(), word != "--" {
      guard word.utf8.first == UInt8(ascii: "-"), read(option(word), into: &options) else { return nil }
    }
    guard let id = words.popFirst(), !id.isEmpty else { return nil }
    options.arguments = Array(words)
    words = []
    return .exec(id: id, options)
  }

  private mutating func read(_ name: String, into options: inout ExecOptions) -> Bool {
    switch name {
    case "--process", "-p": return take(&options.processFile)
    case "--cwd": return take(&options.workingDirectory)
    case "--user", "-u": return take(&options.user)
    case "--console-socket": return take(&options.consoleSocket)
    case "--pidfd-socket": return take(&options.pidfdSocket)
    case "--pid-file": return take(&options.pidFile)
    case "--process-label": return take(&options.processLabel)
    case "--apparmor": return take(&options.appArmorProfile)
    case "--env", "-e": return append(to: &options.environment)
    case "--cap", "-c": return append(to: &options.capabilities)
    case "--cgroup": return append(to: &options.cgroups)
    case "--preserve-fds":
      var text: String?
      guard take(&text), let number = UInt16(text ?? "") else { return false }
      options.preservedDescriptors = Int(number)
      return true
    case "--additional-gids", "-g":
      var text: String?
      guard take(&text), let number = UInt32(text ?? "") else { return false }
      options.additionalGroups.append(number)
      return true
    case "--tty", "-t": options.terminal = true
    case "--detach", "-d": options.isDetached = true
    case "--no-new-privs": options.noNewPrivileges = true
    case "--ignore-paused": options.ignoresPause = true
    default: return false
    }
    return !isJoined
  }

  private mutating func append(to values: inout [String]) -> Bool {
    var text: String?
    guard take(&text), let text else { return false }
    values.append(text)
    return true
  }
}
