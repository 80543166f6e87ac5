internal import ArgumentParser
internal import Glibc
internal import JSON
internal import LinuxKernel
internal import Registry
internal import RuntimeErrors

/// `login`
struct LoginCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "login", abstract: "Keep a password for a registry.")

  @OptionGroup var registryOptions: RegistryOptionGroup

  @Option(name: [.short, .long], help: ArgumentHelp("The user (default: asked for).", valueName: "user"))
  var username: String?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "The password (default: asked for). Others see it in the list of processes.", valueName: "password"))
  var password: String?

  @Flag(name: .customLong("password-stdin"), help: "Read the password from standard input.")
  var passwordFromInput = false

  @Flag(name: .customLong("get-login"), help: "Only print the user who is logged in.")
  var getLogin = false

  @Argument(help: ArgumentHelp("The registry's host, perhaps with a port.", valueName: "registry"))
  var registry: String

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    var options = try registryOptions.options()
    if getLogin {
      guard let user = try Login.user(of: registry, authFile: options.authFile) else {
        throw RuntimeError(.registryRefused, "nobody is logged in to \(registry)")
      }
      try Output.write("\(user)\n")
      return 0
    }
    guard !passwordFromInput || password == nil && username != nil else {
      throw RuntimeError(.invalidArgument, "--password-stdin goes with --username and without --password")
    }
    let user: String
    if let username { user = username } else { user = try Prompt.line("Username: ") }
    let secret: String
    if let password {
      secret = password
    } else if passwordFromInput {
      let bytes = try Kernel.readAll(0, limit: 64 << 10, name: "standard input")
      secret = String(String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" && $0 != "\r\n" })
    } else {
      secret = try Prompt.secret("Password: ")
    }
    guard !user.isEmpty, !secret.isEmpty, !user.contains(":") else {
      throw RuntimeError(.invalidArgument, "a user without a colon and a password are needed")
    }
    options.credentials = Credentials(user: user, password: secret)
    let place = try Login.add(registry, options)
    try Output.write("logged in to \(registry) as \(printable(user)); kept in \(place)\n")
    return 0
  }
}

/// `logout`
struct LogoutCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "logout", abstract: "Forget the password for a registry.")

  @Option(
    name: .customLong("authfile"),
    help: ArgumentHelp("The file with passwords.", valueName: "file"), completion: .file())
  var authFile: String?

  @Flag(name: [.short, .long], help: "Forget those for all registries.")
  var all = false

  @Argument(help: ArgumentHelp("The registry's host, perhaps with a port.", valueName: "registry"))
  var registry: String?

  func perform(_ session: Session) throws(RuntimeError) -> Int32 {
    guard all != (registry != nil) else {
      throw RuntimeError(.invalidArgument, "either a registry or --all is to be named")
    }
    guard let registry else {
      try Login.removeAll(authFile: authFile)
      return 0
    }
    guard try Login.remove(registry, authFile: authFile) else {
      throw RuntimeError(.registryRefused, "nobody is logged in to \(registry)")
    }
    try Output.write("logged out of \(registry)\n")
    return 0
  }
}

/// Questions on the terminal.
private enum Prompt {
  static func line(_ question: String) throws(RuntimeError) -> String {
    guard isatty(0) == 1 else {
      throw RuntimeError(
        .invalidArgument, "standard input is no terminal to ask on", hint: "--username and --password-stdin")
    }
    Messages.write(question)
    return String(readLine() ?? "")
  }

  /// Without showing what is typed.
  static func secret(_ question: String) throws(RuntimeError) -> String {
    // One that ends this process must not leave the terminal silent.
    let signals = try Signal.descriptor()
    defer { Signal.resetAll() }
    var before = termios()
    tcgetattr(0, &before)
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(0, TCSAFLUSH, &silent)
    defer {
      tcsetattr(0, TCSAFLUSH, &before)
      Messages.write("\n")
    }
    Messages.write(question)
    while true {
      var awaited = [Readiness(0, input: true), Readiness(signals.number, input: true)]
      try Kernel.wait(for: &awaited, milliseconds: -1)
      while awaited[1].hasInput, let signal = Signal.next(signals.number) {
        if [SIGHUP, SIGINT, SIGQUIT, SIGTERM].contains(signal) {
          throw RuntimeError(.interrupted, "no password was given")
        }
      }
      if awaited[0].hasInput { return readLine() ?? "" }
    }
  }
}
