internal import DBus
internal import OCIRuntimeSpec
internal import RuntimeErrors

/// A property of a unit, as StartTransientUnit and SetUnitProperties of systemd take it.
///
/// org.freedesktop.systemd1(5)
struct UnitProperty: Equatable {
  var name: String
  var value: BusValue

  init(_ name: String, _ value: BusValue) {
    self.name = name
    self.value = value
  }

  /// As in `a(sv)`.
  var structure: BusValue { .structure([.string(name), .variant(value)]) }

  /// Reads the values of annotations `org.systemd.property.NAME`, in GVariant's text form.
  ///
  /// - Throws: `invalidConfig` for what is not understood.
  init(annotation name: String, _ text: String) throws(RuntimeError) {
    func refuse() -> RuntimeError {
      // Anything of any length can stand there.
      func shown(_ text: String) -> String { text.count > 80 ? text.prefix(80) + "..." : text }
      return RuntimeError(
        .invalidConfig,
        "/annotations/org.systemd.property.\(shown(name)): \"\(shown(text))\" is no value of systemd's",
        hint: "values are as in 'text', true, 5, uint64 5, ['a', 'b']; NAMESec takes seconds")
    }
    guard name.utf8.count > 2, name.utf8.allSatisfy({ (65...90).contains($0) || (97...122).contains($0) }),
      let value = UnitProperty.value(text)
    else { throw refuse() }
    guard name.hasSuffix("Sec"), !name.hasSuffix("USec") else {
      self.init(name, value)
      return
    }
    // The bus knows times in microseconds only.
    guard let seconds = UnitProperty.number(value), seconds >= 0 else { throw refuse() }
    self.init(name.dropLast(3) + "USec", .uint64(UInt64(seconds * 1_000_000)))
  }

  private static func number(_ value: BusValue) -> Double? {
    switch value {
    case .int32(let number): Double(number)
    case .uint32(let number): Double(number)
    case .int64(let number): Double(number)
    case .uint64(let number): Double(number)
    default: nil
    }
  }

  private static func value(_ text: String) -> BusValue? {
    let text = text.trimmed
    if text == "true" || text == "false" { return .boolean(text == "true") }
    if let quoted = quoted(text) { return .string(quoted) }
    if let number = Int32(text) { return .int32(number) }
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    if words.count == 2 {
      switch words[0] {
      case "byte": return UInt8(words[1]).map { .byte($0) }
      case "int32": return Int32(words[1]).map { .int32($0) }
      case "uint32": return UInt32(words[1]).map { .uint32($0) }
      case "int64": return Int64(words[1]).map { .int64($0) }
      case "uint64": return UInt64(words[1]).map { .uint64($0) }
      default: break
      }
    }
    guard text.hasPrefix("["), text.hasSuffix("]") else { return nil }
    let items = text.dropFirst().dropLast().split(separator: ",").map { quoted(String($0).trimmed) }
    return items.contains(nil) ? nil : .strings(items.compactMap(\.self))
  }

  private static func quoted(_ text: String) -> String? {
    guard text.utf8.count >= 2, let mark = text.first, mark == "'" || mark == "\"", text.last == mark else {
      return nil
    }
    let content = text.dropFirst().dropLast()
    return content.contains(mark) || content.contains("\\") ? nil : String(content)
  }
}

extension String {
  fileprivate var trimmed: String {
    var rest = self[...]
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}

extension Resources {
  /// The limits that systemd has properties for, so that it writes the same values as the runtime when it
  /// realizes the unit again. Without device rules, for which `DeviceRules` speaks.
  var unitProperties: [UnitProperty] {
    var properties: [UnitProperty] = []
    func add(_ name: String, _ value: UInt64?) {
      if let value { properties.append(UnitProperty(name, .uint64(value))) }
    }
    func limit(_ value: Int64?) -> UInt64? {
      value.flatMap { $0 == 0 ? nil : $0 < 0 ? .max : UInt64($0) }
    }
    add("MemoryMax", limit(memory?.limit))
    add("MemoryLow", memory?.reservation.flatMap { $0 == 0 ? nil : UInt64(max(0, $0)) })
    if let swap = memory?.swap, swap != 0 {
      if swap < 0 {
        add("MemorySwapMax", .max)
      } else if let limit = memory?.limit, limit > 0, swap >= limit {
        add("MemorySwapMax", UInt64(swap - limit))
      }
    } else if (memory?.limit ?? 0) < 0 {
      add("MemorySwapMax", .max)
    }
    if let shares = cpu?.shares, shares != 0, (cpu?.idle ?? 0) == 0 {
      add("CPUWeight", CPUResources.weight(ofShares: shares))
    }
    if let quota = cpu?.quota, quota != 0 {
      let period = cpu?.period.flatMap { $0 == 0 ? nil : $0 } ?? 100_000
      // systemd keeps hundredths of a CPU; less than asked for would be too strict.
      let each = quota < 0 ? .max : (UInt64(quota) * 1_000_000 / period + 9_999) / 10_000 * 10_000
      add("CPUQuotaPerSecUSec", each)
      add("CPUQuotaPeriodUSec", period)
    }
    for (name, list) in [("AllowedCPUs", cpu?.cpus), ("AllowedMemoryNodes", cpu?.mems)] {
      if let list, let mask = UnitProperty.mask(list) { properties.append(UnitProperty(name, .bytes(mask))) }
    }
    if let limit = pids?.limit { add("TasksMax", limit < 0 ? .max : UInt64(max(limit, 1))) }
    if let weight = blockIO?.weight, (10...1000).contains(weight) {
      add("IOWeight", 1 + (UInt64(weight) - 10) * 9999 / 990)
    }
    return properties + throttleProperties
  }

  private var throttleProperties: [UnitProperty] {
    let all = [
      ("IOReadBandwidthMax", blockIO?.throttleReadBpsDevice),
      ("IOWriteBandwidthMax", blockIO?.throttleWriteBpsDevice),
      ("IOReadIOPSMax", blockIO?.throttleReadIOPSDevice),
      ("IOWriteIOPSMax", blockIO?.throttleWriteIOPSDevice),
    ]
    return all.compactMap { name, devices in
      guard let devices, !devices.isEmpty else { return nil }
      let limits = devices.map { device in
        BusValue.structure([
          .string("/dev/block/\(device.major):\(device.minor)"),
          .uint64(device.rate == 0 ? .max : device.rate),
        ])
      }
      return UnitProperty(name, .array(of: "(st)", limits))
    }
  }
}

extension UnitProperty {
  /// A list such as `0-2,7` as bits, the lowest first; nil for an empty one.
  static func mask(_ list: String) -> [UInt8]? {
    let numbers = ControlFileText.list(list)
    guard let highest = numbers.max() else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(highest) / 8 + 1)
    for number in numbers { bytes[Int(number) / 8] |= 1 << (number % 8) }
    return bytes
  }
}
