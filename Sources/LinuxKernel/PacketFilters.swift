internal import CLinux
internal import Glibc
public import RuntimeErrors
internal import SystemPackage

extension NetlinkSocket {
  /// NFNL_SUBSYS_NFTABLES and NFT_MSG_GETTABLE
  private static let getTable = 10 << 8 | 1
  /// NFTA_TABLE_NAME
  private static let tableName: UInt16 = 1

  /// Whether nftables has a table of IPv4 rules; the line must lead to netfilter. NFT_MSG_GETTABLE
  ///
  /// - Throws: `systemCall`, also where the kernel has no nftables.
  public func hasPacketTable(_ name: String) throws(RuntimeError) -> Bool {
    // struct nfgenmsg: family, version, resource.
    let payload = [UInt8(AF_INET), 0, 0, 0] + NetlinkAttribute(NetlinkSocket.tableName, name).encoded
    do throws(RuntimeError) {
      return try !request(NetlinkSocket.getTable, payload, name: "NFT_MSG_GETTABLE \(name)").isEmpty
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return false
    }
  }
}
