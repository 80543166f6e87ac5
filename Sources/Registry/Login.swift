public import RuntimeErrors

/// Who a person is to registries, kept where other tools for containers find it, too.
public enum Login {
  /// Asks the registry whether it lets a person in, and keeps the password if it does.
  ///
  /// - Parameters:
  ///   - registry: `registry.example:5000`
  ///   - options: With the credentials.
  /// - Returns: Where they are kept: a file, or a program.
  public static func add(_ registry: String, _ options: RegistryOptions) throws(RuntimeError) -> String {
    guard let credentials = options.credentials else {
      throw RuntimeError(.invalidArgument, "there is no user to log in")
    }
    try check(registry, options)
    let path = AuthFile.primaryPath(options.authFile)
    if let helper = try AuthFile(path).helper(for: registry) {
      try helper.store(credentials, for: registry)
      return helper.program
    }
    var entry = AuthFile.Entry()
    entry.auth = Base64.encode("\(credentials.user):\(credentials.password)")
    _ = try AuthFile.change(path, registry: registry, to: entry)
    return path
  }

  /// Forgets the password for a registry.
  ///
  /// - Returns: Whether there was one.
  public static func remove(_ registry: String, authFile: String?) throws(RuntimeError) -> Bool {
    let path = AuthFile.primaryPath(authFile)
    if let helper = try AuthFile(path).helper(for: registry) {
      let isKnown = try helper.credentials(for: registry) != nil
      if isKnown { try helper.erase(registry) }
      return isKnown
    }
    guard try AuthFile(path).registries.contains(registry) else { return false }
    return try AuthFile.change(path, registry: registry, to: nil)
  }

  /// Forgets all passwords of the file.
  public static func removeAll(authFile: String?) throws(RuntimeError) {
    try AuthFile.clear(AuthFile.primaryPath(authFile))
  }

  /// Who is logged in; nil if nobody is.
  public static func user(of registry: String, authFile: String?) throws(RuntimeError) -> String? {
    let helpers = try RegistriesConf.load().credentialHelpers
    return try AuthFile.credentials(registry: registry, repository: "", file: authFile, helpers: helpers)?
      .user
  }

  private static func check(_ registry: String, _ options: RegistryOptions) throws(RuntimeError) {
    let conf = try RegistriesConf.load()
    let source = try Source(registry: registry, conf)
    let session = RegistrySession(options, conf)
    try Foreground.wait(closing: session.connections) { (_) async throws(RuntimeError) in
      try await session.repository(source, of: source.name).knock()
    }
  }
}
