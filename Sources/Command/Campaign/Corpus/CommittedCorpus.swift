import Files
import Foundation
import Processes
import Scenario

/// The committed corpus of a target, and how it is rebuilt: the seeds in binary form, plus those
/// inputs found by fuzzing that reach more than the seeds.
///
/// Seeds/TARGET/*.scenario are written by hand, and Corpus/TARGET/seed-* are their binary forms. A
/// seed file of another type is binary already. libFuzzer's merge chooses the other inputs: those
/// that reach all edges are kept, and the smallest of those that reach an edge more or less often,
/// as many as fit.
package struct CommittedCorpus {
  package let target: String
  /// The path of its executable.
  package let executable: String

  /// The executable that supervises its processes: this one, except in tests.
  let supervisor: String

  package init(target: String, executable: String, supervisor: String = OwnExecutable.path) {
    self.target = target
    self.executable = executable
    self.supervisor = supervisor
  }

  /// The size limit of all files, in bytes.
  private static let maxBytes = 1200 * 1024
  /// The limit of the disk space of all files, in bytes, where each takes whole blocks. The folder
  /// itself takes some 40 KB, and CI allows both together 2 MB.
  private static let maxSpace = 1960 * 1024
  /// How many edges fewer may be measured. Equal inputs reach a few edges more or less in another
  /// order, for example because an array grows elsewhere; 1,846 to 1,848 were seen.
  private static let noise = 4
  /// The time limit of a merge, in seconds.
  private static let maxSeconds = 1800
  /// The memory limit of a merge, in MB.
  private static let maxMegabytes = 2048

  private var folder: String { "Corpus/\(target)" }

  /// The bytes of every seed, with the name of its file in the corpus.
  ///
  /// - Throws: `unreadable` or `notAScenario`.
  package func seeds() throws(CommandError) -> [(name: String, bytes: [UInt8])] {
    var seeds: [(name: String, bytes: [UInt8])] = []
    // A target of family `bytes` has no seeds: its corpus is written by hand.
    guard FileManager.default.fileExists(atPath: "Seeds/\(target)") else { return [] }
    for path in try ScenarioFile.files(at: ["Seeds/\(target)"]) {
      let url = URL(fileURLWithPath: path)
      if url.pathExtension == "scenario" {
        let name = url.deletingPathExtension().lastPathComponent
        seeds.append(("seed-\(name)", try ScenarioFile.loadText(path).encoded()))
      } else {
        guard let bytes = FileManager.default.contents(atPath: path) else {
          throw .unreadable(path, String(cString: strerror(errno)))
        }
        seeds.append(("seed-\(url.lastPathComponent)", [UInt8](bytes)))
      }
    }
    return seeds
  }

  /// The corpora that can be rebuilt: of the targets of our own map that take scenarios. Those of a
  /// library and of plain bytes are maintained by hand.
  package static func targets(of table: TargetTable) -> [TargetTable.Entry] {
    table.entries.filter { $0.subject == .ours && $0.family != "bytes" }
  }

  /// The result of `make`.
  package struct Outcome {
    /// The number of files.
    package var inputs: Int
    /// Their total bytes.
    package var bytes: Int
    /// How many of the files the corpus did not have before.
    package var new: Int
    /// The edges that the corpus reached before, and reaches now.
    package var edges: (before: Int, after: Int)
    /// How many candidates failed and were left out.
    package var failing: Int
    /// The folder that the failing candidates are in.
    package var findings: String
  }

  /// Rebuilds the corpus folder from `seeds`, its current inputs, and the inputs in the folder
  /// `found`, if that exists. Inputs that fail are left out, and saved where `scripts/fuzz` saves
  /// its findings.
  ///
  /// - Throws: `unwritable`; `unfinished` if the merge fails, and then nothing has changed.
  package func make(
    _ seeds: [(name: String, bytes: [UInt8])], and found: String
  ) async throws(CommandError) -> Outcome {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("revfuzz-corpus-\(UUID().uuidString)").path
    let chosen = "\(scratch)/chosen"
    let failing = "\(scratch)/failing"
    for folder in [chosen, failing, folder, findings] { try ResultFolder(path: folder).make() }
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    for seed in seeds { try ScenarioFile.write(seed.bytes, to: "\(chosen)/\(seed.name)") }
    let sources = [folder, found].filter { FileManager.default.fileExists(atPath: $0) }
    // First the few inputs that reach all edges. They stay, also if not all others have room.
    try await merge(sources, into: chosen, failing, ["-use_counters=0"])
    let needed = Set(InputFolder.names(in: chosen))
    try await merge(sources, into: chosen, failing)
    try Self.limit(chosen, keeping: needed)
    let edges = try await checkedEdges(of: chosen, failing)
    let before = InputFolder(path: folder).contents
    try replace(by: chosen)
    let (after, size) = (InputFolder(path: folder).contents, InputFolder(path: folder).size)
    return Outcome(
      inputs: size.inputs, bytes: size.bytes, new: after.subtracting(before).count, edges: edges,
      failing: try saveFindings(in: failing), findings: findings)
  }

  /// The folder of findings of `scripts/fuzz`.
  private var findings: String { "out/fuzz/\(target)/findings" }
  private var log: String { "out/fuzz/\(target)/merge.log" }

  /// Adds to the folder `chosen` those inputs of `sources` that reach more than its own, and saves
  /// those that fail to the folder `failing`.
  ///
  /// - Throws: `unfinished` if the merge fails.
  private func merge(
    _ sources: [String], into chosen: String, _ failing: String, _ flags: [String] = []
  ) async throws(CommandError) {
    _ = try await CorpusMerge(
      executable: executable, chosen: chosen, sources: sources, flags: flags,
      artifacts: "\(failing)/", environment: FuzzProcess.environment, log: log,
      seconds: Self.maxSeconds, megabytes: Self.maxMegabytes, supervisor: supervisor
    ).run()
  }

  /// The edges that the corpus reaches now, and those that the folder `chosen` does.
  ///
  /// - Throws: `unfinished` if `chosen` reaches fewer, or if one of its inputs fails: then it is a
  ///   seed, because a merge leaves others out.
  private func checkedEdges(
    of chosen: String, _ failing: String
  ) async throws(CommandError) -> (before: Int, after: Int) {
    guard let after = try await edges(of: chosen, failing) else {
      _ = try saveFindings(in: failing)
      throw .unfinished(
        "the merge of \(target)", "a seed fails; ./revfuzz replay \(findings)")
    }
    let before = try await edges(of: folder, failing) ?? 0
    guard after + Self.noise >= before else {
      throw .unfinished(
        "the merge of \(target)",
        "its result reaches \(after) edges and the present corpus \(before); see \(log)")
    }
    return (before, after)
  }

  /// The edges that the inputs of a folder reach; nil if one of them fails, which is then saved to
  /// the folder `failing`.
  private func edges(of folder: String, _ failing: String) async throws(CommandError) -> Int? {
    let run = try await FuzzProcess.run(
      executable, ["-runs=0", "-artifact_prefix=\(failing)/", folder], supervisor: supervisor)
    return run.code == 0 ? run.result?.edges : nil
  }

  /// Removes the largest files from the folder `chosen`, until it is within the limits. Those in
  /// `needed` stay.
  ///
  /// - Throws: `unwritable`.
  static func limit(_ chosen: String, keeping needed: Set<String>) throws(CommandError) {
    let files = FileTree(at: chosen).files.map { ($0, name: FileSystem.name(of: $0.path)) }
    var bytes = 0
    var space = 0
    let order = files.sorted { one, other in
      (needed.contains(one.name) ? 0 : 1, one.0.bytes, one.name)
        < (needed.contains(other.name) ? 0 : 1, other.0.bytes, other.name)
    }
    for (file, name) in order {
      bytes += file.bytes
      space += FileTree.space(of: file.bytes)
      if needed.contains(name) || (bytes <= maxBytes && space <= maxSpace) { continue }
      do throws(FileSystem.Failure) {
        try FileSystem.remove(file.path)
      } catch {
        throw .unwritable(file.path, "\(error)")
      }
    }
  }

  /// Replaces the files of the corpus by those in `chosen`. None is removed before all are written.
  ///
  /// - Throws: `unwritable`, or `unfinished` if a file could not be read.
  private func replace(by chosen: String) throws(CommandError) {
    let corpus = InputFolder(path: folder)
    let names = InputFolder.names(in: chosen)
    let merge = try corpus.beginMerge()
    for name in names {
      try ScenarioFile.write(ScenarioFile.read("\(chosen)/\(name)"), to: "\(merge.chosen)/\(name)")
    }
    guard try corpus.end(merge, count: names.count, duplicates: 0) else {
      throw .unfinished("the merge of \(target)", "its result is incomplete")
    }
  }

  /// Copies the failing inputs from the folder `failing` to the findings. Returns their number.
  /// Inputs that libFuzzer saved only because they are slow are not failures.
  ///
  /// - Throws: `unwritable` or `unreadable`.
  private func saveFindings(in failing: String) throws(CommandError) -> Int {
    let names = InputFolder.names(in: failing).filter { !$0.hasPrefix("slow-unit-") }
    for name in names {
      try ResultFile(path: "\(findings)/\(name)").write(ScenarioFile.read("\(failing)/\(name)"))
    }
    return names.count
  }
}
