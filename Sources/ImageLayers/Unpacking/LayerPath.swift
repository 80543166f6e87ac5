internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// A path below a root directory, by its components: none is empty, `.` or `..`.
struct LayerPath: Hashable {
  /// From the root on.
  private(set) var components: [[UInt8]]

  /// The root.
  static let root = LayerPath(components: [])

  private init(components: [[UInt8]]) {
    self.components = components
  }

  /// Reads an entry's path; a slash at its beginning or end says nothing.
  ///
  /// - Throws: `hostileLayer` if it leads outside, or if the kernel would not take it.
  init(_ bytes: [UInt8]) throws(RuntimeError) {
    func fault(_ problem: String) -> RuntimeError {
      RuntimeError(.hostileLayer, "the path \(quoted(String(decoding: bytes, as: UTF8.self))) \(problem)")
    }
    guard !bytes.isEmpty else { throw fault("is empty") }
    guard bytes.count <= LayerLimits.path else { throw fault("is longer than \(LayerLimits.path) bytes") }
    guard !bytes.contains(0) else { throw fault("contains a zero byte") }
    components = []
    for component in bytes.split(separator: UInt8(ascii: "/")).map(Array.init) {
      if component == [UInt8(ascii: ".")] { continue }
      guard component != [UInt8(ascii: "."), UInt8(ascii: ".")] else { throw fault("has a component \"..\"") }
      guard component.count <= 255 else { throw fault("has a component of more than 255 bytes") }
      components.append(component)
    }
    guard components.count <= LayerLimits.depth else {
      throw fault("has more than \(LayerLimits.depth) components")
    }
  }

  /// Whether it is the root.
  var isRoot: Bool { components.isEmpty }

  /// The last component; of the root, nothing.
  var name: [UInt8] { components.last ?? [] }

  /// Where it lies.
  var parent: LayerPath { LayerPath(components: components.dropLast()) }

  /// The way from the root on, as far as some components.
  func prefix(_ count: Int) -> LayerPath { LayerPath(components: Array(components.prefix(count))) }

  /// What is below it.
  func appending(_ name: [UInt8]) -> LayerPath { LayerPath(components: components + [name]) }

  /// Whether it lies in a directory, and not deeper.
  func isChild(of directory: LayerPath) -> Bool {
    components.count == directory.components.count + 1 && components.starts(with: directory.components)
  }

  /// For system calls, from the root's descriptor on.
  var rawPath: RawName {
    components.isEmpty
      ? RawName([CChar(UInt8(ascii: ".")), 0])
      : RawName(bytes: Array(components.joined(separator: [UInt8(ascii: "/")])))
  }

  /// For messages.
  var shown: String {
    quoted("/" + components.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/"), limit: 200)
  }
}
