import Glibc
import LinuxKernel
import Testing

@testable import ContainerRuntime

@Suite("statistics of the network and of resctrl")
struct StatisticsTests {
  @Test func `interfaces but lo, received and sent`() {
    let table = NetworkInterface.table(
      """
      Inter-|   Receive                                                |  Transmit
       face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo
          lo:    5000      50    0    0    0     0          0         0     5000      50    0    0    0     0  0  0
        eth0: 1500 15 1 2 9 9 9 9 700 7 3 4 9 9 9 9
      a:b:18446744073709551615 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0
       short: 1 2 3
      """)
    #expect(
      table == [
        NetworkInterface(
          Name: "eth0", RxBytes: 1500, RxPackets: 15, RxErrors: 1, RxDropped: 2, TxBytes: 700, TxPackets: 7,
          TxErrors: 3, TxDropped: 4),
        NetworkInterface(
          Name: "a:b", RxBytes: .max, RxPackets: 1, RxErrors: 0, RxDropped: 0, TxBytes: 0, TxPackets: 0,
          TxErrors: 0, TxDropped: 0),
      ])
    #expect(NetworkInterface.table("") == [])
  }

  @Test func `what resctrl tells of a group, in an ordinary directory`() throws {
    var template = Array("/tmp/swrun-fake-resctrl-XXXXXX".utf8CString)
    let root = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { removeAll(root) }
    let files = [
      "info/L3/cbm_mask": "7ff\n", "info/L3/min_cbm_bits": "1\n", "info/L3/num_closids": "16\n",
      "info/MB/min_bandwidth": "10\n", "info/MB/bandwidth_gran": "10\n", "info/MB/delay_linear": "1\n",
      "info/MB/num_closids": "8\n",
      "schemata": "    MB:0=100;1=100\n    L3:0=7ff;1=7ff\n",
      "web1/schemata": "    MB:0=50;1=100\n    L3:0=f;1=7ff\n",
      "web1/mon_data/mon_L3_00/llc_occupancy": "9123\n",
      "web1/mon_data/mon_L3_00/mbm_total_bytes": "77\n", "web1/mon_data/mon_L3_00/mbm_local_bytes": "66\n",
      "web1/mon_data/mon_L3_01/llc_occupancy": "Unavailable\n",
      "web1/mon_data/mon_L3_01/mbm_total_bytes": "5\n",
    ]
    for (path, text) in files { try write(text, to: "\(root)/\(path)") }
    let rdt = IntelRdtStatistics(group: "\(root)/web1", monitored: "\(root)/web1", root: root)
    #expect(rdt.l3_cache_info == .init(cbm_mask: "7ff", min_cbm_bits: 1, num_closids: 16))
    #expect(rdt.l3_cache_schema_root == "L3:0=7ff;1=7ff")
    #expect(rdt.l3_cache_schema == "L3:0=f;1=7ff")
    #expect(
      rdt.mem_bw_info == .init(bandwidth_gran: 10, delay_linear: 1, min_bandwidth: 10, num_closids: 8))
    #expect(rdt.mem_bw_schema_root == "MB:0=100;1=100")
    #expect(rdt.mem_bw_schema == "MB:0=50;1=100")
    #expect(
      rdt.mbm_stats == [
        .init(mbm_total_bytes: 77, mbm_local_bytes: 66), .init(mbm_total_bytes: 5, mbm_local_bytes: 0),
      ])
    #expect(rdt.cmt_stats == [.init(llc_occupancy: 9123)])
    #expect(IntelRdtStatistics(group: "/none", monitored: "/none", root: "/none") == IntelRdtStatistics())
  }

  private func write(_ text: String, to path: String) throws {
    var made = ""
    for part in path.split(separator: "/").dropLast() {
      made += "/\(part)"
      mkdir(made, 0o755)
    }
    let file = try Kernel.open(path, flags: O_WRONLY | O_CREAT, mode: 0o644)
    try Kernel.writeAll(file.number, Array(text.utf8), name: path)
  }

  private func removeAll(_ path: String) {
    for name in (try? Kernel.list(path)) ?? [] {
      if unlink("\(path)/\(name)") != 0 { removeAll("\(path)/\(name)") }
    }
    rmdir(path)
  }
}
