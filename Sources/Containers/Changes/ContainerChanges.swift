internal import Glibc
internal import ImageLayers
internal import LinuxKernel
internal import OCIRuntimeSpec
public import RuntimeErrors
internal import SystemPackage

/// One path that a container has changed.
public struct PathChange: Sendable, Equatable {
  /// What happened to it, by the letter that podman has for it.
  public enum Kind: String, Sendable {
    case added = "A"
    case changed = "C"
    case deleted = "D"
  }

  /// What happened to it.
  public let kind: Kind
  /// Absolute path in the container; need not be UTF-8.
  public let path: [UInt8]
}

/// What a container has changed of what its root file system began with: overlayfs's upper directory, read by
/// descriptor beside what lies below it.
///
/// Places that were made only to mount something at are no changes.
public final class ContainerChanges {
  private static let slash = UInt8(ascii: "/")
  private static let depth = 500

  /// In the order of the paths' bytes, each directory before what is in it.
  public private(set) var list: [PathChange] = []
  /// Paths without a slash first that are nobody's change: mount points, and directories that lead only to those.
  private(set) var mountPoints: Set<[UInt8]> = []
  /// The changes.
  let upper: Descriptor
  /// What lies below them.
  let lower: Descriptor
  private let destinations: Set<[UInt8]>
  /// Whether owners are those of a user namespace, and so never the same.
  private let isShifted: Bool

  /// Compares.
  ///
  /// - Parameters:
  ///   - store: Absolute path of the store.
  /// - Throws: `invalidState` if the container has no base that it was kept apart from.
  public init(of container: Container, store: String) throws(RuntimeError) {
    let origin = container.record.origin
    guard origin.layers != nil || container.record.options.ephemeral else {
      throw RuntimeError(
        .invalidState,
        "container \(container.record.name) changes \(origin.directory ?? "its unpacked archive") itself: there is no base to compare with",
        hint: "`swbox run --ephemeral` keeps changes apart")
    }
    isShifted = container.record.options.userns != nil
    upper = try ContainerChanges.openUpper(of: container)
    lower = try ContainerChanges.openLower(of: origin, store: store)
    destinations = ContainerChanges.destinations(of: container)
    _ = try compare(upper.number, lower.number, path: [], isOpaque: false, depth: 0)
    list.sort { $0.path.lexicographicallyPrecedes($1.path) }
  }

  private static func openUpper(of container: Container) throws(RuntimeError) -> Descriptor {
    do throws(RuntimeError) {
      return try Kernel.open(
        ContainerFile.upper, at: container.number, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      throw RuntimeError(.invalidState, "container \(container.record.name) was never started")
    }
  }

  private static func openLower(
    of origin: ContainerRecord.Origin, store: String
  ) throws(RuntimeError) -> Descriptor {
    let paths = origin.layers?.reversed().map { "\(store)/layers/\($0)" } ?? [origin.directory ?? "/"]
    if paths.count == 1 { return try Kernel.open(paths[0], flags: O_RDONLY | O_DIRECTORY) }
    return try Kernel.detachedOverlay(lower: paths)
  }

  /// Where the container has mounts, without the first slash.
  private static func destinations(of container: Container) -> Set<[UInt8]> {
    let mounts = (try? container.configuration())?.mounts ?? []
    return Set(
      mounts.map { mount in
        Array(mount.destination.utf8).split(separator: slash).joined(separator: [slash]).map { $0 }
      })
  }
}

extension ContainerChanges {
  /// Goes through a directory of the changes.
  ///
  /// - Parameters:
  ///   - below: The directory that it lies on; -1 if there is none.
  /// - Returns: Whether anything in it was changed.
  private func compare(
    _ directory: CInt, _ below: CInt, path: [UInt8], isOpaque: Bool, depth: Int
  ) throws(RuntimeError) -> Bool {
    guard depth < ContainerChanges.depth else {
      throw RuntimeError(
        .unsupported, "directories are nested more than \(ContainerChanges.depth) deep")
    }
    let before = list.count
    let names = try Kernel.unlessGone { () throws(RuntimeError) in try Kernel.names(in: directory) } ?? []
    for name in names {
      guard let status = try Kernel.stat(name, at: directory) else { continue }
      let former = below < 0 ? nil : try Kernel.stat(name, at: below)
      let place = (path.isEmpty ? [] : path + [ContainerChanges.slash]) + name.withoutZero
      if UpperDirectory.isRemoval(status) {
        if former != nil { note(.deleted, place) }
        continue
      }
      if status.st_mode & S_IFMT == S_IFDIR {
        try compareDirectory(
          name, place, directory, below, status, former, isOpaque: isOpaque, depth)
      } else if isMountPoint(place, status, former) {
        mountPoints.insert(place)
      } else {
        note(former == nil ? .added : .changed, place)
      }
    }
    if isOpaque, below >= 0 {
      let present = Set(names.map(\.withoutZero))
      for name in try Kernel.names(in: below).map(\.withoutZero) where !present.contains(name) {
        note(.deleted, (path.isEmpty ? [] : path + [ContainerChanges.slash]) + name)
      }
    }
    return list.count > before
  }

  private func compareDirectory(
    _ name: RawName, _ place: [UInt8], _ directory: CInt, _ below: CInt, _ status: stat, _ former: stat?,
    isOpaque: Bool, _ depth: Int
  ) throws(RuntimeError) {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
    // The container may have removed it meanwhile.
    guard let child = try Kernel.openUnlessGone(name, at: directory, flags: flags) else { return }
    let isOpaque = isOpaque || UpperDirectory.isOpaque(child.number)
    let pointsBefore = mountPoints.count
    let hasChanges: Bool
    if let former, former.st_mode & S_IFMT == S_IFDIR {
      let lower = try Kernel.open(name, at: below, flags: flags)
      hasChanges = try compare(
        child.number, lower.number, path: place, isOpaque: isOpaque, depth: depth + 1)
    } else {
      hasChanges = try compare(child.number, -1, path: place, isOpaque: false, depth: depth + 1)
    }
    let leadsToMount = mountPoints.count > pointsBefore || destinations.contains(place)
    guard let former else {
      if leadsToMount && !hasChanges {
        mountPoints.insert(place)
      } else {
        note(.added, place)
      }
      return
    }
    let hasOtherAttributes =
      former.st_mode != status.st_mode || former.st_uid != status.st_uid && !isShifted
      || former.st_gid != status.st_gid && !isShifted
    let hasOtherTime =
      former.st_mtim.tv_sec != status.st_mtim.tv_sec || former.st_mtim.tv_nsec != status.st_mtim.tv_nsec
    if hasChanges || hasOtherAttributes || isOpaque || hasOtherTime && !leadsToMount {
      note(.changed, place)
    } else if leadsToMount {
      mountPoints.insert(place)
    }
  }

  /// Whether a file is there only to have another mounted over it.
  private func isMountPoint(_ place: [UInt8], _ status: stat, _ former: stat?) -> Bool {
    former == nil && status.st_mode & S_IFMT == S_IFREG && status.st_size == 0
      && destinations.contains(place)
  }

  private func note(_ kind: PathChange.Kind, _ place: [UInt8]) {
    list.append(PathChange(kind: kind, path: [ContainerChanges.slash] + place))
  }
}
