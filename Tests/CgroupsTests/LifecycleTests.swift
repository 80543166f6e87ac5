import Glibc
import LinuxKernel
import OCIRuntimeSpec
import RuntimeErrors
import Testing

@testable import Cgroups

extension HostTests {
  @Suite("creating and removing", .serialized)
  struct LifecycleTests {
    @Test func `a container's cgroups are made in every hierarchy of v1 and removed again`() throws {
      let sandbox = try Sandbox()
      let manager = try sandbox.create()
      #expect(sandbox.remains().count == manager.record.directories.count)
      #expect(try !sandbox.read(.cpuset, "cpuset.cpus").isEmpty)
      #expect(try !sandbox.read(.cpuset, "cpuset.mems").isEmpty)
      try manager.remove()
      #expect(sandbox.remains() == [])
      try manager.remove()
    }

    @Test func `ancestors are made, and removed with the last container below them`() throws {
      let sandbox = try Sandbox()
      let first = try sandbox.create("/pod/one")
      let second = try sandbox.create("/pod/two")
      #expect(try !sandbox.read(.cpuset, "cpuset.cpus", below: "/pod").isEmpty)
      try first.remove()
      #expect(sandbox.remains("/pod/two").count == second.record.directories.count)
      // From the record alone, as after a crash.
      try second.record.makeManager().remove()
      #expect(sandbox.remains() == [])
    }

    @Test func `what was there before stays`() throws {
      let sandbox = try Sandbox()
      for directory in try sandbox.plan().directories { mkdir(directory.hostPath, 0o755) }
      for directory in try sandbox.plan("/inner").directories { mkdir(directory.hostPath, 0o755) }
      let shared = try sandbox.create("/inner")
      #expect(shared.record.isShared)
      try shared.remove()
      #expect(sandbox.remains("/inner").count == shared.record.directories.count)
      let below = try sandbox.create("/other")
      #expect(!below.record.isShared)
      try below.remove()
      #expect(sandbox.remains("/other") == [])
      #expect(sandbox.remains().count == shared.record.directories.count)
    }

    @Test func `a record cleans up after a create that stopped anywhere`() throws {
      let sandbox = try Sandbox()
      let record = try sandbox.plan("/a/b")
      try record.makeManager().remove()
      for count in record.directories.indices {
        for directory in record.directories[...count] {
          let parent = directory.mountPoint + sandbox.path
          mkdir(parent, 0o755)
          mkdir(parent + "/a", 0o755)
          // The leaf of the last is still missing, and no ancestor has its mark.
          if directory != record.directories[count] { mkdir(directory.hostPath, 0o755) }
        }
        try record.makeManager().remove()
        #expect(sandbox.remains() == [])
      }
    }

    @Test func `nested cgroups are removed, whatever they are called`() throws {
      let sandbox = try Sandbox()
      let manager = try sandbox.create()
      let top = sandbox.mountPoint(.memory) + sandbox.path
      #expect(
        mkdir(top + "/x", 0o755) == 0 && mkdir(top + "/x/y", 0o755) == 0 && mkdir(top + "/z", 0o755) == 0
      )
      let name = Array(top.utf8CString.dropLast()) + [47, -1, -2, 0]
      #expect(mkdir(name, 0o755) == 0)
      try manager.remove()
      #expect(sandbox.remains() == [])
    }

    @Test func `a deep tree needs few descriptors`() throws {
      let sandbox = try Sandbox()
      let manager = try sandbox.create()
      var path = sandbox.mountPoint(.freezer) + sandbox.path
      for _ in 0..<300 {
        path += "/d"
        try #require(mkdir(path, 0o755) == 0)
      }
      let top = try Kernel.open(sandbox.mountPoint(.freezer) + sandbox.path, flags: O_RDONLY)
      var numbers: Set<CInt> = []
      var count = 0
      try CgroupTree.walk(
        top.number,
        visit: { (directory) throws(RuntimeError) in
          numbers.insert(directory)
          count += 1
        }
      )
      #expect(count == 301 && numbers.count < 30)
      try manager.remove()
      #expect(sandbox.remains() == [])
    }

    @Test func `a frozen cgroup is refused, also a frozen ancestor`() throws {
      let sandbox = try Sandbox()
      let first = try sandbox.create()
      try first.freeze()
      let nested = try sandbox.plan("/nested").makeManager()
      #expect { try nested.create(nil) } throws: { ($0 as? RuntimeError)?.code == .invalidState }
      try first.thaw()
      try nested.remove()
      try first.remove()
      #expect(sandbox.remains() == [])
    }

    @Test func `removal names the processes that keep a cgroup`() throws {
      let sandbox = try Sandbox()
      let manager = try sandbox.create()
      let pid = try sandbox.sleeper()
      try Kernel.writeText("\(pid)", to: sandbox.mountPoint(.pids) + sandbox.path + "/cgroup.procs")
      #expect { try manager.remove() } throws: { ($0 as? RuntimeError)?.hint?.contains("\(pid)") == true }
      sandbox.end(pid)
      try manager.remove()
      #expect(sandbox.remains() == [])
    }

    @Test func `a relative path is below the runtime's own cgroup`() throws {
      let sandbox = try Sandbox()
      let record = try sandbox.layout.plan(path: nil, containerID: "swrun-test-\(getpid())", resources: nil)
      let own = OwnCgroups(try Kernel.readControl("/proc/self/cgroup"))
      for directory in record.directories {
        let hierarchy = try #require(
          sandbox.layout.hierarchies.first { $0.mountPoint == directory.mountPoint }
        )
        #expect(directory.path == (try own.path(in: hierarchy)) + "/swrun-test-\(getpid())")
        #expect(!directory.isShared)
      }
      let manager = try record.makeManager()
      defer { try? manager.remove() }
      try manager.create(nil)
      #expect(manager.mounts.contains { $0.name == "memory" && $0.options == "memory" })
      let membership = try manager.openMembership()
      let hasCgroup2 = record.directories.contains { $0.hierarchy == "cgroup2" }
      #expect((membership.cloneTarget >= 0) == hasCgroup2)
    }

    @Test func `creating and removing below one ancestor at once leaves nothing behind`() throws {
      let sandbox = try Sandbox()
      var threads: [pthread_t] = []
      final class Work {
        let sandbox: Sandbox
        let number: Int
        var errors: [String] = []
        init(_ sandbox: Sandbox, _ number: Int) { (self.sandbox, self.number) = (sandbox, number) }
      }
      let works = (0..<3).map { Work(sandbox, $0) }
      for work in works {
        var thread = pthread_t()
        pthread_create(
          &thread,
          nil,
          { argument in
            guard let argument else { return nil }
            let work = Unmanaged<Work>.fromOpaque(argument).takeUnretainedValue()
            for round in 0..<30 {
              do {
                let manager = try work.sandbox.create("/p/q/\(work.number)-\(round)")
                try manager.remove()
              } catch { work.errors.append("\(error)") }
            }
            return nil
          },
          Unmanaged.passUnretained(work).toOpaque()
        )
        threads.append(thread)
      }
      for thread in threads { pthread_join(thread, nil) }
      #expect(works.flatMap(\.errors) == [])
      #expect(sandbox.remains("/p") == [])
    }
  }
}
