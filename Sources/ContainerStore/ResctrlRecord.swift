public import JSON

/// What `create` makes in resctrl. Spec: config-linux.md#intelrdt
public struct ResctrlRecord: JSONObject, Sendable, Equatable {
  /// Absolute path of the control group that the container is in.
  public var path: String?
  /// The same path; absent if the group was there before.
  public var controlGroup: String?
  /// Whether closID names the control group: it may be others' too, and outlives the container.
  public var isShared = false
  /// Absolute path of the monitoring group, which is the container's alone.
  public var monitoringGroup: String?

  /// Nothing is made.
  public init() {}

  /// See `JSONObject`.
  public mutating func members(_ json: inout JSONExchange) {
    json.member("path", &path)
    json.member("controlGroup", &controlGroup)
    json.member("isShared", &isShared)
    json.member("monitoringGroup", &monitoringGroup)
  }
}
