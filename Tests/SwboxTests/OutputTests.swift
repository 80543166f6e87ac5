import Foundation
import TestSupport
import Testing

@Suite("files that swbox writes")
struct OutputTests {
  let box: Box

  init() throws {
    box = try Box()
    try box.shell(
      "mkdir -p tree out; head -c 2000000 /dev/urandom >tree/noise; tar -C tree -c . | $SWBOX import - noise")
  }

  private var written: [String] { File.names(in: box.directory + "/out").sorted() }

  @Test("come to their names whole, in place of others, or not at all", arguments: ["save", "export"])
  func wholeOrNothing(_ name: String) throws {
    // A file that grows too long ends the process at once.
    let interrupted = try Command(
      "sh",
      [
        "-c",
        "ulimit -f 1000; exec \(Box.program) --root \(box.root) \(name) -o \(box.directory)/out/x noise",
      ]
    ).run()
    #expect(interrupted.status == 128 + SIGXFSZ, "\(interrupted)")
    #expect(written.isEmpty)
    try box.run(name, "-o", "out/x", "noise").succeeds()
    let first = try #require(FileManager.default.contents(atPath: box.directory + "/out/x"))
    try File.write("old", to: box.directory + "/out/x")
    try box.run(name, "-o", "out/x", "noise").succeeds()
    #expect(FileManager.default.contents(atPath: box.directory + "/out/x") == first)
    #expect(written == ["x"])
  }

  @Test("do not take the place of devices and pipes")
  func devices() throws {
    try box.shell(
      """
      mknod out/null c 1 3; $SWBOX save -o out/null noise; test -c out/null
      mkfifo out/pipe; cat out/pipe >copy & $SWBOX save -o out/pipe noise; wait; $SWBOX save -o whole noise
      cmp copy whole
      """)
    #expect(written == ["null", "pipe"])
  }

  @Test("and directories that cannot be filled leave nothing")
  func directories() throws {
    let layer = "store/blobs/sha256/$(ls -S store/blobs/sha256 | head -1)"
    try box.shell("mkdir out/old; cp \(layer) kept; truncate -s 1000000 \(layer)")
    for words in [
      ["save", "--format", "oci-dir", "-o", "out/new", "noise"], ["unpack", "noise", "out/new"],
    ] {
      try box.command(words).run().refuses(saying: "has 1000000 bytes")
    }
    try box.run("unpack", "noise", "out/old").refuses(saying: "has 1000000 bytes")
    #expect(written == ["old"])
    #expect(File.names(in: box.directory + "/out/old").isEmpty)
  }
}
