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
    // If processes fail early, even of a known failure, there is no time to find a new one.
    let ran = targets.reduce(0) { $0 + $1.jobs.reduce(0) { $0 + $1.seconds } }
    let planned = Double(plannedSeconds * concurrency)
    if !targets.isEmpty, !isInterrupted, ran < planned / 2 {
      doubts.append(
        "processes ran for \(Format.duration(ran)) of \(Format.duration(planned))")
    }
    if unexplained > 0 {
      doubts.append("\(Format.several(unexplained, "failure")) left no finding, see the warnings")
    }
    return doubts
  }
}
