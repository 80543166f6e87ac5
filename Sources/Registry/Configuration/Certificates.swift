internal import LinuxKernel
internal import NIOSSL
internal import RuntimeErrors

/// Directories with certificates for single registries, `DIR/HOST[:PORT]/`: `*.crt` are further CAs, `NAME.cert` with
/// `NAME.key` is what the client shows.
///
/// containers-certs.d(5)
struct Certificates: Sendable {
  private let folders: [String]
  /// Given on the command line: for every host.
  private let own: String?

  /// - Parameters:
  ///   - directory: In place of all others.
  init(directory: String?) {
    own = directory
    let system = ["/etc/containers/certs.d", "/etc/docker/certs.d"]
    folders = (Variables.configuration.map { [$0 + "/containers/certs.d"] } ?? []) + system
  }

  /// What a connection to a host uses.
  func configuration(host: String, port: Int?, isVerified: Bool) throws(RuntimeError) -> TLSConfiguration {
    var result = TLSConfiguration.makeClientConfiguration()
    result.minimumTLSVersion = .tlsv12
    if !isVerified { result.certificateVerification = .none }
    guard let folder = try folder(host: host, port: port) else { return result }
    for name in try ConfigurationFile.names(in: folder, suffix: ".crt") {
      result.additionalTrustRoots.append(.certificates(try certificates("\(folder)/\(name)")))
    }
    for name in try ConfigurationFile.names(in: folder, suffix: ".cert") {
      let key = "\(folder)/\(name.dropLast(5)).key"
      guard let keyBytes = try ConfigurationFile.read(key) else {
        throw RuntimeError(.invalidArgument, "\(folder)/\(name) has no key \(key)")
      }
      result.certificateChain = try certificates("\(folder)/\(name)").map { .certificate($0) }
      do {
        result.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: keyBytes, format: .pem))
      } catch {
        throw RuntimeError(.invalidArgument, "\(key) is no private key in PEM form")
      }
      guard (try? NIOSSLContext(configuration: result)) != nil else {
        throw RuntimeError(.invalidArgument, "\(key) is not the key of \(folder)/\(name)")
      }
    }
    return result
  }

  /// The first directory that there is for a host: only one counts.
  private func folder(host: String, port: Int?) throws(RuntimeError) -> String? {
    if let own { return own }
    let names = [host + (port.map { ":\($0)" } ?? ""), port == nil ? "\(host):443" : nil].compactMap { $0 }
    for folder in folders {
      for name in names {
        let path = "\(folder)/\(name)"
        if try !ConfigurationFile.names(in: path, suffix: "").isEmpty { return path }
      }
    }
    return nil
  }

  private func certificates(_ path: String) throws(RuntimeError) -> [NIOSSLCertificate] {
    guard let bytes = try ConfigurationFile.read(path) else { return [] }
    do {
      return try NIOSSLCertificate.fromPEMBytes(bytes)
    } catch {
      throw RuntimeError(.invalidArgument, "\(path) holds no certificate in PEM form")
    }
  }
}

extension WebAddress {
  /// `registry.example:5000`
  var hostAndPort: String { host + (port.map { ":\($0)" } ?? "") }
}
