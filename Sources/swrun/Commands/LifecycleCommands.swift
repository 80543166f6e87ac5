internal import ArgumentParser
internal import ContainerRuntime
internal import ContainerStore
internal import LinuxKernel
internal import RuntimeErrors

/// `start`
struct StartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Run the program of a created container.")

  @ParentCommand var parent: Swrun
  private var global: GlobalOptions { parent.global }

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  func run() throws {
    try Report.running("start \(id)", global) { log in
      try Start.container(ContainerID(id), store: global.store, log: log)
    }
  }
}

/// `kill`
struct KillCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kill", abstract: "Send a signal to a container's first process.")

  @ParentCommand var parent: Swrun
  private var global: GlobalOptions { parent.global }

  @Flag(name: [.long, .customShort("a")], help: "Send it to all the container's processes.")
  var all = false

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  @Argument(
    help: ArgumentHelp("Name or number: TERM, SIGTERM, 15.", valueName: "signal"), completion: .signals)
  var signal = "TERM"

  func run() throws {
    try Report.running("kill \(id)", global) { _ in
      guard let number = Signal.number(signal) else {
        throw RuntimeError(.invalidArgument, "unknown signal \"\(signal)\"")
      }
      try Kill.container(ContainerID(id), signal: number, all: all, store: global.store)
    }
  }
}

/// `delete`
struct DeleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Remove a stopped container and all that was made for it.")

  @ParentCommand var parent: Swrun
  private var global: GlobalOptions { parent.global }

  @Flag(name: [.long, .customShort("f")], help: "Kill the container first if it lives; no error if there is none.")
  var force = false

  @Argument(help: ArgumentHelp("The container's name.", valueName: "container-id"), completion: .containers)
  var id: String

  func run() throws {
    try Report.running("delete \(id)", global) { log in
      try Delete.container(ContainerID(id), force: force, store: global.store, log: log)
    }
  }
}
