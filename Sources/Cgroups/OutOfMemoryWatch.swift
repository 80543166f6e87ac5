internal import Glibc
public import LinuxKernel
public import RuntimeErrors

/// Tells when the processes of a container have used up its memory.
public final class OutOfMemoryWatch {
  /// Readable when that happened, and perhaps when the cgroup is removed.
  public let descriptor: Descriptor
  private let happened: (CInt) throws(RuntimeError) -> Bool

  /// - Parameters:
  ///   - happened: Takes what made the descriptor readable from it, and says whether it was that.
  init(_ descriptor: consuming Descriptor, happened: @escaping (CInt) throws(RuntimeError) -> Bool) {
    self.descriptor = descriptor
    self.happened = happened
  }

  /// Takes a notice; to be called when the descriptor is readable.
  ///
  /// - Returns: Whether memory was used up. Several times in short order may be one notice.
  public func take() throws(RuntimeError) -> Bool { try happened(descriptor.number) }
}

extension V1Manager {
  func watchOutOfMemory() throws(RuntimeError) -> OutOfMemoryWatch? {
    guard let index = index(of: .memory) else { return nil }
    return try during("watching \(leaves[index].place.hostPath)/memory.oom_control") {
      () throws(RuntimeError) in
      let memory = try OpenDirectory(leaves[index].place.hostPath)
      let directory = memory.descriptor.number
      let control = try Kernel.open("memory.oom_control", at: directory, flags: O_RDONLY)
      let counter = try Kernel.makeEventCounter()
      try Kernel.writeText(
        "\(counter.number) \(control.number)", to: "cgroup.event_control", at: directory)
      // The last notice is that the cgroup is removed.
      return OutOfMemoryWatch(counter) { (counter) throws(RuntimeError) in
        _ = try Kernel.read(counter, most: 8)
        return try Kernel.stat("cgroup.event_control", at: memory.descriptor.number) != nil
      }
    }
  }
}

extension V2Manager {
  func watchOutOfMemory() throws(RuntimeError) -> OutOfMemoryWatch? {
    try during("watching \(place.hostPath)/memory.events") { () throws(RuntimeError) in
      let memory = try OpenDirectory(place.hostPath)
      let directory = memory.descriptor.number
      guard try Kernel.stat("memory.events", at: directory) != nil else { return nil }
      let changes = try Kernel.watchForChanges("\(place.hostPath)/memory.events")
      var former = try ControlFiles(directory).counters("memory.events")["oom_kill"] ?? 0
      // Other events of the file are no news, nor is that the cgroup is removed.
      return OutOfMemoryWatch(changes) { (changes) throws(RuntimeError) in
        _ = try Kernel.read(changes, most: 4096)
        let present = try? ControlFiles(directory).counters("memory.events")["oom_kill"]
        _ = memory
        defer { former = present ?? former }
        return (present ?? former) > former
      }
    }
  }
}
