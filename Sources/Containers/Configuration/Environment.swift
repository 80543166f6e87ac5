internal import Glibc
internal import JSON
internal import LinuxKernel
internal import OCIImage

/// The variables of a container's program.
struct Environment {
  private var values: [(name: String, value: String)] = []

  /// The image's, then those that were asked for, then what is missing.
  ///
  /// - Parameters:
  ///   - more: For one program alone, `NAME=value` each.
  init(
    _ record: ContainerRecord, account: Account, hostname: String?, terminal: Bool, more: [String] = []
  ) {
    set("PATH", Program.usualPath.joined(separator: ":"))
    set("container", "swbox")
    if terminal { set("TERM", getenv("TERM").map { String(cString: $0) } ?? "xterm") }
    if let hostname { set("HOSTNAME", hostname) }
    for text in record.origin.defaults?.env ?? [] { apply(text) }
    for text in record.options.env + more { apply(text) }
    if !values.contains(where: { $0.name == "HOME" }) { set("HOME", account.home) }
  }

  /// `NAME=value` each.
  var variables: [String] { values.map { "\($0.name)=\($0.value)" } }

  private mutating func apply(_ text: String) {
    guard let border = text.firstIndex(of: "=") else { return values.removeAll { $0.name == text } }
    set(String(text[..<border]), String(text[text.index(after: border)...]))
  }

  private mutating func set(_ name: String, _ value: String) {
    if let place = values.firstIndex(where: { $0.name == name }) {
      values[place].value = value
    } else {
      values.append((name, value))
    }
  }
}
