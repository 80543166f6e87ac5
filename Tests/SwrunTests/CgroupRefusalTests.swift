import Foundation
import OCIRuntimeSpec
import TestSupport
import Testing

/// Spec: config-linux.md#control-groups, runtime.md#errors
@Suite("limits that cannot be set", .enabled(if: CgroupHost.isV1))
struct CgroupRefusalTests {
  let runtime = Runtime()

  private func container(_ resources: String) throws -> Container {
    try runtime.container { config in
      config.changeLinux {
        $0.resources = try? decode(Resources.self, from: resources)
      }
    }
  }

  @Test(
    "the error names the place, and nothing is left",
    arguments: [
      ("cpu/quota", #"{"cpu": {"quota": 1}}"#), ("cpu/period", #"{"cpu": {"period": 2000000}}"#),
      ("cpu/shares", #"{"cpu": {"shares": 1}}"#), ("cpu/burst", #"{"cpu": {"burst": 5000, "quota": 4000}}"#),
      ("cpu/realtimeRuntime", #"{"cpu": {"realtimeRuntime": 999999}}"#),
      ("cpu/cpus", #"{"cpu": {"cpus": "0,511"}}"#), ("cpu/mems", #"{"cpu": {"mems": "63"}}"#),
      ("memory/swap", #"{"memory": {"limit": 1073741824, "swap": 1}}"#),
      ("memory/swappiness", #"{"memory": {"swappiness": 101}}"#),
      ("hugepageLimits", #"{"hugepageLimits": [{"pageSize": "3MB", "limit": 0}]}"#),
      ("blockIO/leafWeight", #"{"blockIO": {"leafWeight": 500}}"#),
      (
        "blockIO/throttleReadBpsDevice",
        #"{"blockIO": {"throttleReadBpsDevice": [{"major": 4000, "minor": 9, "rate": 1}]}}"#
      ),
      ("unified", #"{"unified": {"memory.high": "1000000"}}"#),
      ("unified/no.such", #"{"unified": {"no.such": "1"}}"#),
      ("unified/cgroup.max.depth", #"{"unified": {"cgroup.max.depth": "deep"}}"#),
    ]
  )
  func refused(place: String, resources: String) throws {
    let container = try container(resources)
    try container.create().fails(saying: "/linux/resources/" + place)
    #expect(try container.status() == "gone")
    #expect(CgroupHost.directories(of: "/" + container.id).allSatisfy { !File.exists($0) })
  }

  @Test(
    "controllers that are not mounted are named",
    arguments: [
      ("net_cls", "network/classID", #"{"network": {"classID": 7}}"#),
      ("net_prio", "network/priorities", #"{"network": {"priorities": [{"name": "lo", "priority": 1}]}}"#),
      ("rdma", "rdma", #"{"rdma": {"mlx5": {"hcaHandles": 3}}}"#),
    ]
  )
  func missingControllers(controller: String, place: String, resources: String) throws {
    if CgroupHost.mountPoint(controller) != nil { return }
    try container(resources).run()
      .fails(saying: "/linux/resources/\(place)", "the \(controller) controller is not mounted")
  }

  @Test("weights of block devices are set, or refused where no scheduler has them")
  func weights() throws {
    let directory = CgroupHost.directory("blkio", "/\(runtime.tag)probe")
    mkdir(directory, 0o755)
    let names = File.names(in: directory)
    rmdir(directory)
    let container = try container(#"{"blockIO": {"weight": 500}}"#)
    if let file = ["blkio.weight", "blkio.bfq.weight"].first(where: names.contains) {
      try container.create().succeeds()
      #expect(CgroupHost.read(file, of: container) == "500")
    } else {
      try container.run().fails(saying: "/linux/resources/blockIO/weight", "BFQ")
    }
  }

  @Test("what asks for nothing needs no controller")
  func nothingAsked() throws {
    try container(#"{"network": {"classID": 0}, "rdma": {}, "unified": {}, "hugepageLimits": []}"#).run()
      .succeeds()
  }
}
