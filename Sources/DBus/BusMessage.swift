/// One message. D-Bus specification, message protocol
struct BusMessage: Equatable {
  enum Kind: UInt8 {
    case call = 1
    case answer = 2
    case failure = 3
    case signal = 4
  }

  /// Fields of the header.
  private enum Field: UInt8 {
    case path = 1
    case interface = 2
    case member = 3
    case failureName = 4
    case answered = 5
    case destination = 6
    case signature = 8
  }

  var kind: Kind
  var serial: UInt32 = 0
  var path: String?
  var interface: String?
  var member: String?
  var destination: String?
  /// Of a failure: `org.freedesktop.systemd1.NoSuchUnit`.
  var failureName: String?
  /// The serial number of the call that this answers.
  var answered: UInt32?
  var body: [BusValue] = []

  static let fixedSize = 16
  /// The specification's.
  static let largest = 1 << 27

  init(_ kind: Kind) { self.kind = kind }

  var bytes: [UInt8] {
    var content = BusWriter()
    for value in body { content.write(value) }
    var fields: [BusValue] = []
    func add(_ field: Field, _ value: BusValue?) {
      if let value { fields.append(.structure([.byte(field.rawValue), .variant(value)])) }
    }
    add(.path, path.map { .objectPath($0) })
    add(.interface, interface.map { .string($0) })
    add(.member, member.map { .string($0) })
    add(.destination, destination.map { .string($0) })
    let signature = body.map(\.signature).joined()
    add(.signature, signature.isEmpty ? nil : .signature(signature))
    var writer = BusWriter()
    // Little-endian, kind, no flags, version 1.
    for byte in [UInt8(ascii: "l"), kind.rawValue, 0, 1] { writer.write(.byte(byte)) }
    writer.write(.uint32(UInt32(content.bytes.count)))
    writer.write(.uint32(serial))
    writer.write(.array(of: "(yv)", fields))
    writer.pad(to: 8)
    return writer.bytes + content.bytes
  }

  /// The length of the whole message that begins with these bytes.
  ///
  /// - Returns: nil if no message begins so.
  static func length(_ start: [UInt8]) -> Int? {
    guard start.count >= fixedSize, let isBigEndian = isBigEndian(start) else { return nil }
    var reader = BusReader(start, isBigEndian: isBigEndian)
    guard let values = reader.read("yyyyuuu"), case .uint32(let body) = values[4],
      case .uint32(let fields) = values[6]
    else { return nil }
    let length = (fixedSize + Int(fields) + 7) / 8 * 8 + Int(body)
    return length <= largest ? length : nil
  }

  private static func isBigEndian(_ bytes: [UInt8]) -> Bool? {
    switch bytes.first {
    case UInt8(ascii: "l"): false
    case UInt8(ascii: "B"): true
    default: nil
    }
  }

  /// Reads a whole message.
  init?(_ bytes: [UInt8]) {
    guard let isBigEndian = BusMessage.isBigEndian(bytes) else { return nil }
    var reader = BusReader(bytes, isBigEndian: isBigEndian)
    guard let values = reader.read("yyyyuua(yv)"), case .byte(let number) = values[1],
      let kind = Kind(rawValue: number), case .uint32(let serial) = values[5],
      case .array(_, let fields) = values[6]
    else { return nil }
    self.kind = kind
    self.serial = serial
    var signature = ""
    for field in fields {
      guard case .structure(let pair) = field, pair.count == 2, case .byte(let code) = pair[0],
        case .variant(let value) = pair[1]
      else { return nil }
      switch Field(rawValue: code) {
      case .path: path = value.text
      case .interface: interface = value.text
      case .member: member = value.text
      case .failureName: failureName = value.text
      case .answered: if case .uint32(let number) = value { answered = number }
      case .destination: destination = value.text
      case .signature: signature = value.text ?? ""
      case nil: continue
      }
    }
    reader.align(to: 8)
    guard let body = reader.read(signature) else { return nil }
    self.body = body
  }
}
