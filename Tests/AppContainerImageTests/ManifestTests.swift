import OCIImage
import RuntimeErrors
import Testing

@testable import AppContainerImage

@Suite("manifests of App Container Images")
struct ManifestTests {
  /// What is wrong with a manifest, as `pointer: problem`.
  private func faults(_ text: String) -> [String] {
    var faults = FaultList()
    let manifest = faults.document(AppImageManifest.self, Array(text.utf8), "aci.md")
    manifest?.check(&faults)
    return faults.faults.map { "\($0.place): \($0.problem)" }
  }

  /// A manifest with more in it.
  private func manifest(_ further: String) -> String {
    #"{"acKind": "ImageManifest", "acVersion": "0.8.11", "name": "example.com/app""#
      + (further.isEmpty ? "}" : ", \(further)}")
  }

  private func app(_ further: String) -> String {
    manifest(#""app": {"user": "0", "group": "0", "# + further + "}")
  }

  @Test("what follows the specification has no fault")
  func valid() {
    for text in [
      manifest(""),
      manifest(#""labels": [{"name": "os", "value": "linux"}, {"name": "arch", "value": "amd64"}]"#),
      app(#""exec": ["/bin/sh"], "ports": [{"name": "http", "protocol": "tcp", "port": 65535, "count": 1}]"#),
      app(
        #""isolators": [{"name": "resource/cpu", "value": {"limit": "500m"}}, {"name": "x", "value": [1]}]"#),
      manifest(#""pathWhitelist": ["/a", "/b/"], "dependencies": [{"imageName": "a.b/c", "size": 5}]"#),
      manifest(#""annotations": [{"name": "created", "value": "2014-10-27T19:32:27.67021798Z"}]"#),
    ] { #expect(faults(text).isEmpty, "\(text): \(faults(text))") }
  }

  @Test("each rule is told of at its place")
  func rules() {
    for (text, pointer) in [
      (#"{"acKind": "PodManifest", "acVersion": "0.8.11", "name": "a"}"#, "/acKind"),
      (#"{"acVersion": "0.8.11", "name": "a"}"#, "/acKind"),
      (#"{"acKind": "ImageManifest", "acVersion": "1.0.0", "name": "a"}"#, "/acVersion"),
      (#"{"acKind": "ImageManifest", "acVersion": "0.08.1", "name": "a"}"#, "/acVersion"),
      (#"{"acKind": "ImageManifest", "acVersion": "0.8.1", "name": "A"}"#, "/name"),
      (#"{"acKind": "ImageManifest", "acVersion": "0.8.1", "name": "a//b"}"#, "/name"),
      (manifest(#""labels": [{"name": "name", "value": "x"}]"#), "/labels/0/name"),
      (manifest(#""labels": [{"name": "a", "value": ""}, {"name": "a", "value": ""}]"#), "/labels/1/name"),
      (manifest(#""labels": [{"name": "os", "value": "plan9"}]"#), "/labels"),
      (manifest(#""labels": [{"name": "os", "value": "linux"}, {"name": "arch", "value": "x"}]"#), "/labels"),
      (manifest(#""labels": [{"name": "arch", "value": "amd64"}]"#), "/labels"),
      (manifest(#""app": {"user": "", "group": "0"}"#), "/app/user"),
      (manifest(#""app": {"user": "0"}"#), "/app/group"),
      (app(#""exec": [""]"#), "/app/exec/0"), (app(#""workingDirectory": "tmp""#), "/app/workingDirectory"),
      (app(#""environment": [{"name": "A B", "value": ""}]"#), "/app/environment/0/name"),
      (app(#""eventHandlers": [{"name": "later", "exec": ["x"]}]"#), "/app/eventHandlers/0/name"),
      (app(#""eventHandlers": [{"name": "pre-start", "exec": []}]"#), "/app/eventHandlers/0/exec"),
      (app(#""isolators": [{"name": "Bad", "value": 1}]"#), "/app/isolators/0/name"),
      (
        app(#""isolators": [{"name": "resource/cpu", "value": {"limit": 5}}]"#),
        "/app/isolators/0/value/limit"
      ),
      (
        app(#""isolators": [{"name": "os/linux/capabilities-retain-set", "value": {"set": ["x"]}}]"#),
        "/app/isolators/0/value/set/0"
      ),
      (app(#""mountPoints": [{"name": "a.b", "path": "/x"}]"#), "/app/mountPoints/0/name"),
      (app(#""mountPoints": [{"name": "a", "path": "/x/../y"}]"#), "/app/mountPoints/0/path"),
      (app(#""ports": [{"name": "a", "protocol": "tcp", "port": 0}]"#), "/app/ports/0/port"),
      (app(#""ports": [{"name": "a", "protocol": "tcp", "port": 65535, "count": 2}]"#), "/app/ports/0/count"),
      (app(#""ports": [{"name": "a", "protocol": "", "port": 1}]"#), "/app/ports/0/protocol"),
      (manifest(#""dependencies": [{"imageName": "a", "imageID": "sha512-1"}]"#), "/dependencies/0/imageID"),
      (manifest(#""dependencies": [{"imageName": "a", "size": -1}]"#), "/dependencies/0/size"),
      (manifest(#""pathWhitelist": ["etc"]"#), "/pathWhitelist/0"),
      (manifest(#""annotations": [{"name": "created", "value": "today"}]"#), "/annotations/0/value"),
      (manifest(#""annotations": [{"name": "homepage", "value": "ftp://x"}]"#), "/annotations/0/value"),
      (manifest(#""labels": 5"#), "/labels"),
    ] {
      let found = faults(text)
      #expect(found.count == 1 && found[0].hasPrefix("\(pointer): "), "\(text): \(found)")
    }
  }
}
