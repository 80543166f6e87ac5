internal import LinuxKernel
public import RuntimeErrors

/// A unit of systemd's that runs a container. systemd.service(5)
///
/// swbox stays in the foreground, passes signals on and ends with the program's status; in place it is the program.
/// A container that an interrupted unit has left is removed before the next start.
public struct ServiceUnit {
  /// The unit's text.
  public let text: String

  /// A unit for containers like one that exists.
  ///
  /// - Parameters:
  ///   - root: Absolute path of the store.
  /// - Throws: `invalidState` if a word cannot stand in a unit.
  public init(_ record: ContainerRecord, root: String) throws(RuntimeError) {
    let swbox = [Kernel.ownPath() ?? "/usr/bin/swbox", "--root", root]
    let removal = try ServiceUnit.line(swbox + ["rm", "--force", record.name])
    let start = try ServiceUnit.line(swbox + ["run"] + record.runWords(name: record.name))
    let what = record.origin.text
    let description = try ServiceUnit.plain("Container \(record.name)" + (what.isEmpty ? "" : " of \(what)"))
    // A user's manager knows no network, and none of the system's targets. systemd.special(7)
    let isUser = Caller.isForUser
    let network = "Wants=network-online.target\nAfter=network-online.target\n"
    let signal = record.stopSignal.hasPrefix("SIG") ? record.stopSignal : "SIG\(record.stopSignal)"
    text = """
      [Unit]
      Description=\(description)
      Documentation=man:swbox(8)
      \(isUser ? "" : network)
      [Service]
      Type=exec
      ExecStartPre=-\(removal)
      ExecStart=\(start)
      ExecStopPost=-\(removal)
      KillMode=mixed
      KillSignal=\(signal)
      SuccessExitStatus=\(128 + (Signal.number(signal) ?? 15))
      NotifyAccess=all
      Restart=on-failure

      [Install]
      WantedBy=\(isUser ? "default" : "multi-user").target

      """
  }

  /// Words as systemd reads them. systemd.service(5), COMMAND LINES; systemd.syntax(7), QUOTING
  private static func line(_ words: [String]) throws(RuntimeError) -> String {
    var quoted: [String] = []
    for word in words { quoted.append(try quote(word)) }
    return quoted.joined(separator: " ")
  }

  private static func quote(_ word: String) throws(RuntimeError) -> String {
    let plain = try plain(word).replacing("$", with: "$$")
    let isSimple =
      !plain.isEmpty
      && plain.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || "/._-:=,@+%$".utf8.contains(byte)
      }
    if isSimple { return plain }
    var text = ""
    for character in plain {
      switch character {
      case "\"", "\\": text += "\\\(character)"
      default: text.append(character)
      }
    }
    return "\"\(text)\""
  }

  /// Text without specifiers, in which nothing ends the line.
  private static func plain(_ text: String) throws(RuntimeError) -> String {
    guard !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
      throw RuntimeError(
        .invalidState, "a line feed or another control character cannot stand in a unit",
        hint: "--env-file, or a script in the image, can have it")
    }
    return text.replacing("%", with: "%%")
  }
}
