import OCIRuntimeSpec
import Testing

@Suite("Small grammars")
struct SyntaxTests {
  @Test(
    "kernel parameters have one path, however they are written",
    arguments: [
      ("net.ipv4.ip_forward", "net/ipv4/ip_forward"), ("net/ipv4/ip_forward", "net/ipv4/ip_forward"),
      ("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding"),
      ("net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding"),
      ("kernel.shm_rmid_forced", "kernel/shm_rmid_forced"), ("kernel", nil), ("", nil), (".", nil),
      ("/net/x", nil), ("net//x", nil), ("net..x", nil), ("net/../vm/x", nil), ("net/./x", nil),
      ("net.x.", nil), ("net.//.x", nil), ("net.x\n", nil), ("net.a b", nil),
    ]
  )
  func sysctlPaths(_ key: String, _ path: String?) {
    #expect(Sysctl.path(of: key) == path)
  }

  @Test(
    "kernel parameters belong to the right namespace",
    arguments: [
      ("kernel/msgmax", .ipc), ("kernel/sem", .ipc), ("kernel/shmall", .ipc), ("fs/mqueue/msg_max", .ipc),
      ("net/core/somaxconn", .network), ("kernel/hostname", .uts), ("kernel/domainname", .uts),
      ("user/max_user_namespaces", .user), ("kernel/panic", nil), ("vm/swappiness", nil),
      ("fs/file-max", nil),
      ("network/x", nil), ("kernel/ostype", nil),
    ] as [(String, NamespaceType?)]
  )
  func sysctlNamespaces(_ path: String, _ namespace: NamespaceType?) {
    #expect(Sysctl.namespace(of: path) == namespace)
  }

  @Test(
    "lists of CPUs and nodes",
    arguments: [
      ("0", [0...0]), ("0-3,7", [0...3, 7...7]), ("1,1", [1...1, 1...1]), ("8191", [8191...8191]),
      ("", nil), (",", nil), ("1,", nil), ("3-1", nil), ("-1", nil), ("1-", nil), ("1-2-3", nil), ("a", nil),
      ("+1", nil), ("1 ", nil), ("0x1", nil), ("8192", nil), ("0-99999999999999999999", nil),
    ] as [(String, [ClosedRange<Int>]?)]
  )
  func indexLists(_ text: String, _ ranges: [ClosedRange<Int>]?) {
    #expect(IndexList(text)?.ranges == ranges)
  }
}
