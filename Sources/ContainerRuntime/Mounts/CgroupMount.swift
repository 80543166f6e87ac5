internal import RuntimeErrors
extension InitProcess {
  func attachCgroups(_ mount: PlannedMount) throws(RuntimeError) {}
}
