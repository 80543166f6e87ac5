internal import JSON

/// What the kernel takes, without the terminating NUL.
enum KernelLimits {
  /// PATH_MAX, path_resolution(7).
  static let path = 4095
  /// NAME_MAX.
  static let pathComponent = 255
  /// MAX_ARG_STRLEN, execve(2).
  static let argument = 131_071
  /// IFNAMSIZ, netdevice(7).
  static let interfaceName = 15
  /// user_namespaces(7).
  static let mappingLines = 340
}

extension Report {
  /// Records a fault unless `path` is one that the kernel could look up.
  mutating func requirePath(_ path: String, _ pointer: @autoclosure () -> String) {
    let bytes = path.utf8
    if bytes.isEmpty {
      fault(pointer(), "is empty")
    } else if bytes.count > KernelLimits.path {
      fault(pointer(), "is \(bytes.count) bytes long, a path may have \(KernelLimits.path)")
    } else if let long = Self.overlongComponent(path) {
      fault(
        pointer(),
        "has the component \(quoted(long)) of \(long.utf8.count) bytes, a name may have \(KernelLimits.pathComponent)"
      )
    }
  }

  /// Records a fault unless `path` is one that the kernel could look up, and absolute.
  mutating func requireAbsolutePath(_ path: String, _ pointer: @autoclosure () -> String) {
    if !path.isEmpty && path.utf8.first != UInt8(ascii: "/") {
      fault(pointer(), "\(quoted(path)) is not an absolute path")
    } else {
      requirePath(path, pointer())
    }
  }

  private static func overlongComponent(_ path: String) -> String? {
    guard path.utf8.count > KernelLimits.pathComponent else { return nil }
    return path.split(separator: "/").first { $0.utf8.count > KernelLimits.pathComponent }.map(String.init)
  }

  /// Arguments and environment of a program. Spec: config.md#process
  mutating func requireArguments(_ arguments: [String], environment: [String], _ pointer: String) {
    for (index, argument) in arguments.enumerated() where argument.utf8.count > KernelLimits.argument {
      fault("\(pointer)/args/\(index)", "is longer than the \(KernelLimits.argument) bytes of an argument")
    }
    for (index, variable) in environment.enumerated() {
      let place = "\(pointer)/env/\(index)"
      if variable.utf8.count > KernelLimits.argument {
        fault(place, "is longer than the \(KernelLimits.argument) bytes of a variable")
      }
      switch variable.utf8.firstIndex(of: UInt8(ascii: "=")) {
      case nil: warning(place, "\(quoted(variable)) is not of the form NAME=value")
      case variable.utf8.startIndex: fault(place, "\(quoted(variable)) is a variable without a name")
      default: break
      }
    }
  }
}
