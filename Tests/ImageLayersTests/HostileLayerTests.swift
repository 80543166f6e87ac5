import Foundation
import ImageLayers
import OCIImage
import RuntimeErrors
import Testing

/// A layer that tries to lead the unpacker astray, and what is said of it.
struct HostileLayer: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let bytes: [UInt8]
  /// Part of the error's text.
  let problem: String

  init(_ description: String, _ problem: String, _ build: (inout RawArchive) -> Void) {
    testDescription = description
    self.problem = problem
    var archive = RawArchive()
    build(&archive)
    bytes = archive.complete
  }

  init(_ description: String, _ problem: String, bytes: [UInt8]) {
    testDescription = description
    self.problem = problem
    self.bytes = bytes
  }
}

@Suite("a hostile layer")
struct HostileLayerTests {
  static let paths: [HostileLayer] = [
    .init("a path with ..", "has a component \"..\"") { $0.add("../outside/evil") },
    .init("a path that goes down and up again", "has a component \"..\"") { $0.add("a/../../outside/evil") },
    .init("a path of an extended header with ..", "has a component \"..\"") {
      $0.addRecords([("path", "x/../../outside/evil")])
      $0.add("harmless")
    },
    .init("an absolute path with ..", "has a component \"..\"") { $0.add("/../../outside/evil") },
    .init("an empty path", "is empty") { $0.add("") },
    .init("a component that is too long", "more than 255 bytes") {
      $0.addRecords([("path", "a/" + String(repeating: "n", count: 256))])
      $0.add("harmless")
    },
    .init("a path that is too long", "longer than 4095 bytes") {
      $0.addRecords([("path", String(repeating: "dir/", count: 1200))])
      $0.add("harmless")
    },
    .init("a path that is too deep", "more than 1024 components") {
      $0.addRecords([("path", String(repeating: "d/", count: 1025))])
      $0.add("harmless")
    },
    .init("a root that is a symbolic link", "something else than a directory") {
      $0.add("./", "2", link: "../outside")
    },
    .init("a file below a file", "is no directory") {
      $0.add("file")
      $0.add("file/below")
    },
    .init("a file below a link that leads nowhere", "leads nowhere") {
      $0.add("link", "2", link: "/missing")
      $0.add("link/below")
    },
    .init("a path through a loop of links", "too many levels of symbolic links") {
      $0.add("a", "2", link: "b")
      $0.add("b", "2", link: "a")
      $0.add("a/below")
    },
    .init("a file below a whiteout's name", "marks a removed file") { $0.add(".wh.dir/file") },
    .init("a whiteout without a name", "without the name of a file") { $0.add(".wh.") },
    .init("a whiteout of the directory above", "without the name of a file") { $0.add("dir/.wh...") },
    .init("a whiteout of its own directory", "without the name of a file") { $0.add("dir/.wh..") },
  ]

  static let links: [HostileLayer] = [
    .init("a hard link to a file outside", "has a component \"..\"") {
      $0.add("evil", "1", link: "../outside/file")
    },
    .init("a hard link to an absolute path outside", "which is not in the image") {
      $0.add("evil", "1", link: "/etc/passwd")
    },
    .init("a hard link through a link outside", "which is not in the image") {
      $0.add("out", "2", link: "../outside")
      $0.add("evil", "1", link: "out/file")
    },
    .init("a hard link to a directory", "a hard link to the directory") {
      $0.add("dir", "5")
      $0.add("evil", "1", link: "dir")
    },
    .init("a hard link to the root", "which is not in the image") { $0.add("evil", "1", link: "./") },
    .init("a symbolic link without a target", "target of 0 bytes") { $0.add("evil", "2") },
    .init("a device that is overlayfs's whiteout", "overlayfs takes for a removed file") {
      $0.add("evil", "3", device: (0, 0))
    },
    .init("a device number that the kernel has not", "more than the kernel has") {
      $0.add("evil", "3", device: (4096, 1))
    },
    .init("an attribute that redirects an overlay", "overlayfs's own") {
      $0.addRecords([("SCHILY.xattr.trusted.overlay.redirect", "/etc")])
      $0.add("evil", "5")
    },
    .init("an attribute that makes a directory opaque", "overlayfs's own") {
      $0.addRecords([("SCHILY.xattr.user.overlay.opaque", "y")])
      $0.add("evil", "5")
    },
  ]

  static let headers: [HostileLayer] = [
    .init("a wrong checksum", "wrong checksum") { $0.add("evil", checksum: "0000000\u{0}") },
    .init("no archive at all", "checksum", bytes: Array(repeating: UInt8(ascii: "x"), count: 2048)),
    .init("a size that is no number", "no octal number") { $0.add("evil", size: "12x4567890") },
    .init("a negative size", "is negative") { $0.add("evil") { $0[124] = 0xFF } },
    .init("a size of more than 64 bits", "larger than 64 bits") {
      $0.add("evil") { header in
        for place in 124..<136 { header[place] = 0x80 | 0x3F }
      }
    },
    .init("a file of 8 exbibytes", "larger than the limit") {
      $0.add("evil") { header in
        header.replaceSubrange(124..<136, with: [0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7))
      }
    },
    .init("an unknown kind of entry", "unknown kind") { $0.add("evil", "Z") },
    .init("an owner that is no ID", "is no user or group ID") {
      $0.addRecords([("uid", "4294967295")])
      $0.add("evil")
    },
    .init("a record that is longer than its header", "length does not fit") {
      $0.addRecords("999 path=evil\n")
      $0.add("harmless")
    },
    .init("a record without a line feed", "does not end with a line feed") {
      $0.addRecords("12 path=evil")
      $0.add("harmless")
    },
    .init("a record without a length", "does not begin with its length") {
      $0.addRecords("path=evil\n")
      $0.add("harmless")
    },
    .init("a record with a zero byte", "contains a zero byte") {
      $0.addRecords([("path", "ev\u{0}il")])
      $0.add("harmless")
    },
    .init("a file with thousands of attributes", "more than 256 extended attributes") {
      $0.addRecords((0..<2000).map { ("SCHILY.xattr.user.note\($0)", "x") })
      $0.add("evil")
    },
    .init("thousands of attributes for all files", "more than 256 extended attributes") {
      for half in [1000..<1200, 1200..<1400] {
        let records = half.map { "28 SCHILY.xattr.user.\($0)=x\n" }
        $0.add("GlobalHead", "g", Array(records.joined().utf8))
      }
      $0.add("evil")
    },
    .init("an extended header of a gigabyte", "larger than the limit") {
      $0.add("PaxHeaders/x", "x", size: "10000000000")
    },
    .init("a long name of a gigabyte", "larger than the limit") {
      $0.add("././@LongLink", "L", size: "10000000000")
    },
    .init("an extended header of nothing", "before the entry of an extended header") {
      $0.addRecords([("path", "evil")])
    },
    .init("zeros in the middle", "goes on behind a block of zeros", bytes: interrupted),
  ]

  static let contents: [HostileLayer] = [
    .init("an end in the middle of a file", "ends in the middle of an entry", bytes: cut(1024)),
    .init("an end in the middle of a header", "ends in the middle of a header", bytes: cut(300)),
    .init("parts of a sparse file that overlap", "overlap or lie outside") {
      $0.addRecords([("GNU.sparse.size", "4096"), ("GNU.sparse.map", "0,512,256,512")])
      $0.add("evil", "0", [UInt8](repeating: 1, count: 1024))
    },
    .init("parts of a sparse file outside of it", "overlap or lie outside") {
      $0.addRecords([("GNU.sparse.size", "100"), ("GNU.sparse.map", "18446744073709551615,512")])
      $0.add("evil", "0", [UInt8](repeating: 1, count: 512))
    },
    .init("a sparse file of 8 exbibytes", "larger than the limit") {
      $0.addRecords([("GNU.sparse.size", "9223372036854775807"), ("GNU.sparse.map", "0,512")])
      $0.add("evil", "0", [UInt8](repeating: 1, count: 512))
    },
    .init("parts that are not as long as the content", "not as long as its stored content") {
      $0.addRecords([("GNU.sparse.size", "4096"), ("GNU.sparse.map", "0,100")])
      $0.add("evil", "0", [UInt8](repeating: 1, count: 512))
    },
    .init("a map that does not end", "does not end") {
      $0.addRecords([("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "9")])
      $0.add("evil", "0", [UInt8](repeating: UInt8(ascii: "1"), count: 1024))
    },
  ]

  /// Two archives with one block of zeros between them.
  private static var interrupted: [UInt8] {
    var archive = RawArchive()
    archive.add("file")
    return archive.bytes + [UInt8](repeating: 0, count: 512) + archive.complete
  }

  /// The first bytes of an archive with a file.
  private static func cut(_ count: Int) -> [UInt8] {
    var archive = RawArchive()
    archive.add("evil", "0", [UInt8](repeating: 1, count: 2000))
    return Array(archive.bytes.prefix(count))
  }

  @Test("is refused, and writes nothing outside", arguments: paths + links + headers + contents)
  func isRefused(_ layer: HostileLayer) throws {
    let root = try UnpackedRoot()
    let error = try #require(throws: RuntimeError.self) { try root.apply(layer.bytes) }
    #expect("\(error)".contains(layer.problem), "\(error)")
    #expect(root.outsideIsUntouched)
  }

  @Test("compressed with damage is refused", arguments: ["gzip", "zstd", "xz"])
  func damagedCompression(_ name: String) throws {
    var archive = RawArchive()
    archive.add("file", "0", (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
    let compression = try #require(TestCompression(rawValue: name)).value
    let good = try compressed(archive.complete, compression)
    let root = try UnpackedRoot()
    let cut = try #require(throws: RuntimeError.self) { try root.apply(Array(good.prefix(good.count / 2))) }
    #expect("\(cut)".contains("ends in the middle"), "\(cut)")
    var flipped = good
    flipped[good.count / 2] ^= 0xFF
    #expect(throws: RuntimeError.self) { try UnpackedRoot().apply(flipped) }
    #expect(throws: RuntimeError.self) { try UnpackedRoot().apply(good + Array("garbage".utf8)) }
    try UnpackedRoot().apply(good)
  }

  @Test("that would fill the disk is stopped at the limit")
  func bomb() throws {
    var archive = RawArchive()
    archive.add("zeros", "0", [UInt8](repeating: 0, count: 8 << 20))
    let bomb = try compressed(archive.complete, .gzip)
    #expect(bomb.count < 64 << 10)
    let root = try UnpackedRoot()
    let error = try #require(throws: RuntimeError.self) {
      try root.apply(bomb, limits: LayerLimits(size: 1 << 20, entries: 10))
    }
    #expect("\(error)".contains("limit"), "\(error)")
    var many = RawArchive()
    for number in 0..<20 { many.add("file\(number)") }
    let crowd = try #require(throws: RuntimeError.self) {
      try root.apply(many.complete, limits: LayerLimits(size: 1 << 20, entries: 10))
    }
    #expect("\(crowd)".contains("more than 10 entries"), "\(crowd)")
  }

  @Test("that writes through its own links stays inside")
  func linksLeadInside() throws {
    let root = try UnpackedRoot()
    var archive = RawArchive()
    archive.add("etc", "5", mode: "0000755")
    archive.add("absolute", "2", link: "/etc")
    archive.add("climbing", "2", link: "../../../../../../etc")
    archive.add("absolute/one", "0", Array("1".utf8))
    archive.add("climbing/two", "0", Array("2".utf8))
    archive.add("absolute/.wh.nothing")
    try root.apply(archive.complete)
    #expect(root.text("etc/one") == "1")
    #expect(root.text("etc/two") == "2")
    #expect(!FileManager.default.fileExists(atPath: "/etc/one"))
    #expect(root.outsideIsUntouched)
  }

  @Test("that replaces a directory by a link cannot remove what lies behind the link")
  func whiteoutThroughLink() throws {
    let root = try UnpackedRoot()
    var base = RawArchive()
    base.add("out", "2", link: "../outside")
    var upper = RawArchive()
    upper.add("out/.wh.file")
    upper.add("out/.wh..wh..opq")
    try root.apply(base.complete, upper.complete)
    #expect(root.outsideIsUntouched)
  }

  @Test("of a directory nested deeper than descriptors reach can be removed again")
  func deepDirectory() throws {
    let root = try UnpackedRoot()
    var base = RawArchive()
    let deep = String(repeating: "d/", count: 1000)
    base.addRecords([("path", deep)])
    base.add("deep", "5", mode: "0000755")
    base.addRecords([("linkpath", deep)])
    base.add("far", "2")
    base.addRecords([("path", "far/" + deep)])
    base.add("deeper", "5", mode: "0000755")
    var upper = RawArchive()
    upper.add(".wh.d")
    upper.add(".wh.far")
    try root.apply(base.complete, upper.complete)
    #expect(root.paths.isEmpty)
  }

  @Test(
    "of trees whose levels are reached through many links is unpacked level by level", .timeLimit(.minutes(1))
  )
  func deepThroughLinks() throws {
    let root = try UnpackedRoot()
    var archive = RawArchive()
    let deep = String(repeating: "d/", count: 1000)
    archive.add("link0", "5", mode: "0000755")
    for number in 0..<12 {
      archive.addRecords([("path", "link\(number)/\(deep)file")])
      archive.add("file", "0", [1])
      archive.addRecords([("linkpath", "link\(number)/\(deep)")])
      archive.add("link\(number + 1)", "2")
    }
    try root.apply(archive.complete)
    #expect(root.status("link1/\(deep)file")?.st_size == 1)
  }

  @Test("of a sparse file longer than files can be is refused, whatever is allowed")
  func longestFile() throws {
    for size in ["18446744073709551615", "9223372036854775808"] {
      var archive = RawArchive()
      archive.addRecords([
        ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", size),
      ])
      archive.add("evil", "0", Array("0\n".utf8) + [UInt8](repeating: 0, count: 510))
      let limits = LayerLimits(size: .max, entries: 10)
      let error = try #require(throws: RuntimeError.self) {
        try UnpackedRoot().apply(archive.complete, limits: limits)
      }
      #expect("\(error)".contains("larger than the limit"), "\(error)")
    }
  }
}
