internal import ImageLayers
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// Between the IDs that a container's user namespace has, and those that the host sees.
struct OwnerShift {
  /// What stands for an ID that the namespace does not have. user_namespaces(7)
  private static let overflow: UInt32 = 65534

  private let mapping: UserMapping?

  /// - Parameters:
  ///   - mapping: nil if both are the same.
  init(_ mapping: UserMapping?) {
    self.mapping = mapping
  }

  /// An entry that was read from the host's side, as the container has it.
  func toContainer(_ entry: inout TarEntry) {
    guard let mapping else { return }
    func shifted(_ id: UInt32, _ ranges: [(container: UInt32, host: UInt32, size: UInt32)]) -> UInt32 {
      for range in ranges where id >= range.host && id - range.host < range.size {
        return range.container + (id - range.host)
      }
      return OwnerShift.overflow
    }
    entry.uid = shifted(entry.uid, mapping.userRanges)
    entry.gid = shifted(entry.gid, mapping.groupRanges)
    change(&entry) { shifted($0, mapping.userRanges) }
  }

  /// An entry of the container's, as the host is to write it.
  func toHost(_ entry: inout TarEntry) throws(RuntimeError) {
    guard let mapping else { return }
    func shifted(
      _ id: UInt32, _ ranges: [(container: UInt32, host: UInt32, size: UInt32)]
    ) throws(RuntimeError) -> UInt32 {
      for range in ranges where id >= range.container && id - range.container < range.size {
        return range.host + (id - range.container)
      }
      throw RuntimeError(
        .invalidArgument, "\(entry.shownPath) belongs to \(id), which the container's users do not have",
        hint: "without --archive it becomes root's")
    }
    entry.uid = try shifted(entry.uid, mapping.userRanges)
    entry.gid = try shifted(entry.gid, mapping.groupRanges)
    let root = try shifted(0, mapping.userRanges)
    change(&entry) { $0 == 0 ? root : $0 }
  }

  /// File capabilities name the root user that they hold for, if that is not the host's: version 3 in place of 2.
  /// capabilities(7)
  private func change(_ entry: inout TarEntry, _ shift: (UInt32) -> UInt32) {
    for place in entry.attributes.indices
    where entry.attributes[place].name == Array("security.capability".utf8) {
      let value = entry.attributes[place].value
      guard [20, 24].contains(value.count), [2, 3].contains(value[3]) else { continue }
      let owner = value[3] == 3 ? value[20...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) } : 0
      let root = shift(owner)
      var changed = Array(value[..<20])
      changed[3] = root == 0 ? 2 : 3
      if root != 0 { changed += (0..<4).map { UInt8(truncatingIfNeeded: root >> (8 * $0)) } }
      entry.attributes[place].value = changed
    }
  }
}

extension UserMapping {
  fileprivate var userRanges: [(container: UInt32, host: UInt32, size: UInt32)] {
    users.map { ($0.containerID, $0.hostID, $0.size) }
  }

  fileprivate var groupRanges: [(container: UInt32, host: UInt32, size: UInt32)] {
    groups.map { ($0.containerID, $0.hostID, $0.size) }
  }
}
