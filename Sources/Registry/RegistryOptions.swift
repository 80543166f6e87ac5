/// How registries are spoken to.
public struct RegistryOptions: Sendable {
  /// Whether registries have to prove who they are; nil leaves it to registries.conf.
  public var verifiesTLS: Bool?
  /// A file with credentials in place of the usual ones.
  public var authFile: String?
  /// Who the person is, in place of what files say: to the registry of the image's name alone.
  public var credentials: Credentials?
  /// A directory with certificates in place of the usual ones.
  public var certificates: String?
  /// How often a request that failed for a passing reason is sent again.
  public var retries = 4
  /// How many blobs are transferred at a time.
  public var parallel = 4

  /// The usual ones.
  public init() {}
}
