extension Process {
  /// Spec: config.md#process
  func check(_ report: inout Report) {
  }
}
