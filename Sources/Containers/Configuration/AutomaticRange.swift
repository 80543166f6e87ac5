internal import JSON
internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

/// `--userns auto`: as many of the host's IDs as are wanted, which no other container of the store has.
struct AutomaticRange {
  /// As many as most images know.
  private static let usualSize: UInt64 = 65536
  /// Where the host gives containers none: podman proposes these, and nothing else gives them to anybody.
  private static let usualPlace: Range<UInt64> = 1 << 31..<(1 << 32) - 65536
  /// Whose subordinate IDs are for containers that root starts.
  private static let owner = "containers"

  private let size: UInt64

  /// - Parameters:
  ///   - text: The option's value.
  /// - Returns: nil if it is something else than `auto` or `auto:size=NUMBER`.
  init?(_ text: String?) throws(RuntimeError) {
    guard let text, text == "auto" || text.hasPrefix("auto:") else { return nil }
    let number = text == "auto" ? AutomaticRange.usualSize : UInt64(text.dropFirst("auto:size=".utf8.count))
    guard text == "auto" || text.hasPrefix("auto:size="), let number, (1...1 << 31).contains(number) else {
      throw RuntimeError(
        .invalidArgument, "--userns: found \(quoted(text)), expected auto or auto:size=NUMBER")
    }
    size = number
  }

  /// The first that are free.
  ///
  /// - Returns: `HOST:SIZE`.
  func choose(besides mappings: [UserMapping]) throws(RuntimeError) -> String {
    let taken = mappings.flatMap(\.users).map(AutomaticRange.hostIDs).sorted {
      $0.lowerBound < $1.lowerBound
    }
    let places = try AutomaticRange.places()
    for place in places {
      var start = place.lowerBound
      for range in taken where range.upperBound > start && range.lowerBound < start + size {
        start = range.upperBound
      }
      if start + size <= place.upperBound { return "\(start):\(size)" }
    }
    let shown = places.map { "\($0.lowerBound) to \($0.upperBound - 1)" }.joined(separator: ", ")
    throw RuntimeError(
      .invalidState, "--userns auto: no \(size) IDs in a row are free of \(shown.isEmpty ? "none" : shown)",
      hint:
        "/etc/subuid and /etc/subgid can give the user \(AutomaticRange.owner) more; `swbox gc` removes old ones"
    )
  }

  private static func hostIDs(_ mapping: IDMapping) -> Range<UInt64> {
    let start = UInt64(mapping.hostID)
    return start..<start + UInt64(mapping.size)
  }

  /// The IDs that are for containers, both of users and of groups. subuid(5)
  private static func places() throws(RuntimeError) -> [Range<UInt64>] {
    guard let users = try given("/etc/subuid"), let groups = try given("/etc/subgid") else {
      return [usualPlace]
    }
    return users.flatMap { user in groups.map { user.clamped(to: $0) } }.filter { !$0.isEmpty }
  }

  /// - Returns: nil if the file says nothing of the owner.
  private static func given(_ path: String) throws(RuntimeError) -> [Range<UInt64>]? {
    let text: String
    do throws(RuntimeError) {
      text = try Kernel.readText(path)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return nil
    }
    let found = text.split(separator: "\n").compactMap { line -> Range<UInt64>? in
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 3, fields[0] == owner, let start = UInt32(fields[1]),
        let count = UInt32(fields[2])
      else { return nil }
      return UInt64(start)..<min(UInt64(start) + UInt64(count), UInt64(UInt32.max))
    }
    return found.isEmpty ? nil : found
  }
}
