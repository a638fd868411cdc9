extension CampaignRecord {
  /// Executions of all targets. O(targets).
  var executions: Int { targets.reduce(0) { $0 + $1.last.executions } }

  /// Operations of all targets. O(targets).
  var operations: Int { targets.reduce(0) { $0 + $1.last.operations } }

  /// Processes of all jobs. O(jobs).
  var processes: Int { targets.reduce(0) { $0 + $1.jobs.reduce(0) { $0 + $1.processes } } }

  /// How long it took, in seconds, with all that was done before and after the fuzzing.
  var seconds: Double { end.timeIntervalSince(begin) }

  /// Why a run in which nothing new has failed is not to be believed, each reason in a few words;
  /// empty if it is. O(targets + questions).
  ///
  var doubts: [String] {
    var doubts: [String] = []
    let red = doctor.count { $0.passed == false }
    if doctor.isEmpty { doubts.append("the doctor was not asked") }
    if red > 0 {
      doubts.append("the doctor is red at \(red) of \(Format.several(doctor.count, "question"))")
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
    // What fails at once, a known failure included, leaves no time in which something new could.
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
