internal import ContainerStore
internal import Glibc
public import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// What resctrl says of a container's group. The names are runc's; all absent without resctrl.
public struct IntelRdtStatistics: JSONObject, Sendable, Equatable {
  struct L3CacheInfo: JSONObject, Equatable {
    var cbm_mask: String?
    var min_cbm_bits, num_closids: UInt64?

    mutating func members(_ json: inout JSONExchange) {
      json.member("cbm_mask", &cbm_mask)
      json.member("min_cbm_bits", &min_cbm_bits)
      json.member("num_closids", &num_closids)
    }
  }

  struct MemBwInfo: JSONObject, Equatable {
    var bandwidth_gran, delay_linear, min_bandwidth, num_closids: UInt64?

    mutating func members(_ json: inout JSONExchange) {
      json.member("bandwidth_gran", &bandwidth_gran)
      json.member("delay_linear", &delay_linear)
      json.member("min_bandwidth", &min_bandwidth)
      json.member("num_closids", &num_closids)
    }
  }

  struct Bandwidth: JSONObject, Equatable {
    var mbm_total_bytes: UInt64 = 0
    var mbm_local_bytes: UInt64 = 0

    mutating func members(_ json: inout JSONExchange) {
      json.member("mbm_total_bytes", &mbm_total_bytes)
      json.member("mbm_local_bytes", &mbm_local_bytes)
    }
  }

  struct Occupancy: JSONObject, Equatable {
    var llc_occupancy: UInt64 = 0

    mutating func members(_ json: inout JSONExchange) {
      json.member("llc_occupancy", &llc_occupancy)
    }
  }

  var l3_cache_info: L3CacheInfo?
  var l3_cache_schema_root: String?
  var l3_cache_schema: String?
  var mem_bw_info: MemBwInfo?
  var mem_bw_schema_root: String?
  var mem_bw_schema: String?
  /// A value for each domain of the L3 cache, as the next.
  var mbm_stats: [Bandwidth]?
  var cmt_stats: [Occupancy]?

  /// Nothing known.
  /// See `JSONObject`.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("l3_cache_info", &l3_cache_info)
    json.member("l3_cache_schema_root", &l3_cache_schema_root)
    json.member("l3_cache_schema", &l3_cache_schema)
    json.member("mem_bw_info", &mem_bw_info)
    json.member("mem_bw_schema_root", &mem_bw_schema_root)
    json.member("mem_bw_schema", &mem_bw_schema)
    json.member("mbm_stats", &mbm_stats)
    json.member("cmt_stats", &cmt_stats)
  }

  /// Reads what the kernel tells of a group; files that are missing belong to what the processor lacks.
  ///
  /// - Parameters:
  ///   - group: Absolute path of the container's control group.
  ///   - monitored: Absolute path of the group whose counters are the container's: its own monitoring
  ///     group, or the control group.
  ///   - root: Where resctrl is mounted.
  init(group: String, monitored: String, root: String) {
    func text(_ path: String) -> String? { try? Kernel.readControl(path) }
    func number(_ path: String) -> UInt64? { text(path).flatMap { UInt64($0) } }
    let schemata = Lines(text("\(group)/schemata") ?? "")
    let rootSchemata = Lines(text("\(root)/schemata") ?? "")
    if let mask = text("\(root)/info/L3/cbm_mask") {
      let info = "\(root)/info/L3"
      l3_cache_info = L3CacheInfo(
        cbm_mask: mask, min_cbm_bits: number("\(info)/min_cbm_bits"),
        num_closids: number("\(info)/num_closids"))
      l3_cache_schema_root = rootSchemata.line(of: "L3")
      l3_cache_schema = schemata.line(of: "L3")
    }
    if let least = number("\(root)/info/MB/min_bandwidth") {
      let info = "\(root)/info/MB"
      mem_bw_info = MemBwInfo(
        bandwidth_gran: number("\(info)/bandwidth_gran"), delay_linear: number("\(info)/delay_linear"),
        min_bandwidth: least, num_closids: number("\(info)/num_closids"))
      mem_bw_schema_root = rootSchemata.line(of: "MB")
      mem_bw_schema = schemata.line(of: "MB")
    }
    let domains = ((try? Kernel.list("\(monitored)/mon_data")) ?? []).filter { $0.hasPrefix("mon_L3_") }
      .sorted()
    let paths = domains.map { "\(monitored)/mon_data/\($0)" }
    let occupancy = paths.compactMap { number("\($0)/llc_occupancy") }
    if !occupancy.isEmpty { cmt_stats = occupancy.map { Occupancy(llc_occupancy: $0) } }
    let bandwidth = paths.compactMap { path in
      number("\(path)/mbm_total_bytes").map {
        Bandwidth(mbm_total_bytes: $0, mbm_local_bytes: number("\(path)/mbm_local_bytes") ?? 0)
      }
    }
    if !bandwidth.isEmpty { mbm_stats = bandwidth }
  }

  /// A schemata file.
  private struct Lines {
    let lines: [Substring]

    init(_ text: String) {
      lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
    }

    func line(of resource: String) -> String? {
      lines.first { $0.hasPrefix("\(resource):") }.map { String($0) }
    }
  }
}
