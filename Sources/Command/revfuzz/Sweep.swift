import ArgumentParser
import Differential
import Exploration
import Files
import Harnesses
import Presentation
import Scenario

/// `revfuzz sweep`: refuses every memory request that scenarios make.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Refuse each memory request of scenarios, one by one.",
    usage: "revfuzz sweep [<paths> ...] [<options>]",
    discussion: """
      For each scenario, refuses the first request for a node, then the second, and so on, until a \
      run has no refusal. Each request is refused once alone, and once with all that follow it. \
      Every run makes all checks of the fuzz targets after each operation.

      A scenario of a map runs on a virtual machine, beside the ground truth, and everything is \
      unmapped at its end. Unless it sets a context itself, it runs twice: where code may sleep, \
      and in atomic context. With --subject it runs once, because a library has no contexts. A \
      scenario's own 'refuse' operations are removed.

      Exits with 1 at the first divergence; the scenario that it prints contains the refusal and \
      can be replayed.

      Examples:
        revfuzz sweep
        revfuzz sweep my.scenario Corpus/FuzzShadow
        revfuzz sweep --subject my-map.so Corpus/FuzzShadow
      """)

  @Argument(
    help: "Scenario files, or folders of them. (default: the committed corpora)",
    completion: .file())
  var paths: [String] = []

  @OptionGroup(title: "Subject Options") var subject: SubjectOptions

  func run() throws {
    try reportingProblems {
      let library = try subject.load()
      let files = try ScenarioFile.files(
        at: paths.isEmpty ? try ScenarioFile.committedCorpora() : paths)
      var sweep = Sweep(isOfLibrary: library != nil)
      var harness = ScenarioHarness(subject: library)
      var skipped = 0
      var progress = Progress(total: files.count, unit: "scenarios swept")
      for (index, path) in files.enumerated() {
        let scenario = try ScenarioFile.load(path)
        var divergence: Divergence?
        let isSwept = sweep.sweep(scenario, divergence: &divergence) {
          (harness.runAndFollowUp($0), harness.memory)
        }
        if !isSwept { skipped += 1 }
        if let divergence {
          progress.end()
          try ScenarioFile.write(divergence.report(of: library.run(of: path)))
          throw ExitCode(1)
        }
        progress.advance(to: index + 1)
      }
      progress.end()
      try ScenarioFile.write(
        summary(of: sweep.tally, skipped: skipped, isOfLibrary: library != nil))
    }
  }

  private func summary(of tally: Sweep.Tally, skipped: Int, isOfLibrary: Bool) -> String {
    // A refusal's effect on a library is known only if its map broke or everything had to go.
    if isOfLibrary {
      return """
        \(tally.scenarios) scenarios swept in \(tally.runs) runs
        \(skipped) scenarios skipped: they drive a range tree, which a library does not have
        \(tally.refusals) requests refused
          \(tally.breaks) operations got no memory: the map broke, or everything had to be unmapped
          0 lost a mapping

        """
    }
    return """
      \(tally.scenarios) scenarios swept in \(tally.runs) runs
      \(tally.refusals) requests refused
        \(tally.breaks) broke a map, which then had to be unmapped completely
        \(tally.absorbed) were absorbed by a reserve, or by a top-up that reported the refusal
        \(tally.undone) left a range tree unchanged
        0 lost a mapping

      """
  }
}
