import OCIImage
import Testing

@testable import ImageBuild

@Suite("what the cache knows a step by")
struct StepFilesTests {
  @Test("files whose names are no text are told from those whose names look like their bytes")
  func names() {
    func key(_ name: [UInt8]) -> String {
      StepFiles(files: [StepFile([name], content: [], mode: 0o644)]).digest.text
    }
    #expect(key([0xff]) != key(Array("ff".utf8)))
    #expect(key([0xff, 0xfe]) != key(Array("ff,fe".utf8)))
  }
}
