extension CampaignRecord {
  /// Executions of all targets. O(targets).
  var executions: Int { targets.reduce(0) { $0 + $1.last.executions } }

  /// Operations of all targets. O(targets).
  var operations: Int { targets.reduce(0) { $0 + $1.last.operations } }

  /// Processes of all jobs. O(jobs).
  var processes: Int { targets.reduce(0) { $0 + $1.jobs.reduce(0) { $0 + $1.processes } } }

  /// The duration of the run in seconds, including the work before and after fuzzing.
  var seconds: Double { end.timeIntervalSince(begin) }

  /// Why a run without new findings is inconclusive, each reason in a few words; empty if it is
  /// trustworthy. O(jobs + self-checks).
  var doubts: [String] {
    var doubts: [String] = []
    let failed = doctor.count { $0.passed == false }
    if doctor.isEmpty { doubts.append("no self-check was run") }
    if failed > 0 {
      doubts.append("\(failed) of \(Format.several(doctor.count, "self-check")) failed")
    }
    if targets.isEmpty { doubts.append("no target was run") }
    let idle = targets.filter { $0.last.executions <= 0 }.map(\.name)
    if !idle.isEmpty {
      doubts.append("nothing was executed in \(idle.joined(separator: ", "))")
    }
    let idleJobs = targets.filter { $0.last.executions > 0 }.flatMap { target in
      target.jobs.filter { $0.processes > 0 && $0.executions <= 0 }.map {
        "\(target.name) (\($0.name))"
      }
    }
    if !idleJobs.isEmpty {
      doubts.append("nothing was executed in \(idleJobs.joined(separator: ", "))")
    }
    if let lostTime { doubts.append(lostTime) }
    if unexplained > 0 {
      doubts.append("\(Format.several(unexplained, "failure")) left no finding, see the warnings")
    }
    return doubts
  }

  /// A sentence on the fuzzing time, and on what cost it, if less than half of the planned time was
  /// fuzzed: there was little time to find anything new. Else nil. O(jobs + findings).
  private var lostTime: String? {
    let jobs = targets.flatMap(\.jobs)
    let ran = jobs.reduce(0) { $0 + $1.seconds }
    let planned = Double(plannedSeconds * concurrency)
    guard !targets.isEmpty, !isInterrupted, ran < planned / 2 else { return nil }
    let time = "\(Format.duration(ran)) of \(Format.duration(planned))"
    let early = jobs.reduce(0) { $0 + ($1.failedEarly ?? 0) }
    // Other reasons, such as a machine that slept, explain the loss unless most processes failed.
    guard early > processes / 2 else { return "processes ran for \(time)" }
    let all = Format.several(processes, "process", "processes")
    let ended = "ended \(Format.count(early)) of \(all)"
    let isOne = findings.count == 1
    let cause: String
    if findings.isEmpty {
      cause = "failures without a finding"
    } else if findings.contains(where: \.isNew) {
      cause = isOne ? "this failure" : "these failures"
    } else {
      cause = isOne ? "a known failure" : "known failures"
    }
    return "only \(time) was fuzzed, because \(cause) \(ended) early"
  }

  /// What the run left out, each in a few words. O(self-checks).
  var omissions: [String] {
    let skipped = doctor.count { $0.passed == nil }
    return (leftOut ?? []) + (skipped == 0 ? [] : [Format.several(skipped, "self-check")])
  }
}
