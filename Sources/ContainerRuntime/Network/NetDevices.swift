internal import OCIRuntimeSpec
internal import RuntimeErrors
enum NetDevices {
  static func move(_ devices: [String: NetDevice], toNamespaceOf pid: Int32, proc: HostProc) throws(RuntimeError) {
    throw RuntimeError(.unsupported, "network devices")
  }
}
