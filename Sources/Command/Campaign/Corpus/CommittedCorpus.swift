import Files
import Foundation
import Processes
import Scenario

/// The committed corpus of a target, and how it is rebuilt: the seeds in binary form, plus those
/// inputs found by fuzzing that reach more than the seeds.
///
/// Seeds/TARGET/*.scenario are written by hand, and Corpus/TARGET/seed-* are their binary forms. A
/// seed file of another type is binary already. libFuzzer's merge chooses the other inputs; the
/// smallest are kept, as many as fit.
package struct CommittedCorpus {
  package let target: String
  /// The path of its executable.
  package let executable: String

  package init(target: String, executable: String) {
    self.target = target
    self.executable = executable
  }

  /// The size limit of all files except the seeds, in bytes. It keeps the folder below the promised
  /// 2 MB on disk, where each small file takes a whole block.
  private static let maxBytes = 400 * 1024
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

  /// Rebuilds the corpus folder from `seeds`, its current inputs, and the inputs in the folder
  /// `found`, if that exists. Returns the new number of files and their total bytes.
  ///
  /// - Throws: `unwritable`; `unfinished` if the merge fails, and then nothing has changed.
  package func make(
    _ seeds: [(name: String, bytes: [UInt8])], and found: String
  ) async throws(CommandError) -> (inputs: Int, bytes: Int) {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("revfuzz-corpus-\(UUID().uuidString)").path
    let chosen = "\(scratch)/chosen"
    try ResultFolder(path: chosen).make()
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    for seed in seeds { try ScenarioFile.write(seed.bytes, to: "\(chosen)/\(seed.name)") }
    try ResultFolder(path: folder).make()
    try ResultFolder(path: "out/fuzz/\(target)").make()
    let sources = [folder, found].filter { FileManager.default.fileExists(atPath: $0) }
    try await merge(sources, into: chosen)
    try replace(by: chosen)
    return InputFolder(path: folder).size
  }

  /// Adds to the folder `chosen` those inputs of `sources` that reach more than its own.
  ///
  /// - Throws: `unfinished` if the merge fails, or if its result reaches fewer edges than the
  ///   present corpus.
  private func merge(_ sources: [String], into chosen: String) async throws(CommandError) {
    let log = "out/fuzz/\(target)/merge.log"
    _ = try await CorpusMerge(
      executable: executable, chosen: chosen, sources: sources,
      environment: FuzzProcess.environment, log: log, seconds: Self.maxSeconds,
      megabytes: Self.maxMegabytes
    ).run()
    let (before, after) = (try await edges(of: folder), try await edges(of: chosen))
    guard after >= before else {
      throw .unfinished(
        "the merge of \(target)",
        "its result reaches \(after) edges and the present corpus \(before); see \(log)")
    }
  }

  /// The edges that the inputs of a folder reach; 0 if one of them fails.
  private func edges(of folder: String) async throws(CommandError) -> Int {
    let run = try await FuzzProcess.run(executable, ["-runs=0", folder])
    return run.result?.edges ?? 0
  }

  /// Replaces the corpus by the files in `chosen`: every seed, and the smallest of the others up to
  /// `maxBytes`.
  private func replace(by chosen: String) throws(CommandError) {
    let files = InputFolder.names(in: chosen).map { name in
      (name: name, bytes: FileManager.default.contents(atPath: "\(chosen)/\(name)") ?? Data())
    }
    let seeds = files.filter { $0.name.hasPrefix("seed-") }
    var kept: [(name: String, bytes: Data)] = []
    var room = Self.maxBytes
    for file in files.filter({ !$0.name.hasPrefix("seed-") })
      .sorted(by: { ($0.bytes.count, $0.name) < ($1.bytes.count, $1.name) })
    {
      room -= file.bytes.count
      if room < 0 { break }
      kept.append(file)
    }
    for name in InputFolder.names(in: folder) { unlink("\(folder)/\(name)") }
    for file in seeds + kept {
      try ScenarioFile.write([UInt8](file.bytes), to: "\(folder)/\(file.name)")
    }
  }
}
