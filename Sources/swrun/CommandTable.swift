internal import ArgumentParser
internal import JSON

/// The commands and their options, as ArgumentParser describes them.
struct CommandTable: JSONObject {
  var command = Command()

  mutating func members(_ json: inout JSONExchange) {
    json.member("command", &command)
  }

  /// The program itself, or a command.
  struct Command: JSONObject {
    var commandName = ""
    var arguments: [Argument]?
    var subcommands: [Command]?

    mutating func members(_ json: inout JSONExchange) {
      json.member("commandName", &commandName)
      json.member("arguments", &arguments)
      json.member("subcommands", &subcommands)
    }
  }

  /// An option, a flag or an operand.
  struct Argument: JSONObject {
    var kind = ""
    var names: [Name]?
    var valueName: String?
    var isOptional = false
    var isRepeating = false
    var allValues: [String]?

    mutating func members(_ json: inout JSONExchange) {
      json.member("kind", &kind)
      json.member("names", &names)
      json.member("valueName", &valueName)
      json.member("isOptional", &isOptional)
      json.member("isRepeating", &isRepeating)
      json.member("allValues", &allValues)
    }
  }

  /// `--bundle` is long, `-b` is short.
  struct Name: JSONObject {
    var kind = ""
    var name = ""

    mutating func members(_ json: inout JSONExchange) {
      json.member("kind", &kind)
      json.member("name", &name)
    }

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
      return JSONReader.decode(CommandTable.self, from: document).value.command
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
