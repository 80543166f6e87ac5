/// The running program.
enum Program {
  /// What it was called, which begins its messages: a program that becomes this one has its own name.
  static let name: String = {
    let called = (CommandLine.arguments.first ?? "").split(separator: "/").last
    return called.map(String.init) ?? "swrun"
  }()
}
