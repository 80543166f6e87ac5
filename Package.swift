// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
  // Swift looks up generic types by name otherwise, each by a scan of all conformances in the program:
  // half of the user time of `run`.
  .unsafeFlags(["-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors"]),
  // Functions can be put in the order that they are used in.
  .unsafeFlags(["-Xfrontend", "-function-sections"]),
]

let package = Package(
  name: "swrun",
  products: [
    .executable(name: "swrun", targets: ["swrun"]),
    .executable(name: "swbox", targets: ["swbox"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
  ],
  targets: [
    // C: what Swift cannot import, and Debian's libraries.
    .target(name: "CLinux"),
    .target(name: "COneThread", cSettings: [.define("ONE_THREAD", to: "1", .when(configuration: .release))]),
    .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    .systemLibrary(name: "CCapability", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),

    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLZMA", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

    // Each module imports only those above it.
    .target(name: "JSON", swiftSettings: strict),
    .target(
      name: "RuntimeErrors",
      dependencies: ["JSON", .product(name: "SystemPackage", package: "swift-system")],
      swiftSettings: strict
    ),
    .target(
      name: "OCIRuntimeSpec",
      dependencies: ["JSON", "RuntimeErrors"],
      swiftSettings: strict
    ),
    .target(
      name: "LinuxKernel",
      dependencies: [
        "CLinux", "RuntimeErrors", .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "DBus",
      dependencies: ["LinuxKernel", "RuntimeErrors"],
      swiftSettings: strict
    ),
    .target(
      name: "Cgroups",
      dependencies: [
        "DBus", "JSON", "LinuxKernel", "OCIRuntimeSpec", "RuntimeErrors",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "ContainerStore",
      dependencies: [
        "Cgroups", "JSON", "LinuxKernel", "OCIRuntimeSpec", "RuntimeErrors",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "ContainerRuntime",
      dependencies: [
        "CCapability", "CSeccomp", "Cgroups", "ContainerStore", "JSON", "LinuxKernel",
        "OCIRuntimeSpec", "RuntimeErrors",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "swrun",
      dependencies: [
        "COneThread", "ContainerRuntime", "ContainerStore", "JSON", "LinuxKernel", "OCIRuntimeSpec",
        "RuntimeErrors",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),

    .target(
      name: "OCIImage",
      dependencies: ["JSON", "RuntimeErrors", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict
    ),
    .target(
      name: "ImageLayers",
      dependencies: [
        "CLZMA", "CZlib", "CZstd", "JSON", "LinuxKernel", "OCIImage", "RuntimeErrors",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "ImageStore",
      dependencies: [
        "ImageLayers", "JSON", "LinuxKernel", "OCIImage", "RuntimeErrors",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "AppContainerImage",
      dependencies: [
        "ImageLayers", "ImageStore", "JSON", "LinuxKernel", "OCIImage", "RuntimeErrors",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "Trust",
      dependencies: [
        "ImageStore", "LinuxKernel", "RuntimeErrors",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "Registry",
      dependencies: [
        "ImageLayers", "ImageStore", "JSON", "LinuxKernel", "OCIImage", "RuntimeErrors", "Trust",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "ContainerNetwork",
      dependencies: [
        "JSON", "LinuxKernel", "RuntimeErrors", .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "Containers",
      dependencies: [
        "ContainerNetwork", "ImageLayers", "ImageStore", "JSON", "LinuxKernel", "OCIImage", "OCIRuntimeSpec",
        "RuntimeErrors", .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),
    .target(
      name: "ImageBuild",
      dependencies: [
        "AppContainerImage", "CYAML", "ImageLayers", "ImageStore", "JSON", "LinuxKernel", "OCIImage",
        "RuntimeErrors", .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "swbox",
      dependencies: [
        "AppContainerImage", "Containers", "ImageBuild", "ImageLayers", "ImageStore", "JSON", "LinuxKernel",
        "OCIImage", "Registry", "RuntimeErrors", "Trust",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict
    ),

    // Support for tests that run the built program on bundles.
    .target(name: "CTestSupport", path: "Tests/CTestSupport"),
    .target(
      name: "TestSupport",
      dependencies: ["CLinux", "CTestSupport", "JSON", "OCIRuntimeSpec"],
      path: "Tests/TestSupport",
      swiftSettings: strict
    ),
    .testTarget(
      name: "SwrunTests",
      dependencies: ["CLinux", "OCIRuntimeSpec", "TestSupport"],
      swiftSettings: strict
    ),

    .testTarget(
      name: "CommandLineTests",
      dependencies: ["swrun", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: strict
    ),
    .testTarget(
      name: "OCIImageTests", dependencies: ["JSON", "OCIImage", "RuntimeErrors"], swiftSettings: strict),
    .testTarget(
      name: "ImageLayersTests",
      dependencies: ["ImageLayers", "LinuxKernel", "OCIImage", "RuntimeErrors"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "ImageBuildTests",
      dependencies: ["ImageBuild", "ImageLayers", "JSON", "LinuxKernel", "OCIImage", "RuntimeErrors"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "AppContainerImageTests",
      dependencies: ["AppContainerImage", "JSON", "RuntimeErrors"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "SwboxTests",
      dependencies: [
        "ImageLayers", "ImageStore", "JSON", "LinuxKernel", "OCIImage", "OCIRuntimeSpec", "RuntimeErrors",
        "TestSupport",
      ],
      exclude: ["odd-registry", "proxy"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "RegistryTests", dependencies: ["JSON", "OCIImage", "Registry", "RuntimeErrors"],
      swiftSettings: strict),
    .executableTarget(
      name: "network-tool", dependencies: ["ContainerNetwork", "JSON", "RuntimeErrors"],
      path: "Tests/NetworkTool",
      swiftSettings: strict),
    .testTarget(
      name: "ContainerNetworkTests",
      dependencies: ["ContainerNetwork", "OCIRuntimeSpec", "RuntimeErrors", "TestSupport", "network-tool"],
      swiftSettings: strict
    ),
    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
    .testTarget(
      name: "OCIRuntimeSpecTests",
      dependencies: ["JSON", "OCIRuntimeSpec", "RuntimeErrors"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "CgroupsTests",
      dependencies: ["Cgroups", "DBus", "LinuxKernel", "OCIRuntimeSpec", "RuntimeErrors"],
      swiftSettings: strict
    ),
    .testTarget(name: "DBusTests", dependencies: ["DBus", "RuntimeErrors"], swiftSettings: strict),
    .testTarget(
      name: "ContainerRuntimeTests",
      dependencies: ["ContainerRuntime", "ContainerStore", "LinuxKernel", "OCIRuntimeSpec", "RuntimeErrors"],
      swiftSettings: strict
    ),
  ]
)
