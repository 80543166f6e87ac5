import Glibc
import LinuxKernel
import RuntimeErrors
import Testing

@testable import ImageBuild

@Suite("ELF files")
struct ELFFileTests {
  private func bytes(_ path: String) throws -> [UInt8] {
    let file = try Kernel.open(path, flags: O_RDONLY)
    return try Kernel.readAll(file.number, limit: 64 << 20, name: path)
  }

  private func read(_ bytes: [UInt8]) throws -> ELFFile? {
    let file = try Kernel.makeMemoryFile(name: "elf", contents: bytes)
    return try ELFFile.read(file.number)
  }

  @Test("programs and libraries of the host are read")
  func host() throws {
    let program = try #require(try read(bytes("/bin/ls")))
    #expect(program.interpreter.map { String(decoding: $0, as: UTF8.self) }?.contains("/ld-") == true)
    #expect(program.needed.contains { String(decoding: $0, as: UTF8.self).hasPrefix("libc.so") })
    #expect(try read(Array("#!/bin/sh\n".utf8)) == nil)
    #expect(try read([]) == nil)
    let alone = try #require(try read(bytes("/bin/busybox")))
    #expect(alone.needed.isEmpty && alone.interpreter == nil)
  }

  @Test("a file that is cut off anywhere is refused or read, and never more than that")
  func cut() throws {
    let whole = try bytes("/bin/ls")
    let wanted = try #require(try read(whole))
    var refused = 0
    for length in Array(0..<1200) + Array(stride(from: 1200, to: whole.count, by: 997)) {
      do {
        let found = try read(Array(whole[..<length]))
        #expect(found == nil || found == wanted)
      } catch let error as RuntimeError {
        #expect(error.code == .hostileLayer)
        refused += 1
      }
    }
    #expect(refused > 1000)
  }

  @Test("a file with any byte of its tables changed does no harm")
  func damaged() throws {
    let whole = try bytes("/bin/ls")
    var generator = SystemRandomNumberGenerator()
    for place in 0..<2000 {
      var bytes = Array(whole.prefix(200_000))
      bytes[place % 900] = UInt8.random(in: 0...255, using: &generator)
      do {
        let found = try read(bytes)
        #expect(found?.needed.allSatisfy { $0.count < 1 << 20 } ?? true)
      } catch let error as RuntimeError {
        #expect(error.code == .hostileLayer)
      }
    }
  }
}

extension ELFFileTests {
  /// A library of 64 bits that needs others: places in a table of strings, which is the file's end.
  private func library(needing places: [UInt64], _ strings: [UInt8]) -> [UInt8] {
    func number<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
      withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
    let (start, dynamic) = (UInt64(64 + 2 * 56), UInt64((places.count + 3) * 16))
    func segment(_ type: UInt32, _ offset: UInt64, _ size: UInt64) -> [UInt8] {
      number(type) + number(UInt32(4)) + [offset, offset, offset, size, size, 8].flatMap { number($0) }
    }
    var file: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    file += number(UInt16(3)) + number(UInt16(62)) + number(UInt32(1)) + number(UInt64(0))
    file += number(UInt64(64)) + number(UInt64(0)) + number(UInt32(0))
    file += [64, 56, 2, 0, 0, 0].flatMap { number(UInt16($0)) }
    file += segment(1, 0, start + dynamic + UInt64(strings.count)) + segment(2, start, dynamic)
    var tags: [(UInt64, UInt64)] = places.map { (1, $0) }
    tags += [(5, start + dynamic), (10, UInt64(strings.count)), (0, 0)]
    for (tag, value) in tags { file += number(tag) + number(value) }
    return file + strings
  }

  @Test("names of libraries are those of files, however long their table is")
  func longNames() throws {
    #expect(try read(library(needing: [0, 2], Array("a\0b\0".utf8)))?.needed == [[97], [98]])
    let endless = [UInt8](repeating: 97, count: 64 << 10)
    let longest = [UInt8](repeating: 97, count: 4096) + [0]
    #expect(try read(library(needing: [0], longest))?.needed == [Array(longest.dropLast())])
    let many = [UInt64](repeating: 0, count: 2000)
    for bytes in [
      library(needing: [0], endless), library(needing: many, endless), library(needing: many, longest),
    ] {
      do {
        _ = try read(bytes)
        Issue.record("a file of \(bytes.count) bytes was read")
      } catch let error as RuntimeError {
        #expect(error.code == .hostileLayer)
      }
    }
  }
}

@Suite("patterns of paths")
struct PathPatternTests {
  private func matches(_ pattern: String, _ path: String) -> Bool {
    PathPattern(Array(pattern.utf8)).matches(path.split(separator: "/").map { Array($0.utf8) })
  }

  @Test("stars, question marks, sets and any depth")
  func forms() {
    for (pattern, path) in [
      ("a/*.c", "a/x.c"), ("**/x", "x"), ("**/x", "a/b/x"), ("a/**", "a/b/c"), ("a/**/b", "a/b"),
      ("[a-c]?", "bz"),
      ("[!a]", "b"), ("lib*.so*", "libc.so.6"), ("*a*b*c*", "xaxbxcx"), ("\\*", "*"),
    ] { #expect(matches(pattern, path), "\(pattern) \(path)") }
    for (pattern, path) in [
      ("a/*.c", "a/b/x.c"), ("*", "a/b"), ("[!a]", "a"), ("a?", "a"), ("\\*", "x"), ("**/x", "a/y"),
      ("[a", "a"),
    ] { #expect(!matches(pattern, path), "\(pattern) \(path)") }
  }

  /// Both would take longer than the age of the universe if all ways were tried.
  @Test("a pattern of many stars, or of many names of any number, takes no time", .timeLimit(.minutes(1)))
  func stars() {
    let pattern = String(repeating: "*a", count: 100) + "b"
    #expect(!matches(pattern, String(repeating: "a", count: 200)))
    let deep = String(repeating: "**/a/", count: 50)
    #expect(matches(deep, String(repeating: "a/", count: 200)))
    #expect(!matches(deep + "b", String(repeating: "a/", count: 200)))
  }

  @Test("two stars are one where nothing stands for any depth")
  func plainStars() {
    let pattern = PathPattern(Array("a/**/c".utf8), hasAnyDepth: false)
    let path = { (text: String) in text.split(separator: "/").map { Array($0.utf8) } }
    #expect(pattern.matches(path("a/b/c")))
    #expect(!pattern.matches(path("a/c")) && !pattern.matches(path("a/b/b/c")))
  }
}

@Suite("trees that are looked through")
struct FileTreeTests {
  @Test("paths are followed inside of the root alone, with each link on the way")
  func links() throws {
    let path = "/tmp/swbox-tree-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    defer { system("rm -rf \(path)") }
    let script = """
      mkdir -p \(path)/usr/lib; cd \(path); ln -s usr/lib lib; echo x >usr/lib/x; ln -s /lib/x first
      ln -s ../../../../first out; ln -s loop loop; ln -s /etc/passwd passwd; ln -s nowhere broken
      """
    #expect(system(script) == 0)
    let tree = FileTree(try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY))
    func find(_ text: String) throws -> String? {
      try tree.find(Array(text.utf8)).map { String(decoding: absolute($0.path), as: UTF8.self) }
    }
    #expect(try find("/first") == "/usr/lib/x")
    #expect(try find("out") == "/usr/lib/x")
    // `..` is that of the directory which the link leads to.
    #expect(try find("/lib/../lib/./x") == "/usr/lib/x")
    #expect(try find("/../../..") == "/")
    for gone in ["passwd", "broken", "x", "usr/lib/x/y"] { #expect(try find(gone) == nil, "\(gone)") }
    #expect(throws: RuntimeError.self) { try find("loop") }
    let links = try #require(try tree.find(Array("out".utf8))).links
    #expect(links.count == 3)
  }
}
