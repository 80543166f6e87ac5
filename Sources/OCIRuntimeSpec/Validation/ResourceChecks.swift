extension Resources {
  /// Spec: config-linux.md#control-groups
  func check(_ report: inout Report) {
  }
}
