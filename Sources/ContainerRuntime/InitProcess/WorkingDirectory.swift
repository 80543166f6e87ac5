internal import LinuxKernel
internal import OCIRuntimeSpec
internal import RuntimeErrors
internal import SystemPackage

extension InitProcess {
  /// Makes `process.cwd` if it is missing, while the root filesystem can be written to.
  func makeWorkingDirectory() throws(RuntimeError) {
    guard let cwd = plan.config.process?.cwd, cwd != "/" else { return }
    do {
      _ = try tree.rootfs.makeDirectory(cwd)
    } catch let error where error.errno == .notDirectory || error.errno == .readOnlyFileSystem {
      // Entering it will say what is wrong.
    } catch {
      throw error.adding(context: "config.json: /process/cwd: \"\(cwd)\"")
    }
  }
}
