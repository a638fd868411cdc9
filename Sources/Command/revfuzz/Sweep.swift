import ArgumentParser
import Differential
import Exploration
import Files
import Presentation
import Scenario

/// `revfuzz sweep`: every refusal that scenarios can meet.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Refuse each request for memory that scenarios make, one after the other.",
    discussion: """
      For each scenario the first request for a node is refused, then the second, and so on until a \
      run passes without a refusal; each once alone, and once with all that follow it. Everything \
      that the fuzz targets check is checked after each operation of each run. Scenarios of maps run \
      on a virtual machine beside the ground truth, where they say nothing of contexts in both; at \
      their end everything is unmapped. Those of a library run once: it knows no contexts. Plans of \
      their own are left out.

      Exits with 1 at the first divergence; its scenario has the plan and replays.
      """)

  @Argument(help: "Scenario files, or folders of them (default: the committed corpora).")
  var paths: [String] = []

  @OptionGroup var subject: SubjectOptions

  func run() throws {
    try reportingProblems {
      let library = try subject.load()
      let files = try ScenarioFile.files(
        at: paths.isEmpty ? try ScenarioFile.committedCorpora() : paths)
      var sweep = Sweep(isOfLibrary: library != nil)
      var harness = ScenarioHarness(subject: library)
      var passedOver = 0
      var progress = Progress(total: files.count, unit: "scenarios swept")
      for (index, path) in files.enumerated() {
        let scenario = try ScenarioFile.load(path)
        var divergence: Divergence?
        let isSwept = sweep.sweep(scenario, divergence: &divergence) {
          (harness.runAndFollowUp($0), harness.memory)
        }
        if !isSwept { passedOver += 1 }
        if let divergence {
          progress.end()
          try ScenarioFile.write(divergence.report(of: library.run(of: path)))
          throw ExitCode(1)
        }
        progress.advance(to: index + 1)
      }
      progress.end()
      try ScenarioFile.write(
        summary(of: sweep.tally, passedOver: passedOver, isOfLibrary: library != nil))
    }
  }

  private func summary(of tally: Sweep.Tally, passedOver: Int, isOfLibrary: Bool) -> String {
    // What a library made of a refusal is known only where it ended in one of the two.
    if isOfLibrary {
      return """
        \(tally.scenarios) scenarios swept in \(tally.runs) runs, \(passedOver) passed over: they ask \
        for no memory
        \(tally.refusals) requests refused
          \(tally.breaks) operations found no memory: the map broke, or everything had to be unmapped
          0 lost a mapping

        """
    }
    return """
      \(tally.scenarios) scenarios swept in \(tally.runs) runs, \(passedOver) passed over: they ask for \
      no memory
      \(tally.refusals) requests refused
        \(tally.breaks) broke a map, which then had to be unmapped as a whole
        \(tally.absorbed) were absorbed: by a reserve, or by a top-up that said it was refused
        \(tally.undone) left a tree by itself as it was
        0 lost a mapping

      """
  }
}
