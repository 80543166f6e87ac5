internal import JSON

/// What the checks of one file have found so far.
///
/// Checks name places by their pointer in a whole configuration, also when the file holds only a part
/// of one, such as a process for `exec`.
struct Report {
  let file: String
  /// Where in a configuration the file's contents belong: empty, or `/process`.
  let base: String
  /// How many faults, and how many warnings, are described; further faults are counted.
  static let maximumDiagnostics = 100

  private(set) var faults: [Diagnostic] = []
  private(set) var furtherFaults = 0
  private(set) var warnings: [Diagnostic] = []
  /// Values that have the wrong type. What they were replaced by proves nothing.
  private var misfits: [String] = []

  init(file: String, base: String) {
    self.file = file
    self.base = base
  }

  /// Records values that could not be decoded, with pointers as in the file.
  ///
  /// - Parameter further: How many more there were.
  mutating func add(_ faults: [JSONFault], further: Int) {
    misfits += faults.map { base + $0.pointer }
    self.faults += faults.map { diagnostic(at: base + $0.pointer, $0.problem) }
    furtherFaults += further
  }

  /// Records a fault, unless it may only follow from a value of the wrong type.
  ///
  /// - Parameters:
  ///   - pointer: Where it is.
  ///   - problem: What is wrong there.
  ///   - other: Another place whose value makes this one wrong.
  mutating func fault(_ pointer: String, _ problem: String, becauseOf other: String? = nil) {
    guard isReliable(pointer), other.map(isReliable) ?? true else { return }
    if faults.count < Report.maximumDiagnostics {
      faults.append(diagnostic(at: pointer, problem))
    } else {
      furtherFaults += 1
    }
  }

  /// Records a fault if `condition` does not hold. Everything else is evaluated only then.
  mutating func require(
    _ condition: Bool,
    _ pointer: @autoclosure () -> String,
    _ problem: @autoclosure () -> String,
    becauseOf other: @autoclosure () -> String? = nil
  ) {
    if !condition { fault(pointer(), problem(), becauseOf: other()) }
  }

  /// Records something that the configuration's author should know, but that breaks nothing.
  mutating func warning(_ pointer: String, _ problem: String) {
    if isReliable(pointer) && warnings.count < Report.maximumDiagnostics {
      warnings.append(diagnostic(at: pointer, problem))
    }
  }

  private func isReliable(_ pointer: String) -> Bool {
    !misfits.contains { isInside(pointer, $0) || isInside($0, pointer) }
  }

  private func isInside(_ pointer: String, _ other: String) -> Bool {
    pointer.hasPrefix(other)
      && (pointer.utf8.count == other.utf8.count
        || pointer.utf8.dropFirst(other.utf8.count).first == UInt8(ascii: "/"))
  }

  private func diagnostic(at pointer: String, _ problem: String) -> Diagnostic {
    Diagnostic(
      file: file,
      pointer: String(pointer.dropFirst(base.count)),
      problem: problem,
      section: Sections.section(for: pointer)
    )
  }
}
