import Foundation
import JSON
import OCIRuntimeSpec
import RuntimeErrors
import Testing

/// The files of `spec-fixtures/<folder>` with the extension `json`.
private func fixtures(_ folder: String) throws -> [URL] {
  let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "../../spec-fixtures/\(folder)"
  )
  let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
  return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
}

@Suite("Fixtures")
struct FixtureTests {
  @Test("good configurations are accepted without a word, and survive being written and read")
  func good() throws {
    let files = try fixtures("good")
    #expect(files.count >= 8)
    for file in files {
      let bytes = [UInt8](try Data(contentsOf: file))
      do {
        let config = try Config.load(from: bytes) { Issue.record("\(file.lastPathComponent): \($0)") }
        let again = try Config.load(from: JSONWriter(style: .tabs).encode(config))
        #expect(again == config, "\(file.lastPathComponent)")
      } catch {
        Issue.record("\(file.lastPathComponent): \(error)")
      }
    }
  }

  @Test("bad configurations are refused with exactly the expected diagnostics")
  func bad() throws {
    let files = try fixtures("bad")
    #expect(files.count >= 120)
    for file in files {
      let bytes = [UInt8](try Data(contentsOf: file))
      let expected = try String(
        contentsOf: file.deletingPathExtension().appendingPathExtension("expected"),
        encoding: .utf8
      )
      do {
        _ = try Config.load(from: bytes)
        Issue.record("\(file.lastPathComponent) was accepted")
      } catch {
        #expect(error.code == .invalidConfig)
        #expect(error.message + "\n" == expected, "\(file.lastPathComponent)")
      }
    }
  }
}
