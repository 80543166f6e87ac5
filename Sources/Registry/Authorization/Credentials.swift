/// Who a person is to a registry.
public struct Credentials: Sendable, Equatable {
  /// What names the person.
  public var user: String
  /// What proves it; empty with an identity token.
  public var password: String
  /// What is given in place of a password to get other tokens.
  public var identityToken: String?

  /// A user with a password.
  public init(user: String, password: String) {
    self.user = user
    self.password = password
  }

  /// A user with a token.
  public init(user: String, identityToken: String) {
    self.user = user
    self.password = ""
    self.identityToken = identityToken
  }

  /// RFC 7617
  var basic: String { "Basic " + Base64.encode("\(user):\(password)") }
}
