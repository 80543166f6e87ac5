internal import Foundation

/// CRIU on this machine: `scripts/criu` prints one that works, and builds it if need be.
public enum Criu {
  /// The program; nil if none works here.
  public static let program: String? = {
    let places = ProcessInfo.processInfo.environment["CRIU"].map { [$0] } ?? []
    let usual = [TestRootfs.package + "/.build/criu/bin/criu", "/usr/sbin/criu", "/usr/local/sbin/criu"]
    return (places + usual).first(where: works)
  }()

  private static func works(_ path: String) -> Bool {
    guard getuid() == 0, access(path, X_OK) == 0 else { return false }
    return (try? Command(path, ["check"]).run())?.status == 0
  }
}
