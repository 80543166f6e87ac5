internal import Glibc
internal import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// What a runtime counts of a container at one moment. The names are those of `events --stats`.
struct Sample: JSONObject {
  struct Limited: JSONObject {
    var usage: UInt64?
    var limit: UInt64?

    mutating func members(_ json: inout JSONExchange) {
      json.member("usage", &usage)
      json.member("limit", &limit)
    }
  }

  struct Stall: JSONObject {
    var avg10: Double?

    mutating func members(_ json: inout JSONExchange) { json.member("avg10", &avg10) }
  }

  struct Pressure: JSONObject {
    var some: Stall?

    mutating func members(_ json: inout JSONExchange) { json.member("some", &some) }
  }

  struct CPU: JSONObject {
    struct Usage: JSONObject {
      var total: UInt64?

      mutating func members(_ json: inout JSONExchange) { json.member("total", &total) }
    }

    var usage: Usage?
    var psi: Pressure?

    mutating func members(_ json: inout JSONExchange) {
      json.member("usage", &usage)
      json.member("psi", &psi)
    }
  }

  struct Memory: JSONObject {
    var usage: Limited?
    var cache: UInt64?
    var psi: Pressure?

    mutating func members(_ json: inout JSONExchange) {
      json.member("usage", &usage)
      json.member("cache", &cache)
      json.member("psi", &psi)
    }
  }

  struct Processes: JSONObject {
    var current: UInt64?
    var limit: UInt64?

    mutating func members(_ json: inout JSONExchange) {
      json.member("current", &current)
      json.member("limit", &limit)
    }
  }

  struct Blocks: JSONObject {
    struct Entry: JSONObject {
      var op: String?
      var value: UInt64?

      mutating func members(_ json: inout JSONExchange) {
        json.member("op", &op)
        json.member("value", &value)
      }
    }

    var bytes: [Entry]?
    var psi: Pressure?

    mutating func members(_ json: inout JSONExchange) {
      json.member("ioServiceBytesRecursive", &bytes)
      json.member("psi", &psi)
    }

    func sum(_ operation: String) -> UInt64 {
      (bytes ?? []).filter { $0.op?.lowercased() == operation }.reduce(0) { $0 &+ ($1.value ?? 0) }
    }
  }

  struct Data: JSONObject {
    var cpu: CPU?
    var memory: Memory?
    var pids: Processes?
    var blkio: Blocks?

    mutating func members(_ json: inout JSONExchange) {
      json.member("cpu", &cpu)
      json.member("memory", &memory)
      json.member("pids", &pids)
      json.member("blkio", &blkio)
    }
  }

  var data: Data?
  /// Nanoseconds of CLOCK_MONOTONIC.
  var time: UInt64 = 0

  mutating func members(_ json: inout JSONExchange) { json.member("data", &data) }
}

extension RuntimeProgram {
  /// What is counted of a container now.
  ///
  /// - Returns: nil if it does not run any more.
  func sample(_ id: String) throws(RuntimeError) -> Sample? {
    let outcome = try answer(["events", "--stats", id])
    guard outcome.status == 0, let document = try? JSONDocument(parsing: outcome.output) else { return nil }
    var sample = JSONReader.decode(Sample.self, from: document).value
    sample.time = clock_gettime_nsec()
    return sample
  }

  private func clock_gettime_nsec() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
