import Foundation
import TestSupport
import Testing

@Suite("signature policies", .serialized)
struct SignatureTests {
  let box: Box
  let host: RegistryHost
  var image: String { "\(host.address)/team/one:1" }

  init() throws {
    box = try Box()
    host = try RegistryHost.docker(in: box)
    try box.shell("mkdir -p .config/containers/registries.d sigs; mkdir -m 700 gpg; ln -s gpg .gnupg")
    try File.write(
      "default-docker:\n  lookaside: file://\(box.directory)/sigs  # here\n  lookaside-staging: file://\(box.directory)/sigs\n",
      to: box.directory + "/.config/containers/registries.d/default.yaml")
    try box.shell(
      """
      mkdir tree; echo x >tree/x; tar -C tree -c . | $SWBOX import - \(image); $SWBOX save -o one.tar \(image)
      for user in alice mallory; do
        gpg --batch --quiet --passphrase '' --quick-gen-key $user@example.com rsa2048 sign 2d 2>/dev/null
        gpg --armor --export $user@example.com >$user.asc
      done
      skopeo copy -q --dest-tls-verify=false --sign-by alice@example.com oci-archive:one.tar docker://\(image) >/dev/null
      gpgconf --kill gpg-agent
      """)
  }

  private func policy(_ requirement: String, scope: String? = nil) throws {
    let rejected = "\"default\":[{\"type\":\"reject\"}]"
    let text =
      scope.map { "{\(rejected),\"transports\":{\"docker\":{\"\($0)\":[\(requirement)]}}}" }
      ?? "{\"default\":[\(requirement)]}"
    try File.write(text, to: box.directory + "/.config/containers/policy.json")
  }

  private func signedBy(_ user: String, _ more: String = "") -> String {
    "{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyPath\":\"\(box.directory)/\(user).asc\"\(more)}"
  }

  private func pull(_ name: String? = nil) throws -> Outcome {
    try box.run("pull", "--tls-verify=false", name ?? image, root: box.directory + "/other")
  }

  @Test("what skopeo has signed with a trusted key is taken, and all else is refused")
  func signed() throws {
    try policy(signedBy("alice"))
    try pull().succeeds()
    try policy(signedBy("alice"), scope: host.address)
    try pull().succeeds()
    try policy(signedBy("alice"), scope: "\(host.address)/team")
    try pull().succeeds()
    try policy(signedBy("alice"), scope: "\(host.address)/tea")
    try pull().refuses(saying: "is rejected by", "/default")
    try policy(signedBy("mallory"))
    try pull().refuses(saying: "is not signed as", "which is not trusted for this name")
    try policy("{\"type\":\"reject\"}")
    try pull().refuses(saying: "is rejected by")
    try policy(signedBy("alice") + "," + signedBy("mallory"))
    try pull().refuses(saying: "is not signed as")
    // The signature is for another name.
    try box.shell(
      "skopeo --insecure-policy copy -q --dest-tls-verify=false oci-archive:one.tar docker://\(host.address)/team/two:1"
    )
    try policy(signedBy("alice"))
    try pull("\(host.address)/team/two:1").refuses(saying: "has no signature")
    try box.shell("cp -r sigs/team/one@* sigs/team/two@$(ls sigs/team | sed s/.*@//)")
    try pull("\(host.address)/team/two:1").refuses(saying: "is for the name \(image)")
    try policy(
      signedBy("alice", ",\"signedIdentity\":{\"type\":\"exactReference\",\"dockerReference\":\"\(image)\"}"))
    try pull("\(host.address)/team/two:1").succeeds()
    try policy(signedBy("alice", ",\"signedIdentity\":{\"type\":\"matchRepository\"}"))
    try pull("\(host.address)/team/two:1").refuses(saying: "is for the name")
    let digest = try box.image(image, "digest")
    try policy(signedBy("alice"))
    try pull("\(host.address)/team/one@\(digest)").succeeds()
  }

  @Test("signatures that were changed, cut, or made for another manifest are refused")
  func damaged() throws {
    try policy(signedBy("alice"))
    let signature = try box.shell("ls sigs/team/one@*/signature-1").dropLast()
    let file = "\(box.directory)/\(signature)"
    try box.shell("cp \(file) good")
    try box.shell("head -c 200 good >\(file)")
    try pull().refuses(saying: "is not signed as")
    try box.shell("echo no signature >\(file)")
    try pull().refuses(saying: "it is no OpenPGP signature")
    try box.shell(
      "gpg --batch --yes --output payload --decrypt good 2>/dev/null; gpg --store -o \(file) --yes payload")
    try pull().refuses(saying: "no single good signature")
    try box.shell(
      """
      sed "s/sha256:[0-7]/sha256:8/;t;s/sha256:./sha256:0/" payload >forged; gpg --batch --yes -u alice@example.com -o \(file) --sign forged
      gpgconf --kill gpg-agent
      """)
    try pull().refuses(saying: "signature-1: is for sha256:")
    // A good one behind a bad one is found.
    try box.shell("cp good \(file.dropLast())2")
    try pull().succeeds()
  }

  @Test("a policy that is missing, unknown in any part, or asks for what cannot be checked lets nothing in")
  func closed() throws {
    let path = box.directory + "/.config/containers/policy.json"
    let cases = [
      ("{}", "/default"), ("{\"default\":[]}", "is empty"),
      ("{\"default\":[{\"type\":\"new\"}]}", "is not known"),
      ("{\"default\":[{\"type\":\"reject\"}],\"x\":1}", "/x: is not known"), ("[", "line 1"),
      ("{\"default\":[{\"type\":\"insecureAcceptAnything\",\"unless\":1}]}", "/unless"),
      (
        "{\"default\":[{\"type\":\"sigstoreSigned\",\"keyPath\":\"/k\"}]}",
        "signatures of sigstore cannot be checked"
      ),
      ("{\"default\":[{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\"}]}", "exactly one of keyPath"),
      ("{\"default\":[{\"type\":\"signedBy\",\"keyType\":\"X\",\"keyData\":\"\"}]}", "/keyType"),
      (
        "{\"default\":[{\"type\":\"signedBy\",\"keyType\":\"GPGKeys\",\"keyPath\":\"/none\"}]}",
        "/none is not there"
      ),
    ]
    for (text, message) in cases {
      try File.write(text, to: path)
      try pull().refuses(saying: message)
    }
    try box.run(
      "pull", "--tls-verify=false", "--signature-policy", box.directory + "/none", image,
      root: box.directory + "/other"
    ).refuses(saying: "nothing says whose images", "insecureAcceptAnything")
    try policy(signedBy("alice"))
    let folder = box.directory + "/.config/containers/registries.d"
    try File.write("docker:\n  - list\n", to: folder + "/x.yaml")
    try pull().refuses(saying: "x.yaml:2")
    try File.write("docker:\n  \(host.address):\n    lookaside: file:///none\n", to: folder + "/x.yaml")
    try pull().refuses(saying: "/none/team/one@sha256=", "has no signature")
    #expect(try box.images(root: box.directory + "/other").isEmpty)
    try box.run(
      "pull", "--tls-verify=false", "--insecure-policy", image, root: box.directory + "/other"
    ).succeeds()
  }

  @Test("keys are trusted by prefix, listed and removed, and nothing that is no key is taken")
  func trust() throws {
    let alice = try box.run("trust", "add", "--prefix", "example.com/team/", "alice.asc").succeeds().output
    let fingerprint = String(alice.prefix { $0 != " " })
    #expect(fingerprint.count == 40 && alice.contains("alice@example.com, for names below example.com/team"))
    try box.run("trust", "add", "mallory.asc").succeeds()
    let list = try box.run("trust", "list").succeeds().lines
    #expect(list.count == 3 && list[1].hasPrefix("(all) ") && list[2].contains(fingerprint))
    try box.run("trust", "rm", fingerprint).refuses(saying: "is trusted for all names")
    try box.run("trust", "rm", "--prefix", "example.com/team", String(fingerprint.suffix(16))).succeeds()
    #expect(try box.run("trust", "list", "--format", "json").succeeds().output.contains("mallory"))
    try box.run("trust", "add", "one.tar").refuses(saying: "there is no OpenPGP public key in it")
    try box.run("trust", "add", "--prefix", "../x", "alice.asc").refuses(saying: "--prefix")
    try box.run("trust", "rm", "ABCD").refuses(saying: "fewer than 16 digits")
    #expect(File.names(in: box.root + "/staging").isEmpty)
  }
}
