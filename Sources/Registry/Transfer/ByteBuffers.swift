internal import NIOCore
internal import RuntimeErrors

extension ByteBuffer {
  /// Lends the readable bytes.
  func withBytes(
    _ body: (UnsafeRawBufferPointer) throws(RuntimeError) -> Void
  ) throws(RuntimeError) {
    let outcome = withUnsafeReadableBytes { bytes in
      Result { () throws(RuntimeError) in try body(bytes) }
    }
    try outcome.get()
  }
}
