internal import LinuxKernel
internal import RuntimeErrors
internal import SystemPackage

/// Writes settings to the control files of a container's cgroups, and can put back what they were.
protocol SettingWriter {
  /// The open cgroup that has a setting's file, and its path on the host.
  ///
  /// - Returns: nil if there is none, and without it the host does already what the value asks for.
  func place(of setting: Setting) throws(RuntimeError) -> (directory: CInt, path: String)?

  /// Why a setting's file is not there, if more is known than that.
  func whyMissing(_ setting: Setting) -> RuntimeError?
}

extension SettingWriter {
  /// Writes all groups. After an error of this or of `further` what was changed is put back, as far as the
  /// kernel lets it be.
  func change(
    _ groups: [[Setting]], and further: () throws(RuntimeError) -> Void
  ) throws(RuntimeError) {
    var former: [[Setting]] = []
    do throws(RuntimeError) {
      for group in groups {
        former.append(group.compactMap(present))
        try write(group)
      }
      try further()
    } catch {
      for group in former.reversed() { try? write(group) }
      throw error
    }
  }

  /// Writes settings that bound each other.
  func write(_ group: [Setting]) throws(RuntimeError) {
    var refusal: RuntimeError?
    let refused = try group.settle { (setting) throws(RuntimeError) in
      do throws(RuntimeError) {
        try write(setting)
        return true
      } catch {
        guard error.errno == .invalidArgument else { throw error }
        refusal = refusal ?? error
        return false
      }
    }
    if refused != nil, let refusal { throw refusal }
  }

  private func write(_ setting: Setting) throws(RuntimeError) {
    try during(setting.pointer) { () throws(RuntimeError) in
      guard let (directory, path) = try place(of: setting) else { return }
      do throws(RuntimeError) {
        try Kernel.writeText(setting.value, to: setting.file, at: directory)
      } catch {
        if error.isMissingFile, setting.isMet { return }
        guard error.isMissingFile, let alternative = setting.inAlternative else {
          throw explain(error, setting, path)
        }
        do throws(RuntimeError) {
          try Kernel.writeText(alternative.value, to: alternative.file, at: directory)
        } catch {
          throw explain(error, alternative, path)
        }
      }
    }
  }

  /// Says which file refused which value, and what that may mean.
  private func explain(_ error: RuntimeError, _ setting: Setting, _ path: String) -> RuntimeError {
    var error = error
    error.systemCall?.subject = "\(path)/\(setting.file) '\(setting.value)'"
    if error.isMissingFile {
      if let reason = whyMissing(setting) { return reason }
      error = error.coded(.unsupported)
    }
    return setting.hint.map(error.hinting) ?? error
  }

  /// What a setting's file says now, as a setting; nil if it cannot be put back.
  private func present(_ setting: Setting) -> Setting? {
    guard let (directory, _) = try? place(of: setting) else { return nil }
    for file in [setting.file, setting.alternative].compactMap(\.self) {
      guard let text = try? Kernel.readTable(file, at: directory) else { continue }
      return setting.former(in: file, text: String(decoding: text, as: UTF8.self))
    }
    return nil
  }
}

extension Setting {
  /// The setting that puts back what a file says.
  ///
  /// - Parameters:
  ///   - file: The setting's own, or the alternative.
  ///   - text: All of it.
  /// - Returns: nil if the text has no value for what this sets.
  func former(in file: String, text: String) -> Setting? {
    var former = file == self.file ? self : inAlternative ?? self
    former.alternative = nil
    let lines = text.split(separator: "\n")
    if file == "memory.oom_control" {
      guard let value = ControlFileText.counters(text)["oom_kill_disable"] else { return nil }
      former.value = "\(value)"
    } else if file != "cpu.max", let space = value.firstIndex(of: " ") {
      // A value of one of several devices or interfaces; no line about it is no limit.
      let name = value[..<space]
      let line = lines.first { $0.prefix { $0 != " " } == name }
      former.value = line.map { String($0) } ?? "\(name) \(unlimited)"
    } else if let general = lines.first, general.hasPrefix("default ") {
      former.value = String(general)
    } else {
      guard lines.count == 1 else { return nil }
      former.value = String(lines[0])
    }
    return former
  }

  /// What takes a device's or interface's limits away: `rbps=max wbps=max`, or 0.
  private var unlimited: String {
    let keys = value.split(separator: " ").dropFirst().compactMap { field in
      field.firstIndex(of: "=").map { "\(field[...$0])max" }
    }
    if keys.isEmpty { return file.hasPrefix("io.") ? "default" : "0" }
    return keys.joined(separator: " ")
  }
}

extension RuntimeError {
  /// Whether the kernel does not have a control file, or no longer lets it do anything.
  fileprivate var isMissingFile: Bool { errno == .noSuchFileOrDirectory || errno == .notSupportedOnSocket }
}
