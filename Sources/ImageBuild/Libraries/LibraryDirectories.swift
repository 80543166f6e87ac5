internal import Glibc
internal import LinuxKernel
internal import RuntimeErrors

/// Where a tree's loader looks for libraries, besides the places that a file names itself.
///
/// ld.so(8), ldconfig(8)
struct LibraryDirectories {
  /// Paths of libraries by name, as ldconfig wrote them down.
  private var cache: [[UInt8]: [[UInt8]]] = [:]
  /// Directories of ld.so.conf.
  private var configured: [[UInt8]] = []
  /// Those of `include` so far.
  private var patterns: Set<[UInt8]> = []

  /// Those that loaders know by themselves: glibc's, and Debian's with the machine's name in them.
  private static let usual = [
    "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib/i386-linux-gnu", "/usr/lib/i386-linux-gnu",
    "/lib/arm-linux-gnueabihf", "/usr/lib/arm-linux-gnueabihf", "/lib/riscv64-linux-gnu",
    "/usr/lib/riscv64-linux-gnu", "/lib/powerpc64le-linux-gnu", "/usr/lib/powerpc64le-linux-gnu",
    "/lib/s390x-linux-gnu", "/usr/lib/s390x-linux-gnu", "/lib32", "/usr/lib32", "/libx32", "/usr/libx32",
  ].map { Array($0.utf8) }

  /// The most directories that are looked through for one library, and the most files that say which.
  static let most = 1000

  /// The file that ldconfig writes.
  static let cachePath = Array("/etc/ld.so.cache".utf8)

  init(of tree: FileTree) throws(RuntimeError) {
    if let bytes = try LibraryDirectories.content(LibraryDirectories.cachePath, tree) {
      cache = LoaderCache.paths(in: bytes)
    }
    var seen: Set<[UInt8]> = []
    try readConfiguration(Array("/etc/ld.so.conf".utf8), tree, &seen, 0)
  }

  /// A loader's candidates for a name, the first that fits being taken.
  ///
  /// - Parameters:
  ///   - interpreter: The loader's own path: musl's has other directories and no cache.
  /// - Returns: A list with what only a cache or a configuration tells of, and one with what loaders know.
  func candidates(
    _ name: [UInt8], interpreter: [UInt8]?, in tree: FileTree
  ) throws(RuntimeError) -> (configured: [[UInt8]], usual: [[UInt8]]) {
    let loader = interpreter?.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
    if loader.starts(with: "ld-musl-".utf8) {
      let architecture = loader.dropFirst(8).prefix { $0 != UInt8(ascii: ".") }
      let file = Array("/etc/ld-musl-".utf8) + architecture + Array(".path".utf8)
      let text = try LibraryDirectories.content(file, tree) ?? Array("/lib:/usr/local/lib:/usr/lib".utf8)
      let directories = text.split { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "\n") }.map(Array.init)
      return ([], directories.map { joined($0, name) })
    }
    let own = (cache[name] ?? []) + configured.map { joined($0, name) }
    return (own, LibraryDirectories.usual.map { joined($0, name) })
  }

  private static func content(_ path: [UInt8], _ tree: FileTree) throws(RuntimeError) -> [UInt8]? {
    guard let found = try tree.find(path), found.status.st_mode & S_IFMT == S_IFREG else { return nil }
    let file = try tree.openFile(found.path)
    return try Kernel.read(file.number, at: 0, most: Int(min(found.status.st_size, 16 << 20)))
  }

  /// Lines with a directory, or `include` and patterns.
  private mutating func readConfiguration(
    _ path: [UInt8], _ tree: FileTree, _ seen: inout Set<[UInt8]>, _ depth: Int
  ) throws(RuntimeError) {
    guard depth < 8, seen.count < LibraryDirectories.most, seen.insert(path).inserted,
      let text = try LibraryDirectories.content(path, tree)
    else { return }
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let words = line.prefix { $0 != UInt8(ascii: "#") }.split {
        [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: ",")].contains($0)
      }
      guard let first = words.first else { continue }
      if first.elementsEqual("include".utf8) {
        for pattern in words.dropFirst() {
          let from = pattern.first == UInt8(ascii: "/") ? Array(pattern) : Array("/etc/".utf8) + pattern
          // A pattern that was there before names nothing new.
          guard patterns.count < LibraryDirectories.most, patterns.insert(from).inserted else { continue }
          // glob(3) knows no `**`.
          for file in try PathPattern(from, hasAnyDepth: false).matches(in: tree) {
            try readConfiguration(absolute(file), tree, &seen, depth + 1)
          }
        }
      } else if first.first == UInt8(ascii: "/"), configured.count < LibraryDirectories.most {
        configured.append(Array(first))
      }
    }
  }
}

/// A path below a directory.
func joined(_ directory: [UInt8], _ name: [UInt8]) -> [UInt8] {
  directory + [UInt8(ascii: "/")] + name
}

/// /etc/ld.so.cache, as glibc has written it since 2.2: names and paths in a table of strings.
enum LoaderCache {
  private static let magic = Array("glibc-ld.so.cache1.1".utf8)
  /// The longest name, of a file, and the longest path, as the kernel has them.
  private static let (mostNameBytes, mostPathBytes) = (255, 4096)
  private static let mostEntries = 100_000
  /// Of all names and paths together.
  private static let mostTextBytes = 32 << 20

  /// Paths by name, in the order of the cache. What does not fit into the file is passed over: the loader would do
  /// the same, or look at the directories.
  static func paths(in bytes: [UInt8]) -> [[UInt8]: [[UInt8]]] {
    // An older table may stand before.
    guard let start = position(of: magic, in: bytes), start + 48 <= bytes.count else { return [:] }
    func number(_ offset: Int) -> Int {
      guard offset >= 0, offset + 4 <= bytes.count else { return -1 }
      return bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    func text(_ offset: Int, most: Int) -> [UInt8]? {
      guard offset >= 0, start + offset < bytes.count else { return nil }
      let text = bytes[(start + offset)...].prefix(most + 1).prefix { $0 != 0 }
      return text.count <= most ? Array(text) : nil
    }
    var result: [[UInt8]: [[UInt8]]] = [:]
    let count = min(number(start + 20), (bytes.count - start - 48) / 24, mostEntries)
    var length = 0
    for place in 0..<max(count, 0) {
      let entry = start + 48 + place * 24
      guard let name = text(number(entry + 4), most: mostNameBytes), !name.isEmpty,
        let path = text(number(entry + 8), most: mostPathBytes)
      else { continue }
      length += name.count + path.count
      guard length <= mostTextBytes else { break }
      result[name, default: []].append(path)
    }
    return result
  }

  private static func position(of wanted: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= wanted.count else { return nil }
    // The new table begins at a multiple of 8 behind the old one.
    return stride(from: 0, through: bytes.count - wanted.count, by: 4).first {
      bytes[$0..<$0 + wanted.count].elementsEqual(wanted)
    }
  }
}
