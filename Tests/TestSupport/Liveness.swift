internal import Foundation

/// Whether a process is there and has not exited. One that has may wait for its parent long after.
public func isAlive(_ pid: Int32) -> Bool {
  let status = File.text("/proc/\(pid)/stat")
  guard let end = status.lastIndex(of: ")") else { return false }
  return !status[end...].hasPrefix(") Z") && !status[end...].hasPrefix(") X")
}
