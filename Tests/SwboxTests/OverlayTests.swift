import Foundation
import LinuxKernel
import TestSupport
import Testing

@Suite("overlays of many layers")
struct OverlayTests {
  let box: Box

  init() throws { box = try Box() }

  @Test("a kernel that takes layers only as a list gets their numbers, and the working directory stays")
  func list() throws {
    let layers = (0..<60).map { "\(box.directory)/layers/\(String(repeating: "\($0)-", count: 20))" }
    for (number, layer) in layers.enumerated() {
      try File.makeDirectory(layer)
      try File.write("\(number)", to: "\(layer)/\(number)")
      try File.write("\(number)", to: "\(layer)/highest")
    }
    let before = FileManager.default.currentDirectoryPath
    let mount = try Kernel.overlayByList(layers.reversed(), [("xino", "off")])
    #expect(FileManager.default.currentDirectoryPath == before)
    let root = try Kernel.open(".", at: mount.number, flags: O_RDONLY | O_DIRECTORY)
    #expect(try Kernel.list(".", at: root.number).count == 61)
    #expect(try Kernel.readText("highest", at: root.number) == "59")
  }
}
