internal import ArgumentParser

/// What every command that starts a program hands out and hands on.
struct ProcessOptions: ParsableArguments {
  @Option(
    name: .customLong("console-socket"),
    help: ArgumentHelp("AF_UNIX socket that receives the terminal.", valueName: "path"),
    completion: .file())
  var consoleSocket: String?

  @Option(
    name: .customLong("pidfd-socket"),
    help: ArgumentHelp("AF_UNIX socket that receives a pidfd of the process.", valueName: "path"),
    completion: .file())
  var pidfdSocket: String?

  @Option(
    name: .customLong("pid-file"), help: ArgumentHelp("File to write the pid to.", valueName: "path"),
    completion: .file())
  var pidFile: String?

  @Option(
    name: .customLong("preserve-fds"),
    help: ArgumentHelp("How many more descriptors, from 3 on, the program inherits.", valueName: "n"))
  var preservedDescriptors: UInt16 = 0
}
