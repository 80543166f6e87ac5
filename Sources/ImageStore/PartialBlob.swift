internal import Glibc
internal import ImageLayers
internal import LinuxKernel
public import OCIImage
public import RuntimeErrors
internal import SystemPackage

/// A blob that comes part by part, perhaps by the work of several processes one after the other.
///
/// It has a name by its digest in `staging`, so that another attempt goes on where this one ended; a lock, which goes
/// with the process, keeps others from writing to it meanwhile.
public final class PartialBlob {
  /// What it is to become.
  public let digest: Digest
  /// How many bytes are there.
  public private(set) var count: Int64 = 0
  private let store: ImageStore
  private let file: Descriptor
  private var calculation: DigestCalculation
  /// Up to where the disk was asked to write.
  private var flushed: Int64 = 0

  private init(_ digest: Digest, _ file: consuming Descriptor, in store: ImageStore) {
    self.digest = digest
    self.store = store
    self.file = file
    calculation = DigestCalculation(algorithm: digest.algorithm)
  }

  static func name(_ digest: Digest) -> String { "\(digest.algorithm)-\(digest.encoded).part" }

  /// Whether a name in `staging` is of such a blob.
  static func isName(_ name: String) -> Bool { name.hasSuffix(".part") }

  /// Opens what is there of a blob, or begins with nothing.
  ///
  /// - Returns: nil if another process or thread brings it now.
  public static func open(_ digest: Digest, in store: ImageStore) throws(RuntimeError) -> PartialBlob? {
    _ = try store.blobPath(digest)
    while true {
      let file = try Kernel.open(
        name(digest), at: store.staging.number, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644)
      guard try Kernel.lock(file.number, LOCK_EX | LOCK_NB) else { return nil }
      // Who had it before may just have given it its last name, or removed it.
      let own = try Kernel.stat(file.number)
      let named = try Kernel.stat(name(digest), at: store.staging.number)
      guard let named, named.st_ino == own.st_ino, named.st_dev == own.st_dev else { continue }
      let blob = PartialBlob(digest, file, in: store)
      try blob.takeUp()
      return blob
    }
  }

  /// Hashes what is there.
  private func takeUp() throws(RuntimeError) {
    try Kernel.seek(file.number, to: 0)
    let buffer = ByteBuffer(capacity: 256 << 10)
    while true {
      let read = try Kernel.read(file.number, into: buffer.bytes, name: digest.text)
      if read == 0 { return }
      calculation.update(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<read]))
      count += Int64(read)
    }
  }

  /// Appends bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(RuntimeError) {
    try Kernel.writeAll(file.number, bytes, name: "\(store.path)/staging: \(digest)")
    calculation.update(bytes)
    count += Int64(bytes.count)
    // The disk works while the network does, and has little to do at the end.
    if count - flushed >= 8 << 20 {
      Kernel.startWriting(file.number, from: flushed, count: count - flushed)
      flushed = count
    }
  }

  /// Begins anew.
  public func restart() throws(RuntimeError) {
    try Kernel.changeLength(file.number, to: 0)
    try Kernel.seek(file.number, to: 0)
    calculation = DigestCalculation(algorithm: digest.algorithm)
    count = 0
    flushed = 0
  }

  /// Whether what is there is the blob.
  public var isComplete: Bool { calculation.digest() == digest }

  /// Gives it its name among the blobs.
  ///
  /// - Throws: `invalidImage` if it has another content.
  public func commit() throws(RuntimeError) {
    let found = calculation.digest()
    guard found == digest else {
      throw RuntimeError(.invalidImage, "the blob \(digest) has another content, \(found)")
    }
    try Kernel.synchronize(file.number)
    let blobs = try Kernel.open("blobs", at: store.root.number, flags: O_RDONLY | O_DIRECTORY)
    let directory = try ImageStore.directory(digest.algorithm, at: blobs.number)
    try Kernel.rename(
      PartialBlob.name(digest), at: store.staging.number, to: digest.encoded, at: directory.number)
    try Kernel.synchronize(directory.number)
  }

  /// Keeps nothing of it.
  public func discard() throws(RuntimeError) {
    try Kernel.remove(PartialBlob.name(digest), at: store.staging.number)
  }
}
