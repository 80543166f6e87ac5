/// One value of a document that does not fit the type it is read as.
public struct JSONFault: Equatable, Sendable {
  /// RFC 6901; of a missing member, where it should be.
  public var pointer: String
  /// `found 5, expected a string`, `is missing`.
  public var problem: String
}

extension JSONExchange {
  mutating func missing(_ key: StaticString) {
    record { document, object in
      JSONFault(pointer: document.pointer(to: object) + JSONPointer.step("\(key)"), problem: "is missing")
    }
  }

  @usableFromInline
  mutating func mismatch(at node: Int, expected: String) {
    record { document, _ in
      let found = document.description(of: node)
      return JSONFault(pointer: document.pointer(to: node), problem: "found \(found), expected \(expected)")
    }
  }

  private mutating func record(_ fault: (JSONDocument, _ object: Int) -> JSONFault) {
    if faults.count < JSONReader.maximumFaults {
      faults.append(fault(document, object))
    } else {
      furtherFaults += 1
    }
  }
}
