internal import Glibc
internal import ImageStore
internal import LinuxKernel
internal import NIOCore
internal import OCIImage
internal import RuntimeErrors

/// Some bytes of a blob, read as they are sent.
struct FilePart: Sendable {
  var store: ImageStore
  var blob: ContentDescriptor
  var range: Range<Int64>
  /// Is told of each part that was handed on.
  var progress: @Sendable (Int64) -> Void = { _ in }
}

extension FilePart: AsyncSequence {
  typealias Element = ByteBuffer

  func makeAsyncIterator() -> Iterator { Iterator(self) }

  final class Iterator: AsyncIteratorProtocol {
    private let part: FilePart
    private var file: OpenFile?
    private var position: Int64

    init(_ part: FilePart) {
      self.part = part
      position = part.range.lowerBound
    }

    func next() async throws -> ByteBuffer? {
      guard position < part.range.upperBound else { return nil }
      let file = try file ?? OpenFile(part)
      self.file = file
      let most = Int(Swift.min(part.range.upperBound - position, 256 << 10))
      var buffer = ByteBufferAllocator().buffer(capacity: most)
      let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { memory in
        try Kernel.read(
          file.descriptor.number, into: UnsafeMutableRawBufferPointer(rebasing: memory[..<most]),
          name: part.blob.digest.text)
      }
      guard count > 0 else {
        throw RuntimeError(.invalidImage, "the blob \(part.blob.digest) became shorter while it was read")
      }
      position += Int64(count)
      part.progress(Int64(count))
      return buffer
    }
  }

  private final class OpenFile: Sendable {
    let descriptor: Descriptor

    init(_ part: FilePart) throws(RuntimeError) {
      descriptor = try part.store.openBlob(part.blob)
      try Kernel.seek(descriptor.number, to: part.range.lowerBound)
    }
  }
}
