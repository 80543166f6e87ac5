internal import RuntimeErrors

/// Who a program runs as, by a container's own /etc/passwd and /etc/group, which the image wrote.
struct Account: Equatable {
  var uid: UInt32 = 0
  var gid: UInt32 = 0
  /// Further groups that the user is a member of.
  var groups: [UInt32] = []
  /// Absolute path.
  var home = "/"
  /// A shell, if the file names one.
  var shell: String?

  /// Looks up what people write: `USER`, `UID`, `USER:GROUP`, `UID:GID`; a number is never a name.
  ///
  /// Spec (image): config.md#properties, `User`
  ///
  /// - Parameters:
  ///   - text: Empty for root.
  ///   - group: In place of the group in `text`.
  ///   - option: Where `text` is from, for messages.
  init(_ text: String, group: String?, in root: borrowing ContainerRoot, option: String) throws(RuntimeError)
  {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let user = parts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "0"
    let passwd = Account.lines(try root.text("/etc/passwd"), fields: 7)
    let line: [Substring]?
    if let number = UInt32(user) {
      uid = number
      line = passwd.first { UInt32($0[2]) == number }
    } else {
      guard let found = passwd.first(where: { $0[0] == user }), let number = UInt32(found[2]) else {
        throw RuntimeError(
          .invalidArgument, "\(option): the container's /etc/passwd has no user \(user)",
          hint: "a number needs no line there")
      }
      uid = number
      line = found
    }
    if let line {
      gid = UInt32(line[3]) ?? 0
      if line[5].hasPrefix("/") { home = String(line[5]) }
      if line[6].hasPrefix("/") { shell = String(line[6]) }
    } else if uid == 0 {
      home = "/root"
    }
    let file = Account.lines(try root.text("/etc/group"), fields: 4)
    if let wanted = group ?? (parts.count > 1 ? parts[1] : nil) {
      gid = try Account.group(wanted, in: file, option: group == nil ? option : "--group")
    } else if let name = line?[0] {
      groups = file.filter { $0[3].split(separator: ",").contains(name) }.compactMap { UInt32($0[2]) }
        .filter { $0 != gid }
    }
  }

  private static func group(
    _ text: String, in lines: [[Substring]], option: String
  ) throws(RuntimeError) -> UInt32 {
    if let number = UInt32(text) { return number }
    guard let number = lines.first(where: { $0[0] == text }).flatMap({ UInt32($0[2]) }) else {
      throw RuntimeError(.invalidArgument, "\(option): the container's /etc/group has no group \(text)")
    }
    return number
  }

  /// passwd(5), group(5): lines with fewer fields are passed over.
  private static func lines(_ text: String?, fields: Int) -> [[Substring]] {
    (text ?? "").split(separator: "\n").map { $0.split(separator: ":", omittingEmptySubsequences: false) }
      .filter { $0.count >= fields }
  }
}
