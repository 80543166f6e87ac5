internal import RuntimeErrors

/// How often something that failed for a passing reason is tried again, and how long is waited in between.
struct Retrying: Sendable {
  /// After the first time.
  var most = 4
  /// The longest wait that a server may ask for, in seconds.
  static let longestPause: Int64 = 120

  /// Does something until it works, fails for a lasting reason, or was tried often enough.
  ///
  /// - Parameters:
  ///   - hasAdvanced: Whether the last attempt was not in vain: then it counts as the first.
  func run<Result>(
    hasAdvanced: () -> Bool = { false }, _ body: () async throws(WebFailure) -> Result
  ) async throws(RuntimeError) -> Result {
    var failures = 0
    // What advances by a little each time also ends.
    for _ in 0..<1000 {
      do throws(WebFailure) {
        return try await body()
      } catch {
        failures = hasAdvanced() ? 1 : failures + 1
        guard error.isPassing, failures <= most, !Task.isCancelled else {
          throw failures > 1 ? error.error.adding(context: "tried \(failures) times") : error.error
        }
        if let pause = error.pause, pause > Retrying.longestPause {
          throw error.error.hinting("the server asks to wait for \(pause) seconds")
        }
        await wait(failures, error.pause)
      }
    }
    throw RuntimeError(.registryUnreachable, "the connection broke a thousand times")
  }

  /// Twice as long each time, and not exactly: others may have failed at the same moment.
  private func wait(_ failures: Int, _ pause: Int64?) async {
    let milliseconds = pause.map { $0 * 1000 } ?? Int64(250) << min(failures, 6)
    try? await Task.sleep(for: .milliseconds(milliseconds + .random(in: 0...milliseconds / 4 + 1)))
  }
}
