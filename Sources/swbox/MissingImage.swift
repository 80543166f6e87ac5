internal import ArgumentParser
internal import Containers
internal import Glibc
internal import ImageStore
internal import JSON
internal import LinuxKernel
internal import OCIImage
internal import RuntimeErrors

/// `--pull`: when an image that is to be used is brought from its registry.
enum PullChoice: String, ExpressibleByArgument, CaseIterable {
  case missing, always, never
}

/// Images that are used as soon as they are named.
///
/// They are brought by another process of this program, so that this one keeps its one thread.
struct MissingImage {
  let session: Session
  let choice: PullChoice
  /// `--tls-verify`
  let verifiesTLS: Bool?
  /// `--platform`
  let platform: Platform?

  /// Brings the image if that is wanted.
  ///
  /// - Parameters:
  ///   - text: What the person wrote for the image: only a name can be brought, an ID cannot.
  /// - Throws: `imageNotFound` if it is not there and could not be brought.
  func bring(_ text: String, in store: ImageStore) throws(RuntimeError) {
    guard choice != .never else { return }
    do throws(RuntimeError) {
      let image = try store.find(text)
      if let platform { _ = try store.contents(of: image, asked: platform) }
      if choice == .missing { return }
    } catch let error where error.code == .imageNotFound {
      guard (try? Reference(text)) != nil else { throw error }
      guard try pull(text) else { throw error.adding(context: "it could not be pulled, and") }
      return
    }
    guard try pull(text) else {
      throw RuntimeError(
        .imageNotFound, "\(quoted(text)) could not be pulled", hint: "--pull=missing takes what is there")
    }
  }

  private func pull(_ text: String) throws(RuntimeError) -> Bool {
    var words = ["--root", session.root, "--log-format", session.messages.format.rawValue, "pull"]
    if let verifiesTLS { words.append("--tls-verify=\(verifiesTLS)") }
    if let platform { words += ["--platform", platform.description] }
    var program = ChildProgram(
      path: "/proc/self/exe", arguments: ["swbox"] + OwnNamespace.words(words + ["--", text]),
      environment: Program.variables())
    // Standard output is the command's.
    program.streams = (0, 2, 2)
    let child = try program.start()
    close(child.descriptor)
    return try Kernel.wait(for: child.pid) == 0
  }
}
