internal import JSON

extension Resources {
  /// Spec: config-linux.md#control-groups
  func check(_ report: inout Report) {
    for (index, rule) in (devices ?? []).enumerated() {
      rule.check(&report, "/linux/resources/devices/\(index)")
    }
    memory?.check(&report)
    cpu?.check(&report)
    blockIO?.check(&report)
    checkHugepages(&report)
    checkNetwork(&report)
    checkPids(&report)
    checkRdma(&report)
    checkUnified(&report)
  }

  /// Spec: config-linux.md#huge-page-limits
  private func checkHugepages(_ report: inout Report) {
    var seen: Set<String> = []
    for (index, limit) in (hugepageLimits ?? []).enumerated() {
      let pointer = "/linux/resources/hugepageLimits/\(index)/pageSize"
      report.require(
        limit.hasLegalPageSize,
        pointer,
        "found \(quoted(limit.pageSize)), expected a size such as \"2MB\""
      )
      report.require(
        seen.insert(limit.pageSize).inserted,
        pointer,
        "pages of \(quoted(limit.pageSize)) are limited twice"
      )
    }
  }

  /// Spec: config-linux.md#network
  private func checkNetwork(_ report: inout Report) {
    for (index, priority) in (network?.priorities ?? []).enumerated() {
      report.requireInterfaceName(priority.name, "/linux/resources/network/priorities/\(index)/name")
    }
  }

  /// 0 is a limit like any other. Spec: config-linux.md#pids
  private func checkPids(_ report: inout Report) {
    guard let limit = pids?.limit, limit < -1 else { return }
    report.fault("/linux/resources/pids/limit", "found \(limit), expected -1 (unlimited) or more")
  }

  /// Spec: config-linux.md#rdma
  private func checkRdma(_ report: inout Report) {
    for (device, limit) in (rdma ?? [:]).sorted(by: { $0.key < $1.key }) {
      let pointer = "/linux/resources/rdma" + JSONPointer.step(device)
      report.require(
        !device.isEmpty && !device.utf8.contains { $0 <= 0x20 },
        pointer,
        "\(quoted(device)) is not the name of a device"
      )
      report.require(
        limit.hcaHandles != nil || limit.hcaObjects != nil,
        pointer,
        "limits nothing, expected hcaHandles or hcaObjects"
      )
    }
  }

  /// Keys are files directly in the cgroup: `<controller>.<name>`. Spec: config-linux.md#unified
  private func checkUnified(_ report: inout Report) {
    for key in (unified ?? [:]).keys.sorted() {
      let steps = key.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      let isFile =
        steps.count > 1 && !steps.contains { $0.isEmpty } && !key.utf8.contains(UInt8(ascii: "/"))
      report.require(
        isFile,
        "/linux/resources/unified" + JSONPointer.step(key),
        "\(quoted(key)) is not a cgroup file such as \"memory.high\""
      )
    }
  }
}

extension HugepageLimit {
  /// Digits without a leading zero, then KB, MB or GB. Spec: config-linux.md#huge-page-limits
  fileprivate var hasLegalPageSize: Bool {
    guard pageSize.hasSuffix("KB") || pageSize.hasSuffix("MB") || pageSize.hasSuffix("GB") else {
      return false
    }
    let digits = pageSize.utf8.dropLast(2)
    guard let first = digits.first, first != UInt8(ascii: "0") else { return false }
    return digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}

extension DeviceRule {
  /// -1 means "all" as an unset number does; docker sends it. Spec: config-linux.md#allowed-device-list
  fileprivate func check(_ report: inout Report, _ pointer: String) {
    report.requireNumber(major, upTo: 0xFFF, "\(pointer)/major")
    report.requireNumber(minor, upTo: 0xFFFFF, "\(pointer)/minor")
    guard let access else { return }
    report.require(
      access.utf8.allSatisfy { "rwm".utf8.contains($0) },
      "\(pointer)/access",
      "found \(quoted(access)), expected some of \"r\", \"w\" and \"m\""
    )
  }
}

extension Report {
  fileprivate mutating func requireNumber(
    _ number: Int64?,
    upTo limit: Int64,
    _ pointer: @autoclosure () -> String
  ) {
    guard let number, !(-1...limit).contains(number) else { return }
    fault(pointer(), "found \(number), expected -1 (all) to \(limit)")
  }
}
