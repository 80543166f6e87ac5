import Foundation
import TestSupport
import Testing

@Suite("Images of a user without root", .enabled(if: geteuid() == 0 && UserBox.isPossible))
struct UserImageTests {
  @Test("have the owners that the image names, and no container changes them")
  func owners() throws {
    let user = try UserBox()
    try user.makeImage()
    let look = "id -u; stat -c '%u %g %a' /home/u/file; cat /home/u/file; cat /proc/self/uid_map"
    let lines = try user.script("users", script: look + "; rm -r /home/u; touch /made; rm /etc/group")
    #expect(lines.prefix(3) == ["0", "1000 1000 4755", "hello"])
    #expect(
      lines.suffix(2).map { $0.split(separator: " ") } == [
        ["0", "\(UserBox.id)", "1"], ["1", "\(UserBox.firstSubordinate)", "65536"],
      ])
    let again = try user.script(
      "users", "--user", "u", script: "id -u; id -g; echo x >/home/u/new; ls / /home/u")
    #expect(again.prefix(2) == ["1000", "1000"] && again.contains("new") && !again.contains("made"))
    var status = stat()
    let layer = try #require(File.names(in: user.store + "/layers").first)
    #expect(stat("\(user.store)/layers/\(layer)/home/u/file", &status) == 0)
    #expect(status.st_uid == UserBox.firstSubordinate + 999)
    #expect(stat("\(user.store)/layers/\(layer)/bin", &status) == 0 && status.st_uid == UserBox.id)
  }

  @Test("come from a registry and from archives, and are run at once")
  func transfer() throws {
    let user = try UserBox()
    let host = try RegistryHost.docker(in: user.box)
    try user.makeArchive("mknod home/null c 1 3")
    let name = "\(host.address)/team/users:1"
    try user.box.shell(
      """
      $SWBOX import --cmd sh users.tar users; $SWBOX save -o saved users; chmod 644 saved
      $SWBOX push --tls-verify=false users \(name)
      """)
    try user.swbox("pull", "--tls-verify=false", "--insecure-policy", name).succeeds()
    #expect(File.names(in: user.store + "/layers").count == 1)
    #expect(try user.script(name, script: "stat -c %u /home/u/file") == ["1000"])
    try user.swbox("rmi", name).succeeds()
    try File.makeDirectory(user.home + "/.config")
    try File.makeDirectory(user.home + "/.config/containers")
    try File.write(
      #"{"default": [{"type": "insecureAcceptAnything"}]}"#, to: user.home + "/.config/containers/policy.json"
    )
    try user.swbox("run", "--rm", "--tls-verify=false", name, "stat", "-c", "%u", "/home/u/file").succeeds()
    try user.swbox("load", "-i", user.box.directory + "/saved").succeeds()
    #expect(try user.swbox("images", "--format", "json").succeeds().output.contains("localhost/users:latest"))
    #expect(try user.script("users", script: "cat /home/u/file") == ["hello"])
    try user.swbox("export", "-o", "exported.tar", "users").succeeds()
    let listed = try user.box.shell("tar --numeric-owner -tvf home/exported.tar | grep home/u/file")
    #expect(listed.hasPrefix("-rwsr-xr-x 1000/1000"))
  }

  @Test("are made of containers: with owners, removed files and directories that hide others")
  func commit() throws {
    let user = try UserBox()
    try user.makeImage()
    try user.swbox(
      "run", "--name", "first", "users", "sh", "-c",
      "rm -r /home/u; mkdir /home/u; echo 1 >/home/u/one; rm /etc/group; mkdir /v; chown 7:8 /v"
    ).succeeds()
    #expect(
      try user.swbox("diff", "first").succeeds().lines.sorted() == [
        "A /home/u/one", "A /v", "C /etc", "C /home", "C /home/u", "D /etc/group", "D /home/u/file",
      ])
    try user.swbox("commit", "--change", #"CMD ["stat", "-c", "%u %g", "/v"]"#, "first", "second").succeeds()
    #expect(try user.swbox("run", "--rm", "second").succeeds().output == "7 8\n")
    #expect(try user.script("second", script: "ls /home/u; ls /etc/group || true") == ["one"])
    // A directory of the second layer is hidden as a whole, which overlayfs has to find when both lie below a third.
    try user.swbox(
      "run", "-d", "--name", "third", "second", "sh", "-c",
      "rm -r /home/u; mkdir /home/u; touch /home/u/two; exec sleep 1000"
    ).succeeds()
    #expect(try eventually { try user.swbox("exec", "third", "ls", "/home/u").output == "two\n" })
    let outcome = try user.swbox("commit", "third", "fourth").succeeds()
    #expect(outcome.errors.isEmpty || outcome.errors.contains("container third is taken while it runs on"))
    #expect(try user.script("fourth", script: "ls /home/u; stat -c %u /v") == ["two", "7"])
  }

  @Test("are built, each step upon the other")
  func build() throws {
    let user = try UserBox()
    try user.makeImage()
    try File.write(
      """
      steps:
        - image: users
        - run: mkdir /app; echo built >/app/file; chown 1000:5 /app/file; rm -r /home/u
        - write: {path: /app/more, content: "more"}
      config: {cmd: [sh, -c, "stat -c '%u %g' /app/file; cat /app/more; ls /home"]}
      """, to: user.home + "/build.yaml")
    for _ in 1...2 { try user.swbox("build", "-t", "built", "build.yaml").succeeds() }
    #expect(try user.swbox("run", "--rm", "built").succeeds().output == "1000 5\nmore")
  }

  @Test("are removed with the files of all users in them")
  func removal() throws {
    let user = try UserBox()
    try user.makeImage()
    try user.swbox("run", "users", "sh", "-c", "mkdir /d; touch /d/f; chown -R 1000:1000 /d; chmod 0 /d")
      .succeeds()
    try user.swbox("rmi", "users").succeeds()
    #expect(File.names(in: user.store + "/layers").count == 1)
    try user.swbox("gc").succeeds()
    #expect(File.names(in: user.store + "/layers").isEmpty)
    #expect(File.names(in: user.store + "/blobs/sha256").isEmpty)
    #expect(File.names(in: user.store + "/staging").isEmpty)
  }

  @Test("lack devices, which is told")
  func devices() throws {
    let user = try UserBox()
    try user.makeArchive("mknod home/null c 1 3; mknod home/disk b 7 0; mkfifo home/pipe")
    try user.swbox("import", "--cmd", "sh", user.box.directory + "/users.tar", "users").succeeds()
    let outcome = try user.swbox("run", "--rm", "users", "ls", "/home").succeeds()
    #expect(outcome.lines == ["pipe", "u"])
    for name in ["null", "disk"] { #expect(outcome.errors.contains("home/\(name)\": a device, which only")) }
    #expect(try user.swbox("run", "--rm", "users", "true").succeeds().errors.isEmpty)
  }

  @Test("are kept also where there can be no user namespace; what needs one says so")
  func noNamespace() throws {
    let user = try UserBox()
    try user.makeImage()
    func bound(_ arguments: String...) throws -> Outcome {
      try user.command(arguments, callers: ["setpriv", "--no-new-privs"]).run()
    }
    for words in [["ps"], ["run", "users", "true"]] {
      try user.command(words, callers: ["setpriv", "--no-new-privs"]).run().refuses(
        saying: "becoming root of a user namespace: newuidmap:", "set-user-ID bit")
    }
    try bound("save", "-o", "saved", "users").succeeds()
    try bound("load", "-i", "saved").succeeds()
    try bound("rmi", "users").succeeds()
    try bound("gc").succeeds()
    #expect(File.names(in: user.store + "/blobs/sha256").isEmpty)
  }

  @Test("are unpacked for --rootfs as before: all files are the user's")
  func unpacked() throws {
    let user = try UserBox()
    try user.makeImage()
    try user.swbox("unpack", "users", "tree").succeeds()
    var status = stat()
    #expect(stat(user.home + "/tree/home/u/file", &status) == 0)
    #expect(status.st_uid == UserBox.id && status.st_mode & 0o6000 == 0)
    let words = ["run", "--rm", "--ephemeral", "--rootfs", "tree", "--", "rm", "-r", "/home/u"]
    try user.command(words).run().succeeds()
    #expect(File.exists(user.home + "/tree/home/u/file"))
  }
}

@Suite("Images of a user without subordinate IDs", .enabled(if: geteuid() == 0 && UserBox.isPossible))
struct UserSingleIDTests {
  @Test("run if all their files are root's, and else it is told what is missing")
  func missing() throws {
    let user = try UserBox(subordinates: 0)
    try user.makeImage()
    try user.swbox("run", "--rm", "users", "true").refuses(
      saying: "home/u/", "the user namespace lacks the file's user or group", "package uidmap",
      "--add-subuids")
    #expect(File.names(in: user.store + "/staging").isEmpty)
    try user.box.shell(
      "mkdir t; tar -C t -xf users.tar; rm -r t/home; tar -C t -cf root.tar .; chmod 644 root.tar")
    try user.swbox("import", "--cmd", "sh", user.box.directory + "/root.tar", "plain").succeeds()
    #expect(try user.script("plain", script: "id -u; cut -c 1-32 /proc/self/uid_map").count == 2)
    try user.swbox("run", "--rm", "--user", "5", "plain", "true").refuses(
      saying: "--user: there is no user 5", "--add-subuids")
    // Ranges that come later are used once nothing runs any more.
    try user.swbox("run", "-d", "--name", "old", "plain", "sleep", "1000").succeeds()
    try user.give(subordinates: 65_536)
    try user.swbox("exec", "--user", "5", "old", "true").refuses(saying: "--user: there is no user 5")
    try user.swbox("rm", "--force", "old").succeeds()
    #expect(try user.script("users", script: "stat -c %u /home/u/file") == ["1000"])
  }
}
