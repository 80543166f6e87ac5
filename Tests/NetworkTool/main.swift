import ContainerNetwork
import Glibc
import JSON
import RuntimeErrors

/// What `attach` tells.
struct Answer: JSONObject {
  var address = ""
  var subnet = ""
  var gateway = ""
  var resolver = ""
  var notices: [String] = []

  mutating func members(_ json: inout JSONExchange) {
    json.member("address", &address)
    json.member("subnet", &subnet)
    json.member("gateway", &gateway)
    json.member("resolver", &resolver)
    json.member("notices", &notices)
  }

  mutating func take(_ container: ContainerAddress, _ settings: NetworkSettings) {
    (address, subnet) = ("\(container.address)", "\(container.subnet)")
    gateway = "\(container.subnet.gateway)"
    (resolver, notices) = (settings.resolverConfiguration, container.notices)
  }
}

/// One operation on a bridge network, in the network namespace that it is started in: tests kill it in the middle,
/// and run several at a time.
///
/// `network-tool DIRECTORY SETTINGS OWNER attach CONTAINER PID [PORT ...]`, `… detach CONTAINER`,
/// `… collect [CONTAINER ...]`, `… preview [CONTAINER ...]`
func main() throws(RuntimeError) {
  let words = CommandLine.arguments
  let settings = try NetworkSettings.read(words[2])
  let network = try BridgeNetwork(settings, owner: words[3], directory: words[1])
  let operands = Array(words.dropFirst(5))
  func show(_ value: some JSONValue) {
    print(String(decoding: JSONWriter().encode(value), as: UTF8.self))
  }
  switch words[4] {
  case "attach":
    var ports: [PublishedPort] = []
    for text in operands.dropFirst(2) { ports.append(try PublishedPort(text)) }
    var answer = Answer()
    answer.take(
      try network.attach(container: operands[0], process: Int32(operands[1]) ?? 0, ports: ports), settings)
    show(answer)
  case "detach": try network.detach(container: operands[0])
  case "collect":
    show(
      try network.collect(keeping: Set(operands)) { text in
        _ = write(2, text + "\n", text.utf8.count + 1)
      })
  case "preview": show(try network.collect(keeping: Set(operands), isDryRun: true))
  default: exit(64)
  }
}

do throws(RuntimeError) {
  try main()
} catch {
  let hint = error.hint.map { "\nhint: \($0)" } ?? ""
  let text = "\(error.code.rawValue): \(error)\(hint)\n"
  _ = write(2, text, text.utf8.count)
  exit(1)
}
