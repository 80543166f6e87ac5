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
    let size = try Kernel.stat(file.number).st_size
    guard size == descriptor.size else {
      throw RuntimeError(
        .invalidImage,
        "the blob \(descriptor.digest) has \(size) bytes, its descriptor says \(descriptor.size)")
    }
    return file
  }

  /// Reads a whole small blob, and checks it against its digest.
  public func readBlob(_ descriptor: ContentDescriptor) throws(RuntimeError) -> [UInt8] {
    let file = try openBlob(descriptor)
    let bytes = try Kernel.readAll(
      file.number, limit: ImageStore.maximumDocument, name: descriptor.digest.text)
    var calculation = DigestCalculation(algorithm: descriptor.digest.algorithm)
    bytes.withUnsafeBytes { calculation.update($0) }
    guard calculation.digest() == descriptor.digest else {
      throw RuntimeError(
        .invalidImage, "the blob \(descriptor.digest) has another content, \(calculation.digest())")
    }
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
    sink = MeteredSink(DescriptorSink(file.number), algorithm: algorithm)
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
    if try store.blobSize(digest) != sink.count {
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

  init(_ number: CInt) {
    self.number = number
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(RuntimeError) {
    try Kernel.writeAll(number, bytes, name: "staging")
  }

  func finish() throws(RuntimeError) {}
}
