internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

extension HostProc {
  /// Makes the kernel more or less likely to end a process where memory is used up.
  ///
  /// Spec: config.md#linux-process, oomScoreAdj
  ///
  /// - Parameters:
  ///   - process: Its name below /proc.
  ///   - place: Where the configuration of the process is.
  ///   - isRootless: Whether a score that only root can give is a warning: the container is then no safer from
  ///     its end than its caller.
  func setOOMScore(
    _ score: Int, of process: String, place: String, isRootless: Bool,
    warn: (String) throws(RuntimeError) -> Void
  ) throws(RuntimeError) {
    try during("\(place)/oomScoreAdj") { () throws(RuntimeError) in
      do throws(RuntimeError) {
        try write("\(score)", to: "\(process)/oom_score_adj")
      } catch let error where isRootless && error.errno == .permissionDenied {
        let present = try read("\(process)/oom_score_adj").prefix { $0 != "\n" }
        try warn("\(place)/oomScoreAdj: it stays \(present), as only root can make it \(score)")
      }
    }
  }
}
