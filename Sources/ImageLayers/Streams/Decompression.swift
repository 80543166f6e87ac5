internal import CLZMA
internal import CZlib
internal import CZstd
public import OCIImage
public import RuntimeErrors

/// A stream that may be compressed, by what its first bytes say.
public final class DecompressedSource: ByteSource {
  /// How the stream is compressed.
  public let compression: Compression
  private let source: any ByteSource

  /// Looks at the first bytes.
  ///
  /// - Throws: What reading them throws.
  public init(_ source: any ByteSource) throws(RuntimeError) {
    let input = try PeekedSource(source)
    compression = Compression(magic: input.first)
    switch compression {
    case .none: self.source = input
    case .gzip: self.source = try CodecSource(input, GzipDecoder())
    case .zstd: self.source = try CodecSource(input, ZstdDecoder())
    case .xz: self.source = try CodecSource(input, XZDecoder())
    }
  }

  /// Reads some bytes; 0 at the end.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(RuntimeError) -> Int {
    try source.read(into: buffer)
  }
}

extension Compression {
  /// The compression that these first bytes of a stream tell of.
  init(magic: [UInt8]) {
    if magic.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if magic.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
      self = .xz
    } else if magic.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) || Compression.isSkippableFrame(magic) {
      self = .zstd
    } else {
      self = .none
    }
  }

  /// A frame of zstd for other purposes: RFC 8878, section 3.1.2.
  private static func isSkippableFrame(_ magic: [UInt8]) -> Bool {
    magic.count >= 4 && magic[0] & 0xF0 == 0x50 && magic[1...3].elementsEqual([0x2A, 0x4D, 0x18])
  }
}

/// A stream whose first bytes are known before they are read.
private final class PeekedSource: ByteSource {
  let first: [UInt8]
  private var position = 0
  private let source: any ByteSource

  init(_ source: any ByteSource) throws(RuntimeError) {
    self.source = source
    let buffer = ByteBuffer(capacity: 8)
    var count = 0
    while count < 8 {
      let read = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[count...]))
      if read == 0 { break }
      count += read
    }
    first = Array(buffer.bytes[..<count])
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(RuntimeError) -> Int {
    guard position < first.count else { return try source.read(into: buffer) }
    let count = min(buffer.count, first.count - position)
    buffer.copyBytes(from: first[position..<position + count])
    position += count
    return count
  }
}

/// One way to decompress.
private protocol Decoder: AnyObject {
  /// Turns some of the input into some output.
  ///
  /// - Parameters:
  ///   - isLast: Whether no input follows.
  /// - Returns: How much of the input was taken, how much output was made, and whether the stream may end here.
  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(RuntimeError) -> (taken: Int, made: Int, mayEnd: Bool)
}

/// Reads from a source through a decoder.
private final class CodecSource: ByteSource {
  private let source: any ByteSource
  private let decoder: any Decoder
  private let buffer = ByteBuffer(capacity: 128 << 10)
  private var range = 0..<0
  private var isLast = false
  private var mayEnd = false

  init(_ source: any ByteSource, _ decoder: any Decoder) {
    self.source = source
    self.decoder = decoder
  }

  func read(into output: UnsafeMutableRawBufferPointer) throws(RuntimeError) -> Int {
    while true {
      if range.isEmpty, !isLast {
        let count = try source.read(into: buffer.bytes)
        range = 0..<count
        isLast = count == 0
      }
      let input = UnsafeRawBufferPointer(rebasing: buffer.bytes[range])
      if input.isEmpty, isLast, mayEnd { return 0 }
      let step = try decoder.decode(input, into: output, isLast: isLast)
      range = range.dropFirst(step.taken)
      mayEnd = step.mayEnd
      if step.made > 0 { return step.made }
      if isLast, step.taken == 0, !mayEnd {
        throw RuntimeError(.hostileLayer, "the compressed data ends in the middle")
      }
    }
  }
}

/// gzip, RFC 1952: any number of members one after the other.
private final class GzipDecoder: Decoder {
  private var stream = z_stream()
  private var isBetweenMembers = false

  init() throws(RuntimeError) {
    // 16: a gzip header is expected, and nothing else.
    let status = inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw RuntimeError(.systemCall, "gzip: out of memory") }
  }

  deinit { inflateEnd(&stream) }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(RuntimeError) -> (taken: Int, made: Int, mayEnd: Bool) {
    if isBetweenMembers, input.isEmpty { return (0, 0, true) }
    if isBetweenMembers { inflateReset(&stream) }
    isBetweenMembers = false
    stream.next_in = UnsafeMutablePointer(mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
    stream.avail_in = UInt32(input.count)
    stream.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.avail_out = UInt32(clamping: output.count)
    let status = inflate(&stream, Z_NO_FLUSH)
    let made = min(output.count, Int(UInt32.max)) - Int(stream.avail_out)
    switch status {
    case Z_STREAM_END: isBetweenMembers = true
    case Z_OK, Z_BUF_ERROR: break
    default:
      let reason = stream.msg.map { String(cString: $0) } ?? "error \(status)"
      throw RuntimeError(.hostileLayer, "the gzip data is damaged: \(reason)")
    }
    return (input.count - Int(stream.avail_in), made, isBetweenMembers)
  }
}

/// zstd, RFC 8878: any number of frames. The library refuses windows of more than 128 MiB.
private final class ZstdDecoder: Decoder {
  private let stream: OpaquePointer

  init() throws(RuntimeError) {
    guard let stream = ZSTD_createDStream() else { throw RuntimeError(.systemCall, "zstd: out of memory") }
    self.stream = stream
  }

  deinit { ZSTD_freeDStream(stream) }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(RuntimeError) -> (taken: Int, made: Int, mayEnd: Bool) {
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let hint = ZSTD_decompressStream(stream, &target, &source)
    if ZSTD_isError(hint) != 0 {
      throw RuntimeError(
        .hostileLayer, "the zstd data is damaged: \(String(cString: ZSTD_getErrorName(hint)))")
    }
    // 0: a frame has ended and all of it has been given out.
    return (source.pos, target.pos, hint == 0)
  }
}

/// xz: any number of streams, with at most 256 MiB of memory.
private final class XZDecoder: Decoder {
  private var stream = lzma_stream()
  private var hasEnded = false

  init() throws(RuntimeError) {
    let concatenated: UInt32 = 0x08
    guard lzma_stream_decoder(&stream, 256 << 20, concatenated) == LZMA_OK else {
      throw RuntimeError(.systemCall, "xz: out of memory")
    }
  }

  deinit { lzma_end(&stream) }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool
  ) throws(RuntimeError) -> (taken: Int, made: Int, mayEnd: Bool) {
    if hasEnded { return (0, 0, true) }
    stream.next_in = input.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.avail_in = input.count
    stream.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.avail_out = output.count
    let status = lzma_code(&stream, isLast ? LZMA_FINISH : LZMA_RUN)
    switch status {
    case LZMA_STREAM_END: hasEnded = true
    case LZMA_OK: break
    case LZMA_BUF_ERROR where !isLast: break
    case LZMA_BUF_ERROR: throw RuntimeError(.hostileLayer, "the compressed data ends in the middle")
    case LZMA_MEMLIMIT_ERROR:
      throw RuntimeError(.hostileLayer, "the xz data needs more than 256 MiB of memory")
    default: throw RuntimeError(.hostileLayer, "the xz data is damaged: error \(status.rawValue)")
    }
    return (input.count - stream.avail_in, output.count - stream.avail_out, hasEnded)
  }
}
