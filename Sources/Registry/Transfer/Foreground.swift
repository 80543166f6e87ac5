internal import Dispatch
internal import RuntimeErrors
internal import Synchronization

/// The caller's thread, which waits for asynchronous work and meanwhile does what takes long: unpacking.
final class Foreground: Sendable {
  private let jobs = Mutex<[@Sendable () -> Void]>([])
  private let arrivals = DispatchSemaphore(value: 0)

  /// Carries the outcome from one thread to the other.
  private final class Box<Value: Sendable>: Sendable {
    let content = Mutex<Value?>(nil)
  }

  /// Waits for the end of asynchronous work, and closes the connections that it used.
  static func wait<Value: Sendable>(
    closing connections: Connections,
    for body: @escaping @Sendable (Foreground) async throws(RuntimeError) -> Value
  ) throws(RuntimeError) -> Value {
    let foreground = Foreground()
    let box = Box<Result<Value, RuntimeError>>()
    Task.detached {
      let outcome: Result<Value, RuntimeError>
      do throws(RuntimeError) {
        outcome = .success(try await body(foreground))
      } catch {
        outcome = .failure(error)
      }
      await connections.close()
      box.content.withLock { $0 = outcome }
      foreground.arrivals.signal()
    }
    while true {
      foreground.arrivals.wait()
      if let job = foreground.jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
        job()
      } else if let outcome = box.content.withLock({ $0 }) {
        return try outcome.get()
      }
    }
  }

  /// Lets the waiting thread do something.
  func perform<Value: Sendable>(
    _ job: @escaping @Sendable () throws(RuntimeError) -> Value
  ) async throws(RuntimeError) -> Value {
    let outcome: Result<Value, RuntimeError> = await withCheckedContinuation { continuation in
      jobs.withLock { jobs in
        jobs.append {
          do throws(RuntimeError) {
            continuation.resume(returning: .success(try job()))
          } catch {
            continuation.resume(returning: .failure(error))
          }
        }
      }
      arrivals.signal()
    }
    return try outcome.get()
  }
}
