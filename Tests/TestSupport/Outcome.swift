internal import Foundation
public import Testing

/// How a program ended.
public struct Outcome: CustomStringConvertible {
  /// The command line.
  public let command: String
  /// The exit status, or 128 + n for signal n.
  public let status: Int32
  /// Whether it ended by itself in time.
  public let isPunctual: Bool
  let captured: Captured

  /// What was written to standard output: also after the end, by a container that was left running.
  public var output: String { captured.text(1) }
  /// What was written to standard error.
  public var errors: String { captured.text(2) }
  /// The lines of standard output.
  public var lines: [String] { output.split(separator: "\n").map(String.init) }
  /// Standard output as `key=value` lines.
  public var facts: [String: String] {
    Dictionary(
      lines.compactMap { line in
        line.firstIndex(of: "=").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
      },
      uniquingKeysWith: { $1 }
    )
  }

  /// For messages of failed expectations.
  public var description: String {
    """
    \(command): \(isPunctual ? "status \(status)" : "killed because it took too long")
    output: \(output.suffix(2000))
    errors: \(errors.suffix(2000))
    """
  }

  /// Expects success.
  @discardableResult
  public func succeeds(sourceLocation: SourceLocation = #_sourceLocation) -> Outcome {
    #expect(isPunctual && status == 0, "\(self)", sourceLocation: sourceLocation)
    return self
  }

  /// Expects status 1 and, on standard error, each of the texts.
  @discardableResult
  public func fails(saying texts: String..., sourceLocation: SourceLocation = #_sourceLocation) -> Outcome {
    #expect(isPunctual && status == 1, "\(self)", sourceLocation: sourceLocation)
    for text in texts {
      #expect(errors.contains(text), "\(self)", sourceLocation: sourceLocation)
    }
    return self
  }

  /// Expects what `exec` answers when it could not run the program: status 255 and, on standard error,
  /// each of the texts.
  @discardableResult
  public func failsToExecute(
    saying texts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) -> Outcome {
    #expect(isPunctual && status == 255, "\(self)", sourceLocation: sourceLocation)
    for text in texts {
      #expect(errors.contains(text), "\(self)", sourceLocation: sourceLocation)
    }
    return self
  }

  /// Expects an exit status.
  @discardableResult
  public func ends(with status: Int32, sourceLocation: SourceLocation = #_sourceLocation) -> Outcome {
    #expect(isPunctual && self.status == status, "\(self)", sourceLocation: sourceLocation)
    return self
  }
}
