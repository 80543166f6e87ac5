internal import Foundation

/// A line of /proc/PID/mountinfo. proc(5)
public struct MountLine: Equatable, Sendable {
  /// The mount's number.
  public let id: String
  /// The number of the mount that it is on.
  public let parent: String
  /// The path in the file system that is its root.
  public let root: String
  /// Where it is mounted, unescaped only as far as tests need it: not at all.
  public let point: String
  /// Of the mount: `ro`, `nosuid` …
  public let options: [String]
  /// `shared:1`, `master:1`, `unbindable` …
  public let propagation: [String]
  /// File system type.
  public let type: String
  /// What the file system was mounted from.
  public let source: String
  /// Of the file system: `size=1024k` …
  public let superOptions: [String]

  /// Takes a line apart; nil if it is none.
  public init?(_ line: String) {
    let fields = line.components(separatedBy: " ")
    guard fields.count > 8, let dash = fields.firstIndex(of: "-"), fields.count > dash + 3 else { return nil }
    (id, parent, root, point) = (fields[0], fields[1], fields[3], fields[4])
    options = fields[5].components(separatedBy: ",")
    propagation = Array(fields[6..<dash])
    (type, source) = (fields[dash + 1], fields[dash + 2])
    superOptions = fields[dash + 3].components(separatedBy: ",")
  }

  /// The lines of a whole file.
  public static func lines(of text: String) -> [MountLine] {
    text.components(separatedBy: "\n").compactMap { MountLine($0) }
  }
}

extension [MountLine] {
  /// The topmost mount at a path.
  public subscript(point: String) -> MountLine? { last { $0.point == point } }
}

extension Outcome {
  /// Standard output as mountinfo.
  public var mounts: [MountLine] { MountLine.lines(of: output) }
}
