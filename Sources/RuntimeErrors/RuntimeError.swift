public import SystemPackage

/// The one error of the project: a closed code that callers branch on, a message, the context
/// gathered on the way up, the failed system call, and a hint for the person who reads it.
public struct RuntimeError: Error, Sendable {
  /// What kind of failure this is; callers branch on it, people read the message.
  public enum Code: String, Sendable, CaseIterable {
    /// A flag, argument or container ID on the command line is wrong.
    case invalidArgument
    /// The bundle or its config.json cannot be read.
    case invalidBundle
    /// config.json breaks the runtime specification.
    case invalidConfig
    /// The configuration asks for something this kernel or this build does not have.
    case unsupported
    /// No container has this ID.
    case containerNotFound
    /// A container with this ID exists already.
    case containerExists
    /// The container is not in a state that allows the operation.
    case invalidState
    /// The container's init process is gone.
    case notRunning
    /// The program to run does not exist in the container.
    case commandNotFound
    /// The program to run cannot be executed.
    case commandNotExecutable
    /// A hook failed or ran into its timeout.
    case hookFailed
    /// A file of the state directory is damaged.
    case damagedState
    /// The container's file system tries to lead the runtime outside of it.
    case hostileRootfs
    /// A system call failed for a reason outside of the runtime.
    case systemCall
    /// A signal asked the runtime to stop.
    case interrupted
    /// The init process ended or spoke out of turn.
    case initProcessFailed
    /// Another program did not answer in time.
    case timedOut
    /// CRIU could not save or restore a container.
    case criuFailed
    /// No image has this name.
    case imageNotFound
    /// An image, or an archive of images, breaks the image specification.
    case invalidImage
    /// A layer is damaged, or tries to lead the unpacker outside of its directory.
    case hostileLayer
    /// A build file cannot be read, or has a key or value that means nothing.
    case invalidBuildFile
    /// A step of a build failed.
    case stepFailed
    /// What has to be signed by a trusted key is not, or nothing says whose signature would do.
    case notTrusted
    /// A registry cannot be reached, or broke off for good.
    case registryUnreachable
    /// A registry refused a request, or wants another user or password.
    case registryRefused
    /// A registry answered what no registry may.
    case invalidAnswer
  }

  /// The system call that failed, with what it was called on.
  public struct SystemCall: Sendable, Equatable {
    /// The name as in its manual page, such as `mount_setattr`.
    public var name: String
    /// The path or object it was called on, if that says more than the context.
    public var subject: String?
    /// What the kernel answered.
    public var errno: Errno

    /// Describes a failed call of `name` on `subject`.
    public init(name: String, subject: String? = nil, errno: Errno) {
      self.name = name
      self.subject = subject
      self.errno = errno
    }
  }

  /// What callers branch on.
  public var code: Code
  /// One sentence, or empty if the system call says all.
  public var message: String
  /// What was being done, outermost first: `["create web1", "mounting /proc"]`.
  public var context: [String]
  /// What the kernel refused, if that is the cause.
  public var systemCall: SystemCall?
  /// What the reader can do about it.
  public var hint: String?

  /// An error that the runtime itself found.
  ///
  /// - Parameters:
  ///   - code: What callers branch on.
  ///   - message: One sentence without a full stop, naming the place.
  ///   - hint: What the reader can do about it, if that isn't plain from the message.
  public init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.context = []
    self.hint = hint
  }

  /// An error that the kernel reported.
  ///
  /// - Parameters:
  ///   - name: The system call, as in its manual page.
  ///   - subject: What it was called on, such as a path.
  ///   - errno: The kernel's answer.
  public init(systemCall name: String, _ subject: String? = nil, errno: Errno) {
    self.code = .systemCall
    self.message = ""
    self.context = []
    self.systemCall = SystemCall(name: name, subject: subject, errno: errno)
  }

  /// The kernel's answer, if a system call is the cause.
  public var errno: Errno? { systemCall?.errno }

  /// The same error with `step` as the outermost context.
  public func adding(context step: String) -> RuntimeError {
    var copy = self
    copy.context.insert(step, at: 0)
    return copy
  }

  /// The same error with the file's name before a JSON pointer that it begins with.
  public func pointing(into file: String) -> RuntimeError {
    var copy = self
    if let first = context.first {
      if first.utf8.first == UInt8(ascii: "/") { copy.context[0] = "\(file): \(first)" }
    } else if message.utf8.first == UInt8(ascii: "/") {
      copy.message = "\(file): \(message)"
    }
    return copy
  }

  /// The same error with another name for a place, where a step or the message begins with it: `config.json`, or
  /// a JSON pointer.
  public func renaming(_ place: String, to name: String) -> RuntimeError {
    func renamed(_ text: String) -> String {
      guard text.hasPrefix(place) else { return text }
      let rest = text.dropFirst(place.count)
      return rest.isEmpty || rest.hasPrefix(":") || rest.hasPrefix(" ") ? name + rest : text
    }
    var copy = self
    copy.context = context.map(renamed)
    copy.message = renamed(message)
    return copy
  }

  /// The same error with a hint, unless it has one.
  public func hinting(_ hint: String) -> RuntimeError {
    var copy = self
    copy.hint = copy.hint ?? hint
    return copy
  }

  /// The same error under another code: what the kernel's answer means at this place.
  public func coded(_ code: Code) -> RuntimeError {
    var copy = self
    copy.code = code
    return copy
  }
}

extension RuntimeError: CustomStringConvertible {
  /// `create web1: mounting /proc: mount(2) proc: Operation not permitted (EPERM)`
  public var description: String {
    var parts = context
    if !message.isEmpty { parts.append(message) }
    if let systemCall { parts.append(systemCall.description) }
    return parts.joined(separator: ": ")
  }
}

extension RuntimeError.SystemCall: CustomStringConvertible {
  /// `mount(2) proc: Operation not permitted (EPERM)`
  public var description: String {
    // A person's path may have a line feed in it; the lines of a message are the program's own.
    let lines = subject?.split(separator: "\n", omittingEmptySubsequences: false)
    let call = "\(name)(2)" + (lines.map { " " + $0.joined(separator: "\\u{a}") } ?? "")
    return "\(call): \(errno.text)"
  }
}

/// Runs `body`; an error that it throws gets `step` as context.
///
/// - Parameters:
///   - step: What is being done, such as `mounting /proc`. Evaluated only when it failed.
///   - body: The work.
/// - Returns: What `body` returns.
@inline(__always)
public func during<Result: ~Copyable>(
  _ step: @autoclosure () -> String,
  _ body: () throws(RuntimeError) -> Result
) throws(RuntimeError) -> Result {
  do {
    return try body()
  } catch {
    throw error.adding(context: step())
  }
}
