internal import Glibc
internal import RuntimeErrors

/// What CRIU is told of the processes to save or to bring back. Numbers of fields: criu's images/rpc.proto
struct CriuOptions {
  /// Descriptors that CRIU has under the same numbers.
  var imageDirectory: CInt
  var workDirectory: CInt
  /// A name in the work directory.
  var logFile: String
  /// The container's first process, to save.
  var pid: Int32?
  /// The root filesystem's mount, to restore in.
  var root: String?
  var settings = CheckpointSettings()
  var leavesRunning = false
  /// A directory of an earlier `pre-dump`, relative to the image directory.
  var parentImages: String?
  var tracksMemory = false
  /// Where memory is sent, or served.
  var pageServer: PageServer?
  /// The freezer's directory, so that nothing runs while CRIU looks at it.
  var freezerCgroup: String?
  /// `mnt[A]:B`, `net[A]:B`, `file[A]`: what is the host's, and not saved.
  var external: [String] = []
  /// What the restored processes get from here instead.
  var inherited: [Inherited] = []
  /// Namespaces to join in place of those that were saved.
  var joined: [Joined] = []
  /// Hierarchies whose cgroups are saved, as /proc/PID/cgroup names them; all if empty.
  var savedHierarchies: [String] = []
  /// The container's cgroups, where they were others when it was saved.
  var cgroupRoots: [CgroupRoot] = []
  /// Whether the restored process becomes a child of this process.
  var restoresChild = false
  var lsmProfile: String?
  var lsmMountContext: String?
  /// Further options, which overrule these. criu(8)
  var configFile: String?

  /// An open file under the name that it had when the container was saved.
  struct Inherited: Equatable {
    var name: String
    var descriptor: CInt
  }

  /// A namespace of another process.
  struct Joined: Equatable {
    /// `ipc`, `uts` or `time`.
    var type: String
    var path: String
  }

  /// A controller's cgroup.
  struct CgroupRoot: Equatable {
    /// Absent on cgroup2, and then also for controllers that have none of their own.
    var controller: String?
    var path: String
  }

  /// CLONE_NEWNET: the network is the caller's to make, by hooks.
  private static let emptyNetwork: UInt32 = 0x4000_0000
  /// Everything that helps to find a fault.
  private static let logLevel: Int32 = 4

  /// `criu_opts`
  func write(to writer: inout WireWriter) {
    writer.put(1, imageDirectory)
    if let pid { writer.put(2, pid) }
    writer.put(3, leavesRunning)
    writer.put(4, settings.externalUnixSockets)
    writer.put(5, settings.tcpEstablished)
    writer.put(6, restoresChild)
    writer.put(7, settings.shellJob)
    writer.put(8, settings.fileLocks)
    writer.put(9, CriuOptions.logLevel)
    writer.put(10, logFile)
    if let pageServer {
      writer.put(11) { server in
        server.put(1, pageServer.address)
        server.put(2, Int32(pageServer.port))
      }
    }
    writer.put(12, true)
    writer.put(13, root)
    writer.put(14, parentImages)
    writer.put(15, tracksMemory)
    writer.put(16, settings.autoDedup)
    writer.put(17, workDirectory)
    writer.put(18, settings.linkRemap)
    for root in cgroupRoots {
      writer.put(25) { entry in
        entry.put(1, root.controller)
        entry.put(2, root.path)
      }
    }
    if restoresChild { writer.put(26, true) }
    for file in inherited {
      writer.put(27) { entry in
        entry.put(1, file.name)
        entry.put(2, file.descriptor)
      }
    }
    writer.put(34, settings.cgroupsMode.number)
    for name in external { writer.put(37, name) }
    writer.put(38, CriuOptions.emptyNetwork)
    for namespace in joined {
      writer.put(39) { entry in
        entry.put(1, namespace.type)
        entry.put(2, namespace.path)
      }
    }
    for name in savedHierarchies { writer.put(43, name) }
    writer.put(44, freezerCgroup)
    writer.put(46, settings.tcpSkipInFlight)
    writer.put(48, settings.lazyPages)
    writer.put(50, true)
    writer.put(51, configFile)
    writer.put(53, lsmProfile)
    writer.put(63, lsmMountContext)
  }
}

extension CgroupsMode {
  /// `criu_cg_mode`
  fileprivate var number: Int32 {
    switch self {
    case .ignore: 0
    case .soft: 3
    case .full: 4
    case .strict: 5
    }
  }
}

/// What CRIU can be asked. `criu_req_type`
enum CriuRequest: Int32 {
  case dump = 1
  case restore = 2
  case preDump = 4
  case notify = 6
  case features = 9
  case version = 10

  /// The message.
  func message(_ options: CriuOptions? = nil) -> [UInt8] {
    var writer = WireWriter()
    writer.put(1, rawValue)
    if let options { writer.put(2) { options.write(to: &$0) } }
    // Questions come before the work, on the same line.
    if self == .version || self == .features { writer.put(4, true) }
    if self == .features {
      writer.put(5) { features in
        features.put(1, true)
        features.put(2, true)
      }
    }
    return writer.bytes
  }

  /// The answer to a notification.
  static func notified(success: Bool) -> [UInt8] {
    var writer = WireWriter()
    writer.put(1, CriuRequest.notify.rawValue)
    writer.put(3, success)
    return writer.bytes
  }
}

/// What CRIU answers. `criu_resp`
struct CriuResponse: Equatable {
  /// What was asked; nil for kinds that nobody here asks for.
  var kind: CriuRequest?
  var success = false
  /// An event at which CRIU waits, such as `setup-namespaces`.
  var event = ""
  /// The first process, with some events.
  var pid: Int32 = 0
  /// The cause of a failure, where CRIU knows one.
  var errno: Int32 = 0
  var tracksMemory = false
  var hasLazyPages = false
  /// 40101 for 4.1.1
  var version: Int32 = 0

  /// Reads a message.
  init(_ bytes: [UInt8]) throws(RuntimeError) {
    var reader = WireReader(bytes[...])
    while let (field, value) = try reader.next() {
      switch field {
      case 1: kind = CriuRequest(rawValue: value.int32)
      case 2: success = value.bool
      case 4: for (field, value) in try CriuResponse.fields(of: value) where field == 1 { pid = value.int32 }
      case 5:
        for (field, value) in try CriuResponse.fields(of: value) {
          if field == 1 { event = value.text }
          if field == 2 { pid = value.int32 }
        }
      case 7: errno = value.int32
      case 8:
        for (field, value) in try CriuResponse.fields(of: value) {
          if field == 1 { tracksMemory = value.bool }
          if field == 2 { hasLazyPages = value.bool }
        }
      case 10: try readVersion(value)
      default: break
      }
    }
  }

  private mutating func readVersion(_ value: WireReader.Value) throws(RuntimeError) {
    for (field, number) in try CriuResponse.fields(of: value) {
      switch field {
      case 1: version &+= number.int32 &* 10_000
      case 2: version &+= number.int32 &* 100
      case 4: version &+= number.int32
      default: break
      }
    }
  }

  private static func fields(
    of message: WireReader.Value
  ) throws(RuntimeError) -> [(field: Int, value: WireReader.Value)] {
    var reader = WireReader(message.nested)
    var fields: [(Int, WireReader.Value)] = []
    while let field = try reader.next() { fields.append(field) }
    return fields
  }
}
