public import OCIRuntimeSpec
public import RuntimeErrors
public struct CgroupRecord: Codable, Sendable, Equatable {
  public static func plan(path: String?, id: String) throws(RuntimeError) -> CgroupRecord { CgroupRecord() }
  public func makeManager() throws(RuntimeError) -> any CgroupManager { M() }
  public var isShared: Bool { false }
}
public protocol CgroupManager: AnyObject {
  func create(_ resources: Resources?) throws(RuntimeError)
  func openMembership() throws(RuntimeError) -> CgroupMembership
  func processes() throws(RuntimeError) -> [CInt]
  func thaw() throws(RuntimeError)
  var isFrozen: Bool { get throws(RuntimeError) }
  func killAll(signal: CInt) throws(RuntimeError)
  func remove() throws(RuntimeError)
}
final class M: CgroupManager {
  func create(_ resources: Resources?) throws(RuntimeError) {}
  func openMembership() throws(RuntimeError) -> CgroupMembership { CgroupMembership() }
  func processes() throws(RuntimeError) -> [CInt] { [] }
  func thaw() throws(RuntimeError) {}
  var isFrozen: Bool { get throws(RuntimeError) { false } }
  func killAll(signal: CInt) throws(RuntimeError) {}
  func remove() throws(RuntimeError) {}
}
public struct CgroupMembership: ~Copyable {
  public borrowing func join() throws(RuntimeError) {}
}
