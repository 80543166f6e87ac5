internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

extension V1Manager {
  func remove(wasInterrupted: Bool) throws(RuntimeError) {
    var first: RuntimeError?
    for index in leaves.indices {
      let place = leaves[index].place
      leaves[index].directory = nil
      do throws(RuntimeError) {
        try place.remove()
      } catch {
        // The other hierarchies are cleaned nevertheless.
        first = first ?? error.adding(context: "removing the cgroup \(place.hostPath)")
      }
    }
    if let first { throw first }
  }
}
