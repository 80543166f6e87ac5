extension Config {
  /// Everything that the specification demands of a configuration, part by part.
  func check(_ report: inout Report) {
    process?.check(&report)
  }
}
