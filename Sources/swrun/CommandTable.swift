internal import ArgumentParser
internal import JSON

/// The commands and their options, as ArgumentParser describes them.
struct CommandTable: Decodable {
  let command: Command

  /// The program itself, or a command.
  struct Command: Decodable {
    let commandName: String
    let arguments: [Argument]?
    let subcommands: [Command]?
  }

  /// An option, a flag or an operand.
  struct Argument: Decodable {
    let kind: String
    let names: [Name]?
    let valueName: String?
    let isOptional: Bool
    let isRepeating: Bool
    let allValues: [String]?
  }

  /// `--bundle` is long, `-b` is short.
  struct Name: Decodable {
    let kind: String
    let name: String

    /// With its dashes.
    var written: String { (kind == "short" ? "-" : "--") + name }
  }

  /// The program's. Nil only if ArgumentParser has changed the form of its description.
  static var program: Command? {
    do {
      _ = try Swrun.parseAsRoot(["--experimental-dump-help"])
      return nil
    } catch {
      guard let document = try? JSONDocument(parsing: Array(Swrun.fullMessage(for: error).utf8)) else {
        return nil
      }
      return JSONReader.decode(CommandTable.self, from: document).value?.command
    }
  }
}

extension CommandTable.Command {
  /// The command of this name, among those of the program.
  func named(_ name: String) -> CommandTable.Command? {
    subcommands?.first { $0.commandName == name }
  }

  /// The option that is written so, with its dashes.
  func option(_ written: String) -> CommandTable.Argument? {
    arguments?.first { $0.names?.contains { $0.written == written } == true }
  }

  /// The names of all options, with their dashes.
  var optionNames: [String] { (arguments ?? []).flatMap { $0.names ?? [] }.map(\.written) }

  /// Whether what stands after the first operand is for another program.
  var passesOn: Bool { operands.last?.isRepeating == true }

  /// What stands after the options, in order.
  var operands: [CommandTable.Argument] { (arguments ?? []).filter { $0.kind == "positional" } }
}
