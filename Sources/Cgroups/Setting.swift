internal import RuntimeErrors

/// One value to write into one control file.
struct Setting: Equatable {
  /// The directory that the file is in.
  enum Target: Equatable {
    case controller(Controller)
    case cgroup2
  }

  var target: Target
  var file: String
  var value: String
  /// Where it was configured, below `linux.resources`: `memory.limit`.
  var property: String
  /// The same as a JSON pointer: `/linux/resources/memory/limit`.
  var pointer: String {
    let names = property.split(separator: ".", maxSplits: 1)
    return "/linux/resources/" + names.joined(separator: "/")
  }
  /// Written instead where the kernel has no `file`.
  var alternative: String?
  /// What is written there, if it is another value.
  var alternativeValue: String?
  /// What is written where the kernel has no `file`.
  var inAlternative: Setting? {
    guard let alternative else { return nil }
    var setting = self
    (setting.file, setting.alternative) = (alternative, nil)
    (setting.value, setting.alternativeValue) = (alternativeValue ?? value, nil)
    return setting
  }

  /// Whether a host without the controller or the file already does what the value asks for, such as
  /// having no limit.
  var isMet = false
  /// What a refused value may mean.
  var hint: String?

  init(
    _ controller: Controller,
    _ file: String,
    _ value: String,
    _ property: String,
    alternative: String? = nil,
    isMet: Bool = false,
    hint: String? = nil
  ) {
    self.target = .controller(controller)
    self.file = file
    self.value = value
    self.property = property
    self.alternative = alternative
    self.isMet = isMet
    self.hint = hint
  }

  /// A file of cgroup2.
  init(
    cgroup2 file: String, _ value: String, _ property: String, isMet: Bool = false, hint: String? = nil
  ) {
    self.init(.misc, file, value, property, isMet: isMet, hint: hint)
    target = .cgroup2
  }
}

extension Array where Element == Setting {
  /// Writes values that bound each other, such as a limit and a larger one, in an order that works.
  ///
  /// Each is tried in turn, and those that were refused are tried again after the others. So raising and
  /// lowering needs no knowledge of the present values, and usually no extra system call.
  ///
  /// - Parameters:
  ///   - write: Writes one; returns false if the kernel refused it as invalid and it may be valid later.
  /// - Returns: The first setting that is still refused when nothing moves any more.
  func settle<Failure: Error>(_ write: (Setting) throws(Failure) -> Bool) throws(Failure) -> Setting? {
    var pending = self
    while !pending.isEmpty {
      var refused: [Setting] = []
      for setting in pending where try !write(setting) { refused.append(setting) }
      if refused.count == pending.count { return refused.first }
      pending = refused
    }
    return nil
  }
}
