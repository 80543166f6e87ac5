import Foundation
import ImageLayers
import LinuxKernel
import OCIImage
import Testing

@Suite("unpacking")
struct UnpackTests {
  private func layer(_ build: (inout RawArchive) -> Void) -> [UInt8] {
    var archive = RawArchive()
    build(&archive)
    return archive.complete
  }

  @Test("a whiteout removes what lies below, and nothing of its own layer")
  func whiteouts() throws {
    let root = try UnpackedRoot()
    try root.apply(
      layer {
        $0.add("file1")
        $0.add("a", "5", mode: "0000755")
        $0.add("a/file2")
        $0.add("b", "5", mode: "0000755")
        $0.add("c/file3")
      },
      layer {
        $0.add(".wh.file1")
        $0.add("a/.wh.file2")
        $0.add("a/own")
        $0.add("a/.wh.own")
        $0.add(".wh.b")
        $0.add("file4")
      })
    #expect(root.paths == ["a", "a/own", "c", "c/file3", "file4"])
  }

  @Test(
    "an opaque whiteout hides what lies below, wherever it stands in the layer", arguments: [true, false])
  func opaque(isFirst: Bool) throws {
    let root = try UnpackedRoot()
    try root.apply(
      layer { $0.add("a/b/c/bar") },
      layer {
        if isFirst { $0.add("a/.wh..wh..opq") }
        $0.add("a/b/c/foo")
        if !isFirst { $0.add("a/.wh..wh..opq") }
      })
    #expect(root.paths == ["a", "a/b", "a/b/c", "a/b/c/foo"])
  }

  @Test("a directory replaces a file, a file a directory, and a link is not followed")
  func replacements() throws {
    let root = try UnpackedRoot()
    try root.apply(
      layer {
        $0.add("one")
        $0.add("two/below")
        $0.add("target", "0", Array("kept".utf8))
        $0.add("three", "2", link: "target")
        $0.add("dir", "5", mode: "0000700")
        $0.add("dir/kept")
      },
      layer {
        $0.add("one", "5", mode: "0000755")
        $0.add("one/below")
        $0.add("two")
        $0.add("three", "0", Array("new".utf8))
        $0.add("dir", "5", mode: "0000755")
      })
    #expect(root.text("target") == "kept")
    #expect(root.text("three") == "new")
    #expect(root.status("two").map { $0.st_mode & S_IFMT } == S_IFREG)
    #expect(root.status("dir").map { $0.st_mode & 0o7777 } == 0o755)
    #expect(root.paths.contains("dir/kept"))
    #expect(root.paths.contains("one/below"))
  }

  @Test("set-user-ID bits, times and hard links are as the layer says")
  func attributes() throws {
    let root = try UnpackedRoot()
    try root.apply(
      layer {
        $0.addRecords([("mtime", "1234567890.5")])
        $0.add("bin/su", "0", Array("x".utf8), mode: "0004755")
        $0.add("bin/link", "1", link: "bin/su")
        $0.add("bin/link", "1", link: "bin/su")
        $0.add("pipe", "6")
        $0.addRecords([("mtime", "-1.25")])
        $0.add("old", "5", mode: "0001777")
        $0.add("old/new")
      })
    let su = try #require(root.status("bin/su"))
    #expect(su.st_mode & 0o7777 == 0o4755)
    #expect(su.st_mtim.tv_sec == 1_234_567_890 && su.st_mtim.tv_nsec == 500_000_000)
    #expect(su.st_nlink == 2 && root.status("bin/link")?.st_ino == su.st_ino)
    #expect(root.status("pipe").map { $0.st_mode & S_IFMT } == S_IFIFO)
    let old = try #require(root.status("old"))
    #expect(old.st_mtim.tv_sec == -2 && old.st_mtim.tv_nsec == 750_000_000)
    #expect(old.st_mode & 0o7777 == 0o1777)
  }

  @Test("a file that is not given away gives nobody its new owner's rights")
  func ownFiles() throws {
    let root = try UnpackedRoot()
    let descriptor = try Kernel.open(root.root, flags: O_RDONLY | O_DIRECTORY)
    var options = UnpackOptions()
    options.keepsOwners = false
    let source = MemorySource(
      layer {
        $0.add("su", "0", Array("x".utf8), mode: "0006755")
        $0.add("pipe", "6", mode: "0004622")
      })
    try Unpacker(root: descriptor.number, options: options).apply(TarReader(source), isBase: true)
    #expect(root.status("su").map { $0.st_mode & 0o7777 } == 0o755)
    #expect(root.status("pipe").map { $0.st_mode & 0o7777 } == 0o622)
  }

  @Test("long runs of zeros take no room on the disk, and sparse files keep their holes")
  func sparseFiles() throws {
    let root = try UnpackedRoot()
    try root.apply(
      layer {
        $0.add("zeros", "0", [UInt8](repeating: 0, count: 8 << 20))
        $0.addRecords([("GNU.sparse.size", "1048576"), ("GNU.sparse.map", "4096,4,1048572,4")])
        $0.add("sparse", "0", Array("headtail".utf8))
      })
    let zeros = try #require(root.status("zeros"))
    #expect(zeros.st_size == 8 << 20 && zeros.st_blocks < 1024)
    let sparse = try #require(root.status("sparse"))
    #expect(sparse.st_size == 1 << 20 && sparse.st_blocks < 100)
    let content = try Data(contentsOf: URL(filePath: root.root + "/sparse"))
    #expect(content[4096..<4100] == Data("head".utf8) && content.suffix(4) == Data("tail".utf8))
    #expect(content.prefix(4096).allSatisfy { $0 == 0 })
  }

  @Test("GNU tar's archives of every form unpack to the same tree", arguments: ["gnu", "pax", "ustar"])
  func gnuTar(_ form: String) throws {
    let root = try UnpackedRoot()
    let source = root.directory + "/outside"
    let long = form == "ustar" ? String(repeating: "n", count: 80) : String(repeating: "n", count: 200)
    let script = """
      set -e; cd '\(source)'; rm -rf tree; mkdir -p tree/dir/\(long); cd tree
      echo one >'dir/\(long)/file'; ln -s '\(String(repeating: "t", count: 99))' link; ln 'dir/\(long)/file' hard
      truncate -s 10M sparse; printf end >>sparse; mkfifo fifo; printf '\\303\\251' >"$(printf 'n\\303\\251')"
      tar --format=\(form) \(form == "ustar" ? "" : "--sparse") -cf ../tree.tar .
      """
    #expect(try shell(script).status == 0)
    let archive = Array(try Data(contentsOf: URL(filePath: source + "/tree.tar")))
    try root.apply(archive)
    let difference = try shell("diff -r --no-dereference '\(source)/tree' '\(root.root)' 2>&1 | grep -v fifo")
    #expect(difference.output.isEmpty, "\(difference.output)")
    #expect(root.status("hard").map { $0.st_nlink } == 2)
    #expect(root.status("sparse").map { $0.st_size } == 10 << 20 + 3)
  }

  @Test("what is packed unpacks to the same, and packs to the same bytes again")
  func packing() throws {
    let root = try UnpackedRoot()
    try root.apply(
      layer {
        $0.addRecords([("path", String(repeating: "dir/", count: 60) + "file"), ("mtime", "5.125")])
        $0.add("long", "0", Array("x".utf8))
        $0.add("link", "2", link: "dir")
        $0.addRecords([("SCHILY.xattr.user.note", "a=b\nc")])
        $0.add("noted", "0", Array("y".utf8))
        $0.add("other", "1", link: "noted")
      })
    let first = try pack(root.root)
    let second = try UnpackedRoot()
    try second.apply(first)
    #expect(try pack(second.root) == first)
    let listed = try shell("tar -tf - >/dev/null", input: first)
    #expect(listed.status == 0, "\(listed.output)")
  }

  @Test("what is compressed is the same again, and the same each time", arguments: TestCompression.allCases)
  func compression(_ compression: TestCompression) throws {
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let once = try compressed(bytes, compression.value)
    #expect(try compressed(bytes, compression.value) == once)
    // Members and frames one after the other are one stream.
    let source = try DecompressedSource(MemorySource(compression == .none ? bytes + bytes : once + once))
    #expect(source.compression == compression.value)
    #expect(try source.readAll(limit: 1 << 20, name: "test") == bytes + bytes)
  }

  private func pack(_ directory: String) throws -> [UInt8] {
    let sink = MemorySink()
    let writer = TarWriter(sink)
    let descriptor = try Kernel.open(directory, flags: O_RDONLY | O_DIRECTORY)
    try TreePacker(writer) { Issue.record("\($0)") }.pack(descriptor.number)
    try writer.finish()
    return sink.bytes
  }

  private func shell(_ script: String, input: [UInt8]? = nil) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", script]
    let output = Pipe()
    process.standardOutput = output
    var file: String?
    if let input {
      let path = NSTemporaryDirectory() + "swbox-input-\(UUID().uuidString)"
      try Data(input).write(to: URL(filePath: path))
      file = path
      process.standardInput = try FileHandle(forReadingFrom: URL(filePath: path))
    }
    defer { if let file { unlink(file) } }
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
