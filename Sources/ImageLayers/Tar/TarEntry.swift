public import Glibc
internal import JSON

/// One file, link or directory of an archive.
public struct TarEntry: Sendable {
  /// What an entry stands for.
  public enum Kind: Sendable, Equatable {
    case regular, hardLink, symbolicLink, characterDevice, blockDevice, directory, fifo
  }

  /// A part of a sparse file that is not a hole.
  public struct Segment: Sendable, Equatable {
    /// Where it begins in the file.
    public var offset: UInt64
    /// How long it is.
    public var length: UInt64

    /// A part of a file.
    public init(offset: UInt64, length: UInt64) {
      self.offset = offset
      self.length = length
    }
  }

  /// As the archive names it; need not be UTF-8.
  public var path: [UInt8]
  /// What it is.
  public var kind: Kind
  /// Permission bits, with set-user-ID, set-group-ID and the sticky bit.
  public var mode: UInt32 = 0o644
  /// Owner.
  public var uid: UInt32 = 0
  /// Group.
  public var gid: UInt32 = 0
  /// How many bytes follow in the archive.
  public var storedSize: UInt64 = 0
  /// The file's length, with its holes.
  public var size: UInt64 = 0
  /// When the content changed.
  public var modified = timespec()
  /// Where a link leads.
  public var linkTarget: [UInt8] = []
  /// A device's class.
  public var major: UInt32 = 0
  /// A device's number in the class.
  public var minor: UInt32 = 0
  /// Extended attributes.
  public var attributes: [(name: [UInt8], value: [UInt8])] = []
  /// What is stored of a sparse file, in the order of the file; nil if all of it is.
  public var segments: [Segment]?

  /// A regular file without content.
  public init(path: [UInt8], kind: Kind = .regular) {
    self.path = path
    self.kind = kind
  }

  /// The path for messages.
  public var shownPath: String { quoted(String(decoding: path, as: UTF8.self), limit: 200) }
}

/// How much an archive may hold.
public struct LayerLimits: Sendable {
  /// All of its bytes after decompression, and each file's length.
  public var size: UInt64
  /// Entries.
  public var entries: Int

  /// 64 GiB and ten million entries, unless said otherwise.
  public init(size: UInt64 = 64 << 30, entries: Int = 10_000_000) {
    self.size = size
    self.entries = entries
  }

  /// The longest path that the kernel takes, without its zero.
  public static let path = 4095
  /// The most components of a path: half of what the kernel takes, and ten times what images have.
  static let depth = 1024
  /// The longest header of pax, in bytes.
  static let extendedHeader = 1 << 20
  /// The most extended attributes of a file: few file systems take as many.
  static let attributes = 256
  /// The most parts of a sparse file.
  static let segments = 100_000
}
