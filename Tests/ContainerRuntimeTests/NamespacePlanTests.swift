import LinuxKernel
import OCIRuntimeSpec
import Testing

@testable import ContainerRuntime

@Suite("The plan of namespaces")
struct NamespacePlanTests {
  @Test("an empty path means a new namespace")
  func emptyPath() {
    let plan = NamespacePlan([Namespace(type: .network, path: "")])
    #expect(plan.creates(.network))
    #expect(!plan.inherits(.network))
  }

  @Test("a type that is not listed is inherited")
  func inherited() {
    #expect(NamespacePlan([]).inherits(.pid))
    #expect(NamespacePlan([]).cloneFlags == 0)
  }

  @Test("cgroup and time namespaces are made by the process itself, not by clone3")
  func cloneFlags() {
    let plan = NamespacePlan(NamespaceType.allCases.map { Namespace(type: $0) })
    let all = CloneFlags.newPID | CloneFlags.newNetwork | CloneFlags.newMount | CloneFlags.newIPC
    #expect(plan.cloneFlags == all | CloneFlags.newUTS | CloneFlags.newUser)
  }

  @Test("the user namespace is joined last")
  func order() {
    let plan = NamespacePlan(NamespaceType.allCases.map { Namespace(type: $0, path: "/x") })
    #expect(plan.joinOrder.last == .user)
    #expect(plan.joinOrder.count == NamespaceType.allCases.count)
  }

  @Test("a process in between is needed exactly where a user namespace meets namespaces to join")
  func intermediate() {
    func needs(_ namespaces: Namespace...) -> Bool { NamespacePlan(namespaces).needsIntermediate }
    #expect(!needs(Namespace(type: .user), Namespace(type: .pid)))
    #expect(!needs(Namespace(type: .network, path: "/n"), Namespace(type: .pid, path: "/p")))
    #expect(needs(Namespace(type: .user), Namespace(type: .network, path: "/n")))
    #expect(needs(Namespace(type: .user, path: "/u")))
  }

  @Test("a process in between joins a pid namespace that the runtime could not leave again")
  func noReturn() {
    #expect(NamespacePlan([Namespace(type: .pid, path: "/p")], mayReturn: false).needsIntermediate)
    #expect(!NamespacePlan([Namespace(type: .pid)], mayReturn: false).needsIntermediate)
  }
}

@Suite("The container's passwd file")
struct PasswdTests {
  private let text = """
    root:x:0:0:root:/root:/bin/sh
    1000:x:0:0:a trap:/trap:/bin/sh
    app:x:1000:1000::/home/app:/bin/sh
    odd:x:1001:1001::not-absolute:/bin/sh
    short:x:1002
    """

  @Test("a home is found by number, never by a name that looks like one")
  func byNumber() {
    #expect(Passwd.home(of: 1000, in: text) == "/home/app")
    #expect(Passwd.home(of: 0, in: text) == "/root")
  }

  @Test("without a usable entry it is the root directory", arguments: [1001, 1002, 7] as [UInt32])
  func fallback(uid: UInt32) {
    #expect(Passwd.home(of: uid, in: text) == "/")
  }
}
