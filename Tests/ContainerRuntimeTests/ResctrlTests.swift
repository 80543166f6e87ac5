import ContainerStore
import Glibc
import LinuxKernel
import OCIRuntimeSpec
import RuntimeErrors
import Testing

@testable import ContainerRuntime

@Suite("schemata")
struct SchemataTests {
  @Test func `the same values in other digits are no difference`() {
    let kernel = Schemata("    MB:0=100;1= 70\n    L3:0=7ff;1=01f\n")
    #expect(kernel.difference(to: Schemata("L3:00=7FF;1=1f")) == nil)
    #expect(kernel.difference(to: Schemata("L3: 1 = 0x001F ;\nMB:0=0100")) == nil)
    #expect(kernel.difference(to: Schemata("")) == nil)
    #expect(kernel.difference(to: Schemata("L3:0=1\nL3:0=7ff")) == nil, "the later line prevails")
  }

  @Test func `what writing would change is a difference`() {
    let kernel = Schemata("L3:0=7ff;1=0\n")
    #expect(kernel.difference(to: Schemata("L3:0=7fe")) == "L3:0 is 7ff there, not 7fe")
    #expect(kernel.difference(to: Schemata("L3:1=00")) == nil)
    #expect(kernel.difference(to: Schemata("L3:2=1")) == "L3:2 is absent there, not 1")
    #expect(kernel.difference(to: Schemata("L2:0=7ff")) == "L2:0 is absent there, not 7ff")
    for odd in ["L3", "L3:0", "L3:0=", "L3:=1", ":0=1", "L3:0=1=2", "L3:0=7ff:1=0"] {
      #expect(kernel.difference(to: Schemata(odd)) == "\"\(odd)\" is not in it")
    }
  }

  @Test func `cache, bandwidth, then the rest`() {
    var settings = IntelRdt()
    #expect(settings.schemataWrites == [])
    settings.schemata = ["L2:0=f", "L2:1=f"]
    settings.memBwSchema = "MB:0=20"
    #expect(settings.schemataWrites == ["MB:0=20\n", "L2:0=f\nL2:1=f\n"])
    settings.l3CacheSchema = "L3:0=f"
    #expect(settings.schemataWrites == ["L3:0=f\n", "MB:0=20\n", "L2:0=f\nL2:1=f\n"])
    settings.schemata = []
    #expect(settings.schemataWrites == ["L3:0=f\n", "MB:0=20\n"])
  }

  @Test func `the mount is found by its type, behind any optional fields`() {
    func mountPoint(_ text: String) -> String? { ResctrlFileSystem.mountPoint(in: Array(text.utf8)) }
    let proc = "22 1 0:21 / /proc rw - proc proc rw\n"
    #expect(mountPoint(proc) == nil)
    #expect(mountPoint("") == nil)
    #expect(mountPoint("a b\n\n- - - - - - -\n") == nil)
    #expect(mountPoint(proc + "36 25 0:32 / /sys/fs/resctrl rw - resctrl resctrl rw") == "/sys/fs/resctrl")
    #expect(mountPoint("36 25 0:32 / /r rw shared:5 master:1 - resctrl none rw\n") == "/r")
    #expect(mountPoint("36 25 0:32 / /a\\040b\\134c rw - resctrl none rw\n") == "/a b\\c")
    #expect(mountPoint("36 25 0:32 /gold /r rw - resctrl none rw\n") == nil, "only a part of it")
    #expect(mountPoint("36 25 0:32 / /resctrl rw - tmpfs resctrl rw\n") == nil)
  }
}

/// An ordinary directory in the place of resctrl, which this kernel or processor need not have. It has no
/// behaviour of its own: the tests add the files that the kernel adds to a new group.
private final class FakeResctrl {
  let root: String

  init() throws {
    var template = Array("/tmp/swrun-fake-resctrl-XXXXXX".utf8CString)
    root = try #require(mkdtemp(&template).map { String(cString: $0) })
    try addFiles("", schemata: "    MB:0=100;1=100\n    L3:0=7ff;1=7ff\n")
  }

  deinit {
    removeAll(root)
  }

  private func removeAll(_ path: String) {
    for name in (try? Kernel.list(path)) ?? [] {
      if unlink("\(path)/\(name)") != 0 { removeAll("\(path)/\(name)") }
    }
    rmdir(path)
  }

  /// What the kernel does when a group is made.
  func addFiles(_ group: String, schemata: String = "    MB:0=100;1=100\n") throws {
    mkdir("\(root)\(group)/mon_groups", 0o755)
    for (name, text) in [("schemata", schemata), ("tasks", "")] {
      let file = try Kernel.open("\(root)\(group)/\(name)", flags: O_WRONLY | O_CREAT, mode: 0o644)
      try Kernel.writeAll(file.number, Array(text.utf8), name: name)
    }
  }

  /// rmdir(2) on resctrl takes the files along.
  func removeFiles(_ group: String) {
    for name in ["schemata", "tasks"] { unlink("\(root)\(group)/\(name)") }
    rmdir("\(root)\(group)/mon_groups")
  }

  func makeGroup(_ name: String, schemata: String = "    MB:0=100;1=100\n") throws {
    mkdir("\(root)/\(name)", 0o755)
    try addFiles("/\(name)", schemata: schemata)
  }

  func read(_ path: String) throws -> String { try Kernel.readText("\(root)\(path)") }

  func has(_ path: String) -> Bool { access("\(root)\(path)", F_OK) == 0 }

  func group(_ settings: IntelRdt, id: String = "web1") -> ResctrlGroup {
    ResctrlGroup(settings, containerID: id, root: root)
  }
}

@Suite("groups of a fake resctrl")
struct ResctrlGroupTests {
  private let fake: FakeResctrl

  init() throws {
    fake = try FakeResctrl()
  }

  private func settings(
    closID: String? = nil,
    _ schemata: [String]? = nil,
    monitoring: Bool = false
  ) -> IntelRdt {
    var settings = IntelRdt()
    settings.closID = closID
    settings.schemata = schemata
    settings.enableMonitoring = monitoring
    return settings
  }

  @Test func `without closID the container has a group of its own, which goes with it`() throws {
    let group = fake.group(settings(["L3:0=f"]))
    var record = try group.plan()
    #expect(record.controlGroup == fake.root + "/web1" && !record.isShared)
    #expect(!fake.has("/web1"), "it is written down before it is made")
    try group.makeControlGroup(&record)
    try fake.addFiles("/web1", schemata: "")
    try group.settle(record)
    try group.makeMonitoringGroup(&record)
    try group.add(77)
    #expect(try fake.read("/web1/schemata") == "L3:0=f\n")
    #expect(try fake.read("/web1/tasks") == "77\n")
    fake.removeFiles("/web1")
    try ResctrlGroup.remove(record, containerExisted: true)
    #expect(!fake.has("/web1"))
    try ResctrlGroup.remove(record, containerExisted: true)
  }

  @Test func `a group that is there is used if it matches, and left`() throws {
    try fake.makeGroup("gold", schemata: "    MB:0=100\n    L3:0=0ff;1=7ff\n")
    let group = fake.group(settings(closID: "gold", ["L3:0=FF"]))
    var record = try group.plan()
    #expect(record.controlGroup == nil)
    try group.take(5, &record)
    #expect(try fake.read("/gold/tasks") == "5\n")
    #expect(try fake.read("/gold/schemata") == "    MB:0=100\n    L3:0=0ff;1=7ff\n")
    try ResctrlGroup.remove(record, containerExisted: true)
    try ResctrlGroup.remove(record, containerExisted: false)
    #expect(fake.has("/gold"))

    let other = fake.group(settings(closID: "gold", ["L3:0=f"]))
    record = try other.plan()
    let error = #expect(throws: RuntimeError.self) { try other.take(6, &record) }
    #expect(error?.code == .invalidConfig)
    #expect(error?.description.contains("L3:0 is ff there, not f") == true)
    #expect(try fake.read("/gold/tasks") == "5\n")
  }

  @Test func `a closID without schemata must be there`() throws {
    let error = #expect(throws: RuntimeError.self) { try fake.group(settings(closID: "gold")).plan() }
    #expect(error?.code == .invalidConfig)
    #expect(!fake.has("/gold"))
    try fake.makeGroup("gold")
    let group = fake.group(settings(closID: "gold"))
    var record = try group.plan()
    try group.take(5, &record)
    #expect(try fake.read("/gold/tasks") == "5\n")
  }

  @Test func `the slash is the root, and an empty closID is none`() throws {
    let group = fake.group(settings(closID: "/", monitoring: true))
    var record = try group.plan()
    #expect(record.controlGroup == nil && record.monitoringGroup == fake.root + "/mon_groups/web1")
    try group.makeMonitoringGroup(&record)
    try fake.addFiles("/mon_groups/web1")
    try group.add(9)
    #expect(try fake.read("/tasks") == "9\n")
    #expect(try fake.read("/mon_groups/web1/tasks") == "9\n")
    #expect(try fake.group(settings(closID: "")).plan().controlGroup == fake.root + "/web1")
  }

  @Test func `a group made for closID outlives the container, but not a failed create`() throws {
    let group = fake.group(settings(closID: "gold", ["MB:0=20"]))
    var record = try group.plan()
    #expect(record.controlGroup == fake.root + "/gold" && record.isShared)
    try group.makeControlGroup(&record)
    try ResctrlGroup.remove(record, containerExisted: true)
    #expect(fake.has("/gold"))
    try fake.addFiles("/gold")
    try group.add(5)
    try ResctrlGroup.remove(record, containerExisted: false)
    #expect(fake.has("/gold/tasks"), "another container is in it by now")
  }

  @Test func `a group that somebody else made meanwhile is theirs`() throws {
    let group = fake.group(settings(closID: "gold", ["MB:0=20"]))
    var record = try group.plan()
    try fake.makeGroup("gold")
    #expect(throws: RuntimeError.self) { try group.take(5, &record) }
    #expect(record.controlGroup == nil)
    try ResctrlGroup.remove(record, containerExisted: false)
    #expect(fake.has("/gold"))
  }

  @Test func `the monitoring group must be new, and goes with the container`() throws {
    let group = fake.group(settings(monitoring: true))
    var record = try group.plan()
    try group.makeControlGroup(&record)
    try fake.addFiles("/web1")
    #expect(record.monitoringGroup == fake.root + "/web1/mon_groups/web1")
    try group.makeMonitoringGroup(&record)
    var second = record
    #expect(throws: RuntimeError.self) { try group.makeMonitoringGroup(&second) }
    #expect(second.monitoringGroup == nil, "not to be removed by the one that failed")
    #expect(throws: RuntimeError.self) { try group.plan() }
    var onlyMonitoring = record
    onlyMonitoring.controlGroup = nil
    try ResctrlGroup.remove(onlyMonitoring, containerExisted: true)
    #expect(!fake.has("/web1/mon_groups/web1"))
    fake.removeFiles("/web1")
    try ResctrlGroup.remove(record, containerExisted: true)
    #expect(!fake.has("/web1"))
  }

  @Test func `a refusal carries the kernel's words`() throws {
    mkdir(fake.root + "/info", 0o755)
    let file = try Kernel.open(fake.root + "/info/last_cmd_status", flags: O_WRONLY | O_CREAT, mode: 0o644)
    try Kernel.writeAll(file.number, Array("Mask 1 has non-consecutive bits\n".utf8), name: "status")
    let group = fake.group(settings(["L3:0=5"]))
    var record = try group.plan()
    let error = #expect(throws: RuntimeError.self) { try group.take(5, &record) }
    #expect(error?.message == "Mask 1 has non-consecutive bits")
    #expect(error?.description.hasPrefix("config.json: /linux/intelRdt: ") == true)
    #expect(fake.has("/web1"))
    try ResctrlGroup.remove(record, containerExisted: false)
    #expect(!fake.has("/web1"))
  }

  @Test func `nothing configured is nothing done`() throws {
    try ResctrlGroup.remove(nil, containerExisted: true)
    try ResctrlGroup.remove(ResctrlRecord(), containerExisted: false)
  }

  // MARK: update

  private func schemata(_ l3: String?, _ bandwidth: String? = nil) -> IntelRdt {
    var settings = IntelRdt()
    (settings.l3CacheSchema, settings.memBwSchema) = (l3, bandwidth)
    return settings
  }

  private func update(_ settings: IntelRdt, _ record: ResctrlRecord?) throws -> ResctrlUpdate {
    try ResctrlUpdate(settings, containerID: "web1", record: record, root: fake.root)
  }

  @Test func `an update changes the container's own group, and can be taken back`() throws {
    let group = fake.group(settings(["L3:0=f"]))
    var record = try group.plan()
    try group.makeControlGroup(&record)
    try fake.addFiles("/web1", schemata: "    MB:0=100\n    L3:0=f\n")
    var update = try update(schemata("L3:0=3"), record)
    #expect(update.record == record)
    try update.perform([1])
    // An ordinary file is written over from its beginning.
    #expect(try fake.read("/web1/schemata").hasPrefix("L3:0=3\n"))
    #expect(try fake.read("/web1/tasks") == "", "its processes are there already")
    update.undo()
    #expect(try fake.read("/web1/schemata").hasPrefix("L3:0=f\n"))
    #expect(fake.has("/web1"))
  }

  @Test func `a group that was there before the container is not changed`() throws {
    try fake.makeGroup("gold", schemata: "    MB:0=100\n")
    let record = try fake.group(settings(closID: "gold")).plan()
    let error = #expect(throws: RuntimeError.self) { try update(schemata(nil, "MB:0=20"), record) }
    #expect(error?.code == .invalidState)
    #expect(error?.hint?.contains("\(fake.root)/gold/schemata") == true)
  }

  @Test func `a container without a group gets one, which a failure takes away`() throws {
    var update = try update(schemata(nil, "MB:0=20"), nil)
    #expect(update.record.controlGroup == fake.root + "/web1")
    #expect(!fake.has("/web1"), "it is written down before it is made")
    // The kernel would have made the file with the directory.
    #expect(throws: RuntimeError.self) { try update.perform([getpid()]) }
    #expect(fake.has("/web1"))
    update.undo()
    #expect(!fake.has("/web1"))
  }

  @Test func `a group of the container's name that has the schemata takes its threads in`() throws {
    try fake.makeGroup("web1", schemata: "    MB:0=20;1=100\n")
    var update = try update(schemata(nil, "MB:0=20"), ResctrlRecord())
    #expect(update.record.controlGroup == nil && update.record.path == fake.root + "/web1")
    try update.perform([getpid()])
    let last = try fake.read("/web1/tasks").split(separator: "\n").first.flatMap { Int32($0) }
    #expect(last.map { access("/proc/self/task/\($0)", F_OK) } == 0)
    update.undo()
    #expect(fake.has("/web1"), "it is somebody else's")
  }
}
