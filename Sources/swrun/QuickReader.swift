internal import ContainerRuntime

/// Reads the usual forms of the commands that programs call all the time.
///
/// ArgumentParser needs more than a millisecond and several megabytes to reflect on the declarations of
/// its commands, more than all the rest of `state`. What this reader does not know for sure it leaves to
/// ArgumentParser: unknown words, help, mistakes. A test holds the two against each other.
struct QuickReader {
  var words: ArraySlice<String>
  /// Whether the option that was read last has its value behind `=`.
  private(set) var isJoined = false

  /// Reads a command line.
  ///
  /// - Parameters:
  ///   - arguments: Without the program's name.
  /// - Returns: nil if ArgumentParser should look at it.
  static func read(_ arguments: [String]) -> Invocation? {
    var reader = QuickReader(words: arguments[...])
    return reader.invocation()
  }

  /// The global options as far as they can be understood: a mistake is to be told where they say.
  static func leadingOptions(_ arguments: [String]) -> GlobalSettings {
    var reader = QuickReader(words: arguments[...])
    var global = GlobalSettings()
    while let word = reader.words.popFirst(), reader.read(word, into: &global) {}
    return global
  }

  private mutating func invocation() -> Invocation? {
    var global = GlobalSettings()
    while let word = words.popFirst() {
      guard word.utf8.first == UInt8(ascii: "-") else {
        guard let command = command(word), words.isEmpty else { return nil }
        return Invocation(global: global, command: command)
      }
      guard read(word, into: &global) else { return nil }
      if word == "--version", words.isEmpty { return Invocation(global: global, command: .version) }
    }
    return nil
  }

  private mutating func read(_ word: String, into global: inout GlobalSettings) -> Bool {
    switch option(word) {
    case "--root": return take(&global.root)
    case "--log": return take(&global.log)
    case "--log-format": return take(&global.logFormat, LogFormat.init)
    case "--cgroup-manager": return take(&global.cgroupManager, CgroupManagerChoice.init)
    case "--rootless": return take(&global.rootless, RootlessMode.init)
    case "--criu": return take(&global.criu)
    case "--debug": global.debug = true
    case "--systemd-cgroup": global.systemdCgroup = true
    case "--version": return words.isEmpty
    default: return false
    }
    return !isJoined
  }

  private mutating func command(_ name: String) -> Invocation.Command? {
    switch name {
    case "create":
      // Whoever creates a container does not wait for it: there is nothing to reap.
      return container { option, _ in option == "--no-subreaper" }.map { .create($0.container) }
    case "run":
      return container { option, request in
        switch option {
        case "--detach", "-d": request.detach = true
        case "--keep": request.keep = true
        case "--in-place": request.inPlace = true
        case "--no-subreaper": request.noSubreaper = true
        default: return false
        }
        return true
      }.map { .run($0) }
    case "exec": return exec()
    case "spec": return spec()
    case "start": return operands(1)?.first.map { .start(id: $0) }
    case "list": return list()
    case "state": return operands(1)?.first.map { .state(id: $0) }
    case "pause": return operands(1)?.first.map { .pause(id: $0) }
    case "resume": return operands(1)?.first.map { .resume(id: $0) }
    case "ps": return processList()
    case "update": return update()
    case "events":
      let once = flag("--stats", "--stats")
      return operands(1)?.first.map { .events(id: $0, interval: "5s", once: once) }
    case "delete":
      let force = flag("--force", "-f")
      return operands(1)?.first.map { .delete(id: $0, force: force, isPattern: false) }
    case "kill":
      let all = flag("--all", "-a")
      guard let operands = operands(words.count == 2 ? 2 : 1) else { return nil }
      return .kill(
        id: operands[0], signal: operands.count == 2 ? operands[1] : "TERM", all: all, isPattern: false)
    default: return nil
    }
  }

  /// `spec`, whose `--rootless` ArgumentParser would take for the global option of that name.
  private mutating func spec() -> Invocation.Command? {
    var bundle: String? = "."
    var file: String?
    var rootless = false
    while let word = words.popFirst() {
      switch option(word) {
      case "--bundle", "-b": guard take(&bundle) else { return nil }
      case "--file", "-f": guard take(&file) else { return nil }
      case "--rootless" where !isJoined: rootless = true
      default: return nil
      }
    }
    return .spec(bundle: bundle ?? ".", file: file, rootless: rootless)
  }

  /// `update` with a file, which may be `-`.
  private mutating func update() -> Invocation.Command? {
    guard let word = words.popFirst(), ["--resources", "-r"].contains(option(word)),
      let file = words.popFirst(), file == "-" || file.utf8.first.map({ $0 != UInt8(ascii: "-") }) ?? false
    else { return nil }
    return operands(1)?.first.map { .update(UpdateRequest(id: $0, file: file)) }
  }

  private mutating func list() -> Invocation.Command? {
    var format: String? = "table"
    while let word = words.popFirst() {
      guard ["--format", "-f"].contains(option(word)), take(&format) else { return nil }
    }
    return ListCommand.Format(rawValue: format ?? "").map { .list($0 == .json ? .json : .table) }
  }

  /// `ps`, with `--` before the ID and all that follows.
  private mutating func processList() -> Invocation.Command? {
    var format: String? = "table"
    while let word = words.popFirst(), word != "--" {
      guard ["--format", "-f"].contains(option(word)), take(&format) else { return nil }
    }
    guard let id = words.popFirst(), let format = ListCommand.Format(rawValue: format ?? "") else {
      return nil
    }
    defer { words = [] }
    return .ps(id: id, format: format == .json ? .json : .table, options: Array(words))
  }

  /// The options of `create` and `run`, then the ID.
  private mutating func container(
    _ other: (String, inout RunRequest) -> Bool
  ) -> RunRequest? {
    var request = RunRequest(container: ContainerRequest(id: ""))
    while let word = words.first, word.utf8.first == UInt8(ascii: "-") {
      words.removeFirst()
      var text: String?
      switch option(word) {
      case "--bundle", "-b":
        guard take(&text), let text else { return nil }
        request.container.bundle = text
      case "--config", "-f": guard take(&request.container.config) else { return nil }
      case "--console-socket": guard take(&request.container.consoleSocket) else { return nil }
      case "--pidfd-socket": guard take(&request.container.pidfdSocket) else { return nil }
      case "--pid-file": guard take(&request.container.pidFile) else { return nil }
      case "--preserve-fds":
        guard take(&text), let number = UInt16(text ?? "") else { return nil }
        request.container.preservedDescriptors = Int(number)
      case "--no-pivot" where !isJoined: request.container.noPivot = true
      case "--no-new-keyring" where !isJoined: request.container.noNewKeyring = true
      default: guard other(word, &request) else { return nil }
      }
    }
    guard let operands = operands(1) else { return nil }
    request.container.id = operands[0]
    return request
  }

  /// An option's name; a value after `=` becomes the next word.
  mutating func option(_ word: String) -> String {
    let sign = word.utf8.firstIndex(of: UInt8(ascii: "="))
    isJoined = sign != nil
    guard let sign else { return word }
    words = [String(word[word.utf8.index(after: sign)...])] + words
    return String(word[..<sign])
  }

  /// The value of an option; one that looks like an option is left to ArgumentParser.
  mutating func take(_ value: inout String?) -> Bool {
    guard let word = words.popFirst(), word.utf8.first != UInt8(ascii: "-"), !word.isEmpty else {
      return false
    }
    value = word
    return true
  }

  /// The value of an option that has only some.
  private mutating func take<Value>(_ value: inout Value, _ read: (String) -> Value?) -> Bool {
    var text: String?
    guard take(&text), let text, let known = read(text) else { return false }
    value = known
    return true
  }

  private mutating func flag(_ long: String, _ short: String) -> Bool {
    guard let word = words.first, word == long || word == short else { return false }
    words.removeFirst()
    return true
  }

  /// The words that are left, if they are `count` and none looks like an option.
  private mutating func operands(_ count: Int) -> [String]? {
    defer { words = [] }
    guard words.count == count, words.allSatisfy({ $0.utf8.first.map { $0 != UInt8(ascii: "-") } ?? false })
    else { return nil }
    return Array(words)
  }
}
