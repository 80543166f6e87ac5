internal import CLZMA
internal import CZlib
internal import CZstd
public import OCIImage
public import RuntimeErrors

/// Compresses what is written, always the same way: neither time nor name goes into a header.
public final class CompressingSink: ByteSink {
  private let sink: any ByteSink
  private let encoder: (any Encoder)?
  private let buffer = ByteBuffer(capacity: 128 << 10)

  /// Compresses on the way to a sink.
  public init(_ sink: any ByteSink, _ compression: Compression) throws(RuntimeError) {
    self.sink = sink
    encoder =
      switch compression {
      case .none: nil
      case .gzip: try GzipEncoder()
      case .zstd: try ZstdEncoder()
      case .xz: try XZEncoder()
      }
  }

  /// Takes all of the bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(RuntimeError) {
    guard let encoder else { return try sink.write(bytes) }
    var rest = bytes
    while !rest.isEmpty {
      let step = try encoder.encode(rest, into: buffer.bytes, isLast: false)
      rest = UnsafeRawBufferPointer(rebasing: rest[step.taken...])
      try pass(step.made)
    }
  }

  /// Writes what was held back.
  public func finish() throws(RuntimeError) {
    if let encoder {
      let nothing = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer.bytes)[..<0])
      while true {
        let step = try encoder.encode(nothing, into: buffer.bytes, isLast: true)
        try pass(step.made)
        if step.isDone { break }
      }
    }
    try sink.finish()
  }

  private func pass(_ count: Int) throws(RuntimeError) {
    if count > 0 { try sink.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])) }
  }
}

/// One way to compress.
private protocol Encoder: AnyObject {
  /// Turns some of the input into some output.
  ///
  /// - Parameters:
  ///   - isLast: Whether no input follows; then to be repeated until it is done.
  func encode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(RuntimeError) -> (taken: Int, made: Int, isDone: Bool)
}

private final class GzipEncoder: Encoder {
  private var stream = z_stream()

  init() throws(RuntimeError) {
    let status = deflateInit2_(
      &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      CInt(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw RuntimeError(.systemCall, "gzip: out of memory") }
  }

  deinit { deflateEnd(&stream) }

  func encode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) -> (taken: Int, made: Int, isDone: Bool) {
    let input = UnsafeRawBufferPointer(rebasing: input.prefix(1 << 30))
    stream.next_in = UnsafeMutablePointer(mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
    stream.avail_in = UInt32(input.count)
    stream.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.avail_out = UInt32(output.count)
    let status = deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
    return (
      input.count - Int(stream.avail_in), output.count - Int(stream.avail_out), status == Z_STREAM_END
    )
  }
}

private final class ZstdEncoder: Encoder {
  private let stream: OpaquePointer

  init() throws(RuntimeError) {
    guard let stream = ZSTD_createCStream() else { throw RuntimeError(.systemCall, "zstd: out of memory") }
    self.stream = stream
    ZSTD_CCtx_setParameter(stream, ZSTD_c_compressionLevel, 3)
    ZSTD_CCtx_setParameter(stream, ZSTD_c_checksumFlag, 1)
  }

  deinit { ZSTD_freeCStream(stream) }

  func encode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(RuntimeError) -> (taken: Int, made: Int, isDone: Bool) {
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let left = ZSTD_compressStream2(stream, &target, &source, isLast ? ZSTD_e_end : ZSTD_e_continue)
    if ZSTD_isError(left) != 0 {
      throw RuntimeError(.systemCall, "zstd: \(String(cString: ZSTD_getErrorName(left)))")
    }
    return (source.pos, target.pos, left == 0)
  }
}

private final class XZEncoder: Encoder {
  private var stream = lzma_stream()

  init() throws(RuntimeError) {
    guard lzma_easy_encoder(&stream, 6, LZMA_CHECK_CRC64) == LZMA_OK else {
      throw RuntimeError(.systemCall, "xz: out of memory")
    }
  }

  deinit { lzma_end(&stream) }

  func encode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(RuntimeError) -> (taken: Int, made: Int, isDone: Bool) {
    stream.next_in = input.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.avail_in = input.count
    stream.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.avail_out = output.count
    let status = lzma_code(&stream, isLast ? LZMA_FINISH : LZMA_RUN)
    guard status == LZMA_OK || status == LZMA_STREAM_END || status == LZMA_BUF_ERROR else {
      throw RuntimeError(.systemCall, "xz: error \(status.rawValue)")
    }
    return (input.count - stream.avail_in, output.count - stream.avail_out, status == LZMA_STREAM_END)
  }
}
