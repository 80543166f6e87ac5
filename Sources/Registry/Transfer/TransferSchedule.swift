internal import OCIImage
internal import RuntimeErrors

/// Which blobs are transferred now, and which layer may be unpacked: a value, so that what runs can be read off it.
struct TransferSchedule {
  /// What is to be begun.
  enum Step: Sendable, Equatable {
    case transfer(ContentDescriptor)
    case unpack(Int)
  }

  /// What has ended.
  enum Event: Sendable {
    case transferred(Digest, Int64)
    case unpacked
  }

  private var waiting: ArraySlice<ContentDescriptor>
  private let parallel: Int
  private let unpacked: [Digest]
  private var running = 0
  private var complete: Set<Digest> = []
  private var nextLayer = 0
  private var isUnpacking = false

  /// - Parameters:
  ///   - blobs: Each once, in the order in which they are wanted.
  ///   - parallel: How many at a time.
  ///   - unpacked: The layers to be unpacked, the base first; each is among the blobs.
  init(blobs: [ContentDescriptor], parallel: Int, unpacked: [Digest] = []) {
    waiting = blobs[...]
    self.parallel = parallel
    self.unpacked = unpacked
  }

  /// What can be begun now; nil if nothing.
  mutating func next() -> Step? {
    if !isUnpacking, nextLayer < unpacked.count, complete.contains(unpacked[nextLayer]) {
      isUnpacking = true
      return .unpack(nextLayer)
    }
    guard running < parallel, let blob = waiting.popFirst() else { return nil }
    running += 1
    return .transfer(blob)
  }

  /// Notes what has ended.
  ///
  /// - Returns: How many bytes it transferred.
  mutating func take(_ event: Event) -> Int64 {
    switch event {
    case .transferred(let digest, let count):
      running -= 1
      complete.insert(digest)
      return count
    case .unpacked:
      isUnpacking = false
      nextLayer += 1
      return 0
    }
  }
}

extension TransferSchedule {
  /// Does all of it; the first failure ends the rest.
  ///
  /// - Parameters:
  ///   - transfer: Brings one blob, and returns how many bytes went over the network.
  ///   - unpack: Unpacks the layer with a number; one at a time, in their order.
  /// - Returns: How many bytes went over the network.
  func run(
    transfer: @escaping @Sendable (ContentDescriptor) async throws(RuntimeError) -> Int64,
    unpack: @escaping @Sendable (Int) async throws(RuntimeError) -> Void = { _ in }
  ) async throws(RuntimeError) -> Int64 {
    var schedule = self
    do {
      return try await withThrowingTaskGroup(of: Event.self) { group in
        var sum: Int64 = 0
        while true {
          while let step = schedule.next() {
            group.addTask {
              switch step {
              case .transfer(let blob): return .transferred(blob.digest, try await transfer(blob))
              case .unpack(let number):
                try await unpack(number)
                return .unpacked
              }
            }
          }
          guard let event = try await group.next() else { return sum }
          sum &+= schedule.take(event)
        }
      }
    } catch let error as RuntimeError {
      throw error
    } catch {
      throw RuntimeError(.interrupted, "\(error)")
    }
  }
}
