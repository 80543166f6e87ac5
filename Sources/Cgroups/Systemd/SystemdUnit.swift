public import JSON
internal import LinuxKernel
internal import RuntimeErrors

/// The unit of systemd that a container is, and its place: `linux.cgroupsPath` in the form
/// `SLICE:PREFIX:NAME`.
public struct SystemdUnit: JSONObject, Sendable, Equatable {
  /// `system.slice`, `machine-libpod.slice`; `-.slice` is the root.
  public var slice: String
  /// `PREFIX-NAME.scope`
  public var name: String

  /// Reads `linux.cgroupsPath`.
  ///
  /// - Parameters:
  ///   - path: nil or empty for a scope named after the container.
  ///   - defaultSlice: Where no slice is named.
  /// - Throws: `invalidConfig` for another form, and for names that no unit can have.
  init(_ path: String?, containerID: String, defaultSlice: String = "system.slice") throws(RuntimeError) {
    guard let path, !path.isEmpty else {
      self.init(slice: defaultSlice, name: "swrun-\(containerID).scope")
      return
    }
    let parts = path.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, !parts[2].isEmpty else {
      throw RuntimeError(
        .invalidConfig, "/linux/cgroupsPath: \"\(path)\" is not of the form SLICE:PREFIX:NAME",
        hint: "systemd makes the cgroups, as --systemd-cgroup says")
    }
    self.init(
      slice: parts[0].isEmpty ? defaultSlice : parts[0],
      name: (parts[1].isEmpty ? "" : parts[1] + "-") + parts[2] + ".scope")
    guard SystemdUnit.isName(slice), slice.hasSuffix(".slice"), SystemdUnit.isName(name) else {
      throw RuntimeError(
        .invalidConfig, "/linux/cgroupsPath: \"\(path)\" names no unit of systemd",
        hint: "a slice ends in .slice, and names have letters, digits and :_.\\@- only")
    }
    if hierarchyPath == nil {
      throw RuntimeError(.invalidConfig, "/linux/cgroupsPath: \"\(slice)\" is no name of a slice")
    }
  }

  private init(slice: String, name: String) {
    self.slice = slice
    self.name = name
  }

  /// systemd.unit(5)
  private static func isName(_ name: String) -> Bool {
    let allowed = Set(":_.\\@-".utf8)
    return name.utf8.count < 256
      && name.utf8.allSatisfy { byte in
        allowed.contains(byte) || (48...57).contains(byte) || (65...90).contains(byte)
          || (97...122).contains(byte)
      }
  }

  /// Where systemd puts the unit's cgroup, below the root of all its cgroups: each dash of a slice's name is
  /// a level. systemd.slice(5)
  var hierarchyPath: String? {
    if slice == "-.slice" { return "/\(name)" }
    let words = slice.dropLast(".slice".count).split(separator: "-", omittingEmptySubsequences: false)
    guard !words.contains("") else { return nil }
    let levels = words.indices.map { words[...$0].joined(separator: "-") + ".slice" }
    return "/" + (levels + [name]).joined(separator: "/")
  }

  /// See `JSONObject`.
  public init() {
    slice = ""
    name = ""
  }

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("slice", &slice)
    json.member("name", &name)
  }
}
