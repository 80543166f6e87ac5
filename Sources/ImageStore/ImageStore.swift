internal import Glibc
internal import JSON
public import LinuxKernel
internal import OCIImage
public import RuntimeErrors
internal import SystemPackage

/// Images, kept by the digests of their parts.
///
/// The directory is an OCI image layout, with three directories more:
/// `blobs/ALGORITHM/ENCODED`, `index.json`, `oci-layout`; `layers/CHAINID` has unpacked layers, `builds` what steps of
/// builds made, and `staging` what is not complete. `reserve` is room on the disk for the next index. Complete things
/// come to their names by a rename. Whatever process uses the store keeps a shared lock on `staging`; only who has it
/// alone removes what nothing refers to.
///
/// Spec: image-layout.md
public final class ImageStore: Sendable {
  /// How the store is used.
  public enum Access: Sendable {
    /// Beside others: nothing is removed that something may refer to.
    case shared
    /// Alone, once all others are done.
    case exclusive
    /// Alone, if nobody else uses it now.
    case exclusiveIfFree
  }

  /// Absolute path.
  public let path: String
  let root: Descriptor
  let staging: Descriptor
  let layers: Descriptor
  /// Gets what of a layer is left out where this process is root of a person's own user namespace.
  public let warn: @Sendable (String) -> Void

  /// Opens a store, and makes it if it is missing.
  ///
  /// - Parameters:
  ///   - path: Absolute path of its directory.
  ///   - access: Kept until the end of this object.
  ///   - warn: Gets what of a layer is left out where this process is root of a person's own user namespace.
  /// - Returns: nil only if the store is in use and that is not to be waited for.
  public init?(
    _ path: String, access: Access = .shared, warn: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(RuntimeError) {
    self.path = path
    self.warn = warn
    do throws(RuntimeError) {
      root = try ImageStore.openOrMake(path)
      staging = try ImageStore.directory("staging", at: root.number)
      layers = try ImageStore.directory("layers", at: root.number)
      let blobs = try ImageStore.directory("blobs", at: root.number)
      _ = try ImageStore.directory("sha256", at: blobs.number)
      let operation: CInt =
        switch access {
        case .shared: LOCK_SH
        case .exclusive: LOCK_EX
        case .exclusiveIfFree: LOCK_EX | LOCK_NB
        }
      guard try Kernel.lock(staging.number, operation) else { return nil }
      let header = JSONWriter().encode(LayoutHeader.current)
      if try Kernel.stat(LayoutHeader.fileName, at: root.number) == nil {
        try replace(LayoutHeader.fileName, by: header)
      }
    } catch {
      throw error.adding(context: "image store \(path)")
    }
  }

  /// Opens a store to be used beside others.
  public static func open(
    _ path: String, warn: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(RuntimeError) -> ImageStore {
    guard let store = try ImageStore(path, access: .shared, warn: warn) else {
      throw RuntimeError(.invalidState, "image store \(path) is in use")
    }
    return store
  }

  /// Makes the directory and those above it, private to the user: layers hold files with set-user-ID bits.
  private static func openOrMake(_ path: String) throws(RuntimeError) -> Descriptor {
    let flags = O_RDONLY | O_DIRECTORY
    do throws(RuntimeError) {
      return try Kernel.open(path, flags: flags)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      var partial = ""
      let parts = path.split(separator: "/")
      for (index, part) in parts.enumerated() {
        partial += "/" + part
        do throws(RuntimeError) {
          let mode: UInt32 = index == parts.count - 1 ? 0o700 : 0o755
          try Kernel.makeDirectory(partial, at: Directory.working, mode: mode)
        } catch let error where error.errno == .fileExists {}
      }
      return try Kernel.open(path, flags: flags)
    }
  }

  /// How many bytes may still be written to its file system.
  public func freeSpace() throws(RuntimeError) -> Int64 { try Kernel.freeSpace(root.number) }

  /// A directory of the store for another module's own things: nothing in it is removed by a sweep.
  public func folder(_ name: String) throws(RuntimeError) -> Descriptor {
    try ImageStore.directory(name, at: root.number)
  }

  /// Opens a private directory, and makes it if it is missing.
  public static func directory(_ name: String, at parent: CInt) throws(RuntimeError) -> Descriptor {
    do throws(RuntimeError) {
      try Kernel.makeDirectory(name, at: parent, mode: 0o700)
    } catch let error where error.errno == .fileExists {}
    return try Kernel.open(name, at: parent, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  /// Replaces a file of the store's own directory as a whole, and waits until it is on the disk.
  func replace(_ name: String, by bytes: [UInt8]) throws(RuntimeError) {
    let file = try StagedFile(in: self)
    try file.write(bytes)
    try file.move(to: name, at: root.number)
  }
}

/// Room on the disk for the next index, so that images can be removed when the disk is full.
extension ImageStore {
  private static let reserve = "reserve"
  private static let smallestReserve: Int64 = 64 << 10

  /// Keeps room for an index that is somewhat longer. Nothing fails for want of it.
  func keepReserve(forIndexOf length: Int) {
    let wanted = max(ImageStore.smallestReserve, 2 * Int64(length))
    do throws(RuntimeError) {
      if let size = try Kernel.stat(ImageStore.reserve, at: root.number)?.st_size, size >= wanted { return }
      let file = try StagedFile(in: self)
      try Kernel.allocate(file.number, length: wanted)
      try file.move(to: ImageStore.reserve, at: root.number)
    } catch {}
  }

  /// Replaces a file on a full disk: the new one takes the place of the reserve.
  func replaceOnFullDisk(_ name: String, by bytes: [UInt8]) throws(RuntimeError) {
    let file = try StagedFile(in: self, from: ImageStore.reserve)
    try file.write(bytes)
    try Kernel.changeLength(file.number, to: Int64(bytes.count))
    try file.move(to: name, at: root.number)
  }
}

/// A file that is not complete: it has a name in `staging`.
public final class StagedFile {
  private let file: Descriptor
  private let store: ImageStore
  private var name: String?

  /// A new empty one.
  public init(in store: ImageStore) throws(RuntimeError) {
    self.store = store
    let name = StagedFile.newName()
    file = try Kernel.open(name, at: store.staging.number, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o644)
    self.name = name
  }

  /// One that has been a file of the store's own directory, whose place on the disk it keeps.
  init(in store: ImageStore, from former: String) throws(RuntimeError) {
    self.store = store
    let name = StagedFile.newName()
    try Kernel.rename(former, at: store.root.number, to: name, at: store.staging.number)
    file = try Kernel.open(name, at: store.staging.number, flags: O_RDWR | O_NOFOLLOW)
    self.name = name
  }

  deinit {
    if let name { try? Kernel.remove(name, at: store.staging.number) }
  }

  static func newName() -> String {
    "\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
  }

  /// The open file's number.
  public var number: CInt { file.number }

  /// Appends bytes.
  public func write(_ bytes: [UInt8]) throws(RuntimeError) {
    try Kernel.writeAll(file.number, bytes, name: "\(store.path)/staging")
  }

  /// Gives it its lasting name, in place of what may have that now.
  public func move(to newName: String, at directory: CInt) throws(RuntimeError) {
    guard let name else { return }
    try Kernel.synchronize(file.number)
    try Kernel.rename(name, at: store.staging.number, to: newName, at: directory)
    self.name = nil
    try Kernel.synchronize(directory)
  }
}
