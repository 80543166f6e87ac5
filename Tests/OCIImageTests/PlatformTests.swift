import OCIImage
import Testing

@Suite("an index of images for several platforms")
struct PlatformTests {
  private func entry(_ platform: String, features: [String]? = nil) -> ContentDescriptor {
    var entry = ContentDescriptor(mediaType: .manifest, digest: Digest(of: Array(platform.utf8)), size: 1)
    entry.platform = Platform(platform)
    entry.platform?.osFeatures = features
    return entry
  }

  private func best(_ platforms: String..., for wanted: String) throws -> String? {
    let wanted = try #require(Platform(wanted))
    return platforms.map { entry($0) }.best(for: wanted)?.platform?.description
  }

  @Test("gives the one that needs the least of the CPU")
  func variants() throws {
    #expect(try best("linux/amd64/v99", "linux/amd64", for: "linux/amd64") == "linux/amd64")
    #expect(try best("linux/amd64/v3", "linux/amd64/v1", for: "linux/amd64") == "linux/amd64/v1")
    #expect(try best("linux/arm64/v9", "linux/arm64/v8", for: "linux/arm64") == "linux/arm64/v8")
    #expect(try best("linux/amd64/v2", "linux/amd64/v3", for: "linux/amd64/v3") == "linux/amd64/v3")
    #expect(try best("linux/amd64/v2", "linux/amd64", for: "linux/amd64/v3") == "linux/amd64")
    #expect(try best("linux/amd64/v2", for: "linux/amd64") == "linux/amd64/v2")
    #expect(try best("linux/amd64/v2", "windows/amd64/v3", for: "linux/amd64/v3") == nil)
  }

  @Test("gives none that needs a feature of the system which is not there")
  func features() throws {
    let wanted = try #require(Platform("linux/amd64"))
    let special = entry("linux/amd64", features: ["special"])
    #expect([special].best(for: wanted) == nil)
    let common = entry("linux/amd64/v2", features: [])
    #expect([special, common].best(for: wanted) == common)
  }

  @Test(
    "is asked by platforms as people write them", arguments: ["linux", "linux/", "/amd64", "a/b/c/d", ""])
  func wrong(_ text: String) { #expect(Platform(text) == nil) }
}
