internal import CLinux
internal import Glibc
public import RuntimeErrors

extension Kernel {
  /// eventfd(2): a counter that somebody in the kernel adds to; reading 8 bytes takes all of it.
  public static func makeEventCounter() throws(RuntimeError) -> Descriptor {
    Descriptor(owning: CInt(try check(raw(__NR_eventfd2, 0, Int(O_CLOEXEC)), "eventfd2")))
  }

  /// poll(2) for input, or for the end of those who read what is written to another descriptor.
  ///
  /// - Parameters:
  ///   - descriptors: Negative numbers are passed over.
  ///   - output: A pipe or socket; others have no end.
  ///   - milliseconds: How long to wait; -1 for ever.
  /// - Returns: For each descriptor, whether it can be read or has hung up; and whether nobody reads any more.
  public static func waitForInput(
    _ descriptors: [CInt], orEndOfReaders output: CInt, milliseconds: CInt
  ) throws(RuntimeError) -> (ready: [Bool], isUnread: Bool) {
    var requests = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    requests.append(pollfd(fd: output, events: 0, revents: 0))
    let count = retrying { raw(__NR_poll, address(&requests), requests.count, Int(milliseconds)) }
    try check(count, "poll")
    return (requests.dropLast().map { $0.revents != 0 }, requests[descriptors.count].revents != 0)
  }

  /// clock_gettime(2) CLOCK_MONOTONIC, in milliseconds.
  public static func monotonicMilliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}

extension Kernel {
  /// inotify(7): a descriptor that can be read after a file was changed.
  public static func watchForChanges(_ path: String) throws(RuntimeError) -> Descriptor {
    let watch = Descriptor(
      owning: CInt(try check(raw(__NR_inotify_init1, Int(O_CLOEXEC | O_NONBLOCK)), "inotify_init1")))
    let status = path.withCString {
      raw(__NR_inotify_add_watch, Int(watch.number), address($0), Int(IN_MODIFY))
    }
    try check(status, "inotify_add_watch", path)
    return watch
  }
}
