public import LinuxKernel
public import OCIImage
public import RuntimeErrors

/// Bytes that come one after the other.
public protocol ByteSource: AnyObject {
  /// Reads some bytes.
  ///
  /// - Returns: How many; 0 at the end, and from then on.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(RuntimeError) -> Int
}

/// Bytes that go one after the other.
public protocol ByteSink: AnyObject {
  /// Takes all of the bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(RuntimeError)
  /// Writes what was held back. Nothing may be written afterwards.
  func finish() throws(RuntimeError)
}

extension ByteSink {
  /// Takes all of the bytes.
  public func write(_ bytes: [UInt8]) throws(RuntimeError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(RuntimeError) in
      try write(UnsafeRawBufferPointer(buffer))
    }
  }
}

extension ByteSource {
  /// Passes all that is left to a sink, which is not finished by that.
  public func pass(to sink: some ByteSink) throws(RuntimeError) {
    let buffer = ByteBuffer(capacity: 256 << 10)
    while true {
      let count = try read(into: buffer.bytes)
      if count == 0 { return }
      try sink.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
    }
  }

  /// Reads to the end, for the sake of those who look at the bytes on the way.
  public func drain() throws(RuntimeError) {
    let buffer = ByteBuffer(capacity: 256 << 10)
    while try read(into: buffer.bytes) > 0 {}
  }

  /// Reads to the end.
  ///
  /// - Parameters:
  ///   - limit: More bytes than this are an error.
  public func readAll(limit: Int, name: @autoclosure () -> String) throws(RuntimeError) -> [UInt8] {
    var result: [UInt8] = []
    let buffer = ByteBuffer(capacity: 64 << 10)
    while true {
      let count = try read(into: buffer.bytes)
      if count == 0 { return result }
      guard result.count + count <= limit else {
        throw RuntimeError(.invalidImage, "\(name()) is larger than \(limit) bytes")
      }
      result.append(contentsOf: buffer.bytes[..<count])
    }
  }
}

/// Memory that stays at its place.
public final class ByteBuffer {
  /// All of it.
  public let bytes: UnsafeMutableRawBufferPointer

  /// Memory of some size.
  public init(capacity: Int) {
    bytes = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit { bytes.deallocate() }
}

/// A file, pipe or socket, read from where it stands.
public final class FileSource: ByteSource {
  private let file: Descriptor
  private let name: String

  /// The file, which is the source's from now on.
  public init(_ file: consuming Descriptor, name: String) {
    Kernel.adviseSequential(file.number)
    self.file = file
    self.name = name
  }

  /// Reads some bytes; 0 at the end.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(RuntimeError) -> Int {
    try Kernel.read(file.number, into: buffer, name: name)
  }
}

/// A file, pipe or socket, written from where it stands.
public final class FileSink: ByteSink {
  private let file: Descriptor
  private let name: String

  /// The file, which is the sink's from now on.
  public init(_ file: consuming Descriptor, name: String) {
    self.file = file
    self.name = name
  }

  /// The open file's number, as long as the sink is there.
  public var number: CInt { file.number }

  /// Takes all of the bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(RuntimeError) {
    try Kernel.writeAll(file.number, bytes, name: name)
  }

  /// Writes what was held back.
  public func finish() throws(RuntimeError) {}
}

/// Bytes in memory.
public final class MemorySource: ByteSource {
  private let bytes: [UInt8]
  private var position = 0

  /// The bytes.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Reads some bytes; 0 at the end.
  public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, bytes.count - position)
    bytes.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
    }
    position += count
    return count
  }
}

/// Counts and hashes what is read through it, and ends a stream that is too long.
public final class MeteredSource: ByteSource {
  private let source: any ByteSource
  private let limit: UInt64
  private var calculation: DigestCalculation
  /// How many bytes were read.
  public private(set) var count: UInt64 = 0

  /// - Parameters:
  ///   - algorithm: Of the digest.
  ///   - limit: More bytes than this are an error.
  public init(_ source: any ByteSource, algorithm: String = "sha256", limit: UInt64 = .max) {
    self.source = source
    self.limit = limit
    calculation = DigestCalculation(algorithm: algorithm)
  }

  /// The digest of what was read.
  public var digest: Digest { calculation.digest() }

  /// Reads some bytes; 0 at the end.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(RuntimeError) -> Int {
    let read = try source.read(into: buffer)
    count += UInt64(read)
    guard count <= limit else {
      throw RuntimeError(
        .hostileLayer, "the layer holds more than \(limit) bytes",
        hint: "--max-size allows more, if the image is to be trusted")
    }
    calculation.update(UnsafeRawBufferPointer(rebasing: buffer[..<read]))
    return read
  }
}

/// Counts and hashes what is written through it.
public final class MeteredSink: ByteSink {
  private let sink: any ByteSink
  private var calculation: DigestCalculation
  /// How many bytes were written.
  public private(set) var count: Int64 = 0

  /// - Parameters:
  ///   - algorithm: Of the digest.
  public init(_ sink: any ByteSink, algorithm: String = "sha256") {
    self.sink = sink
    calculation = DigestCalculation(algorithm: algorithm)
  }

  /// The digest of what was written.
  public var digest: Digest { calculation.digest() }

  /// Takes all of the bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(RuntimeError) {
    calculation.update(bytes)
    count += Int64(bytes.count)
    try sink.write(bytes)
  }

  /// Writes what was held back.
  public func finish() throws(RuntimeError) { try sink.finish() }
}

/// Passes on what is read to a sink, too.
public final class CopyingSource: ByteSource {
  private let source: any ByteSource
  private let sink: any ByteSink

  /// The sink gets all that is read; it is not finished by that.
  public init(_ source: any ByteSource, to sink: any ByteSink) {
    self.source = source
    self.sink = sink
  }

  /// Reads some bytes; 0 at the end.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(RuntimeError) -> Int {
    let count = try source.read(into: buffer)
    if count > 0 { try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
    return count
  }
}
