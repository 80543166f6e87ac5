internal import Glibc
public import ImageLayers
public import LinuxKernel
public import OCIImage
public import RuntimeErrors
internal import SystemPackage

/// Content by digest.
extension ImageStore {
  /// The largest manifest, index or configuration that is read, in bytes.
  public static let maximumDocument = 16 << 20

  /// `blobs/sha256/…`, for a digest that can be checked.
  func blobPath(_ digest: Digest) throws(RuntimeError) -> String {
    guard digest.isVerifiable else {
      throw RuntimeError(.invalidImage, "the digest \(digest.text) is none of sha256 or sha512")
    }
    return "blobs/\(digest.algorithm)/\(digest.encoded)"
  }

  /// The length of a blob; nil if it is not there.
  public func blobSize(_ digest: Digest) throws(RuntimeError) -> Int64? {
    try Kernel.stat(blobPath(digest), at: root.number).map { Int64($0.st_size) }
  }

  /// Whether a blob is there, and may be believed to be what its digest says. Small ones are looked at, as all
  /// documents are; what is wrong with a large one is seen when it is unpacked.
  public func hasBlob(_ descriptor: ContentDescriptor) throws(RuntimeError) -> Bool {
    guard try blobSize(descriptor.digest) == descriptor.size else { return false }
    return descriptor.size > ImageStore.alwaysChecked ? true : try isSound(descriptor.digest)
  }

  /// The largest blob that is read whenever it is found, in bytes: that takes milliseconds.
  private static let alwaysChecked: Int64 = 1 << 20

  /// Whether a blob that is there has the content that its digest says.
  func isSound(_ digest: Digest) throws(RuntimeError) -> Bool {
    let file = try Kernel.open(
      blobPath(digest), at: root.number, flags: O_RDONLY,
      resolve: ResolveFlags.beneath | ResolveFlags.noSymlinks)
    let content = MeteredSource(FileSource(file, name: digest.text), algorithm: digest.algorithm)
    try content.drain()
    return content.digest == digest
  }

  /// What is wrong with a blob whose content is another.
  private func damaged(_ digest: Digest) -> RuntimeError {
    RuntimeError(
      .invalidImage, "the blob \(digest) in the store \(path) is damaged",
      hint: "`swbox pull` or `swbox load` of the image brings it anew; `swbox rmi` and `swbox gc` remove it")
  }

  /// Does something with a large blob that is not checked before. If it fails because the blob is damaged, that is
  /// the error, and the blob is removed, so that the next pull or load brings it anew.
  func trusting<Result>(
    _ blob: ContentDescriptor, _ body: () throws(RuntimeError) -> Result
  ) throws(RuntimeError) -> Result {
    do throws(RuntimeError) {
      return try body()
    } catch {
      guard try blobSize(blob.digest) == blob.size, (try? isSound(blob.digest)) == false else { throw error }
      try? Kernel.remove(blobPath(blob.digest), at: root.number)
      throw damaged(blob.digest)
    }
  }

  /// Opens a blob for reading.
  ///
  /// - Throws: `invalidImage` if it is missing, or not as long as the descriptor says.
  public func openBlob(_ descriptor: ContentDescriptor) throws(RuntimeError) -> Descriptor {
    let file: Descriptor
    do throws(RuntimeError) {
      file = try Kernel.open(
        blobPath(descriptor.digest), at: root.number, flags: O_RDONLY,
        resolve: ResolveFlags.beneath | ResolveFlags.noSymlinks)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      throw RuntimeError(.invalidImage, "the blob \(descriptor.digest) is missing")
    }
    try descriptor.check(size: Int64(Kernel.stat(file.number).st_size))
    return file
  }

  /// Reads a whole small blob, and checks it against its digest.
  public func readBlob(_ descriptor: ContentDescriptor) throws(RuntimeError) -> [UInt8] {
    let file = try openBlob(descriptor)
    let bytes = try Kernel.readAll(
      file.number, limit: ImageStore.maximumDocument, name: descriptor.digest.text)
    var calculation = DigestCalculation(algorithm: descriptor.digest.algorithm)
    bytes.withUnsafeBytes { calculation.update($0) }
    guard calculation.digest() == descriptor.digest else { throw damaged(descriptor.digest) }
    return bytes
  }

  /// Reads a manifest, index or configuration.
  public func document<Document: ImageDocument>(
    _ type: Document.Type, _ descriptor: ContentDescriptor
  ) throws(RuntimeError) -> Document {
    try Document.load(from: readBlob(descriptor), name: descriptor.digest.text)
  }

  /// Keeps some bytes.
  ///
  /// - Parameters:
  ///   - expected: Their digest, if it is known.
  public func addBlob(
    _ bytes: [UInt8], mediaType: MediaType, as expected: Digest? = nil
  ) throws(RuntimeError) -> ContentDescriptor {
    let writer = try BlobWriter(in: self, algorithm: expected?.algorithm ?? "sha256")
    try writer.write(bytes)
    return try writer.commit(mediaType: mediaType, expected: expected)
  }
}

/// A blob that is being written. If it is not committed, nothing of it stays.
public final class BlobWriter: ByteSink {
  private let store: ImageStore
  private let file: StagedFile
  private let sink: MeteredSink

  /// - Parameters:
  ///   - algorithm: Of its digest.
  public init(in store: ImageStore, algorithm: String = "sha256") throws(RuntimeError) {
    self.store = store
    file = try StagedFile(in: store)
    sink = MeteredSink(DescriptorSink(file.number, name: "\(store.path)/staging"), algorithm: algorithm)
  }

  /// Takes all of the bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(RuntimeError) { try sink.write(bytes) }

  /// Writes what was held back.
  public func finish() throws(RuntimeError) {}

  /// Gives the blob its name.
  ///
  /// - Parameters:
  ///   - expected: What it has to be.
  /// - Throws: `invalidImage` if it is something else.
  @discardableResult
  public func commit(
    mediaType: MediaType, expected: Digest? = nil
  ) throws(RuntimeError) -> ContentDescriptor {
    let digest = sink.digest
    guard expected == nil || expected == digest else {
      throw RuntimeError(.invalidImage, "the blob \(expected?.text ?? "") has another content, \(digest)")
    }
    // What is there already may be damaged: it is replaced.
    let isThere = try store.blobSize(digest) == sink.count ? store.isSound(digest) : false
    if !isThere {
      let blobs = try Kernel.open("blobs", at: store.root.number, flags: O_RDONLY | O_DIRECTORY)
      let directory = try ImageStore.directory(digest.algorithm, at: blobs.number)
      try file.move(to: digest.encoded, at: directory.number)
    }
    return ContentDescriptor(mediaType: mediaType, digest: digest, size: sink.count)
  }
}

/// Writes to a descriptor that is somebody else's.
final class DescriptorSink: ByteSink {
  private let number: CInt
  private let name: String

  init(_ number: CInt, name: String) {
    self.number = number
    self.name = name
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(RuntimeError) {
    try Kernel.writeAll(number, bytes, name: name)
  }

  func finish() throws(RuntimeError) {}
}
