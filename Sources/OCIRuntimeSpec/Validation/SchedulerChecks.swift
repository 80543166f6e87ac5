extension Scheduler {
  /// Each policy has its own parameters, sched_setattr(2). Spec: config.md#linux-process
  func check(_ report: inout Report) {
    checkNice(&report)
    checkPriority(&report)
    if policy == .deadline {
      checkDeadline(&report)
    } else {
      for (key, value) in [("runtime", runtime), ("deadline", deadline), ("period", period)] {
        report.require(
          (value ?? 0) == 0,
          "/process/scheduler/\(key)",
          "belongs to SCHED_DEADLINE, not to \(policy.rawValue)"
        )
      }
    }
  }

  private func checkNice(_ report: inout Report) {
    guard let nice, nice != 0 else { return }
    if policy != .other && policy != .batch {
      report.fault(
        "/process/scheduler/nice",
        "belongs to SCHED_OTHER and SCHED_BATCH, not to \(policy.rawValue)"
      )
    }
    report.require((-20...19).contains(nice), "/process/scheduler/nice", "found \(nice), expected -20 to 19")
  }

  private func checkPriority(_ report: inout Report) {
    let priority = priority ?? 0
    if policy == .fifo || policy == .roundRobin {
      report.require(
        (1...99).contains(priority),
        "/process/scheduler/priority",
        "found \(priority), expected 1 to 99 for \(policy.rawValue)"
      )
    } else {
      report.require(
        priority == 0,
        "/process/scheduler/priority",
        "found \(priority), expected 0 for \(policy.rawValue)"
      )
    }
  }

  private func checkDeadline(_ report: inout Report) {
    let (runtime, deadline) = (runtime ?? 0, deadline ?? 0)
    // The kernel takes a period of 0 for the deadline.
    let period = (period ?? 0) == 0 ? deadline : period ?? 0
    report.require(
      0 < runtime && runtime <= deadline && deadline <= period,
      "/process/scheduler",
      "SCHED_DEADLINE needs 0 < runtime <= deadline <= period"
    )
  }
}
