internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// The mapping of the caller's own ID alone, in place of those that the configuration asks for.
///
/// It is all that a user gets on a host without newuidmap(1), or who has no subordinate IDs. The container is
/// no less isolated with it; only its other users and groups are missing.
struct SingleMapping {
  let uidMappings: [IDMapping]
  let gidMappings: [IDMapping]
  /// What the caller should know.
  let warning: String

  /// Looks whether it is needed.
  ///
  /// - Parameters:
  ///   - user: The one of the process.
  ///   - isAllowed: Whether it may be done instead.
  /// - Throws: `unsupported` if it is needed, and is not allowed or not enough.
  init?(
    _ linux: LinuxConfig, user: User?, namespaces: NamespacePlan, isAllowed: Bool
  ) throws(RuntimeError) {
    guard Caller.isUnprivileged, namespaces.creates(.user) else { return nil }
    let all: [(IDKind, [IDMapping])] = [(.user, linux.uidMappings ?? []), (.group, linux.gidMappings ?? [])]
    guard let (kind, obstacle) = SingleMapping.obstacle(all) else { return nil }
    let place = "config.json: /linux/\(kind.property)"
    let single = all.map { kind, mappings in mappings.filter { $0.maps(0, to: kind.own) } }
    let isEnough = !single.contains(where: \.isEmpty) && (user?.uid ?? 0) == 0 && (user?.gid ?? 0) == 0
    guard isAllowed, isEnough else {
      throw RuntimeError(
        .unsupported, "\(place): only user \(Caller.userID) can be mapped, to root and no other: \(obstacle)",
        hint:
          "install newuidmap and newgidmap, in Debian with the package uidmap, and give the user ranges by "
          + "`usermod --add-subuids --add-subgids`")
    }
    uidMappings = [IDMapping(containerID: 0, hostID: Caller.userID, size: 1)]
    gidMappings = [IDMapping(containerID: 0, hostID: Caller.groupID, size: 1)]
    warning = "\(place): the container has no users and groups but root: \(obstacle)"
  }

  private static func obstacle(_ all: [(IDKind, [IDMapping])]) -> (IDKind, String)? {
    for (kind, mappings) in all where !kind.isOwnAlone(mappings) {
      if let obstacle = kind.obstacle { return (kind, obstacle) }
    }
    return nil
  }

  /// The mount without a group that is mapped no more: devpts takes none such.
  func fitting(_ mount: Mount) -> Mount {
    guard mount.type == "devpts" else { return mount }
    var mount = mount
    mount.options?.removeAll { $0.hasPrefix("gid=") && $0 != "gid=0" }
    return mount
  }
}

extension IDMapping {
  /// Whether one ID of the container is this one outside.
  fileprivate func maps(_ id: UInt32, to outside: UInt32) -> Bool {
    id >= containerID && id - containerID < size && outside >= hostID && outside - hostID == id - containerID
  }
}
