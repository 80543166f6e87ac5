import Glibc
import LinuxKernel
import Testing

@testable import ImageBuild

@Suite("programs with what they need")
struct LibraryClosureTests {
  @Test("scripts whose interpreters are scripts end somewhere, also where they lead in a circle")
  func circle() throws {
    let path = "/tmp/swbox-closure-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    defer { system("rm -rf \(path)") }
    let script = """
      mkdir -p \(path)/bin; cd \(path)/bin; echo '#!/bin/b' >a; echo '#!/bin/a' >b; echo '#!/bin/self' >self
      echo '#!/bin/env d' >c; echo '#!/bin/env c' >d; cp /bin/busybox env
      """
    #expect(system(script) == 0)
    let tree = FileTree(try Kernel.open(path, flags: O_RDONLY | O_DIRECTORY))
    let closure = try LibraryClosure(in: tree, searchPath: ["/bin"])
    for name in ["a", "self", "c"] { try closure.add(Array("/bin/\(name)".utf8)) }
    let found = closure.requests.map { String(decoding: absolute($0.file), as: UTF8.self) }
    #expect(found.sorted() == ["/bin/a", "/bin/b", "/bin/c", "/bin/d", "/bin/env", "/bin/self"])
    #expect(closure.missing.isEmpty)
  }

  @Test("a loader's cache is read as far as its names are those of files, and no more than its size allows")
  func cache() {
    func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    func cache(_ entries: [(name: Int, path: Int)], _ texts: [UInt8]) -> [UInt8] {
      var bytes = Array("glibc-ld.so.cache1.1".utf8) + number(entries.count)
      bytes += [UInt8](repeating: 0, count: 24)
      let start = 48 + 24 * entries.count
      for entry in entries {
        bytes += number(0) + number(start + entry.name) + number(start + entry.path)
        bytes += [UInt8](repeating: 0, count: 12)
      }
      return bytes + texts
    }
    let long = Array("liba.so\0/lib/liba.so\0".utf8) + [UInt8](repeating: 97, count: 4000) + [0]
    let two = LoaderCache.paths(in: cache([(0, 8), (20, 8)], long))
    #expect(two == [Array("liba.so".utf8): [Array("/lib/liba.so".utf8)]])
    let many = LoaderCache.paths(in: cache(Array(repeating: (0, 21), count: 50_000), long))
    let size = many.values.joined().reduce(0) { $0 + $1.count }
    #expect(size > 0 && size <= 32 << 20)
  }
}
