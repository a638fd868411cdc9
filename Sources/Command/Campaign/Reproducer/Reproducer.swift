import Differential
import FileNames
import Files
import ForeignMap
import Foundation
import Harnesses
import Oracle
import Processes
import ReverseMapping
import Scenario

/// Turns a failure of a library into a C program that fails on the library without revfuzz.
package enum Reproducer {
  /// A C program that makes the calls of `scenario` on `library`, and fails; nil if the scenario
  /// passes.
  ///
  /// A worker runs the scenario first. If that ends the worker, so does the program. Otherwise the
  /// scenario runs in this process, and the program makes the check that failed. If no answer of an
  /// unsound map shows that a mapping is lost, the program asks for its entries.
  ///
  /// - Parameter subject: selects `library` in workers.
  /// - Throws: `unstartable`, or `unwritable` if the calls cannot be recorded.
  package static func program(
    for scenario: Scenario, of library: ForeignLibrary, _ subject: SubjectChoice
  ) async throws(CommandError) -> String? {
    guard let outcome = try await subject.workers.outcomes(of: [scenario]).first else { return nil }
    // What fails may be that the library does not call its host.
    let usual = try await record(usualUnmap, in: subject)
    switch outcome {
    case .failure(let failure):
      var recording = try await record(scenario, in: subject)
      recording.mostUnmapped = max(recording.mostUnmapped, usual.mostUnmapped)
      let survived = recording.calls.last?.result != nil
      // The recording may go on with the end of the maps.
      let end = scenario.withoutFills.operations.count
      recording.calls.removeAll { $0.operation == end }
      var program = CProgram(
        title: title("\(failure)", library), recording: recording, expectsResults: false,
        mark: nil, check: survived ? .calls(failure.call) : .returns,
        interleaves: library.interleavesUnmaps)
      return program.text()
    case .answer:
      var harness = ForeignHarness(library)
      guard let found = harness.runAndFollowUp(scenario.withoutFills) else { return nil }
      let shown = try await shownByAnAnswer(found, library, subject)
      return try program(for: shown, of: library, mostUnmapped: usual.mostUnmapped)
    }
  }

  /// A record and an unmap of it.
  private static let usualUnmap: Scenario = {
    var world = World(family: .vm)
    world.mmus = 1
    let page = IPARange(start: 0x4000, size: Page.size)
    let operations = [
      try? Operation(.record, range: page, nested: 0x8000, in: world),
      try? Operation(.unmap, range: page, in: world),
    ]
    return Scenario(world: world, operations: operations.compactMap { $0 })
  }()

  /// `divergence`, or one of the same scenario in which an answer shows that a mapping is lost, if
  /// so far only the entries show it.
  private static func shownByAnAnswer(
    _ divergence: Divergence, _ library: ForeignLibrary, _ subject: SubjectChoice
  ) async throws(CommandError) -> Divergence {
    guard divergence.unsoundness?.rule == .coverage else { return divergence }
    // A worker first: the run goes on where the other one ended.
    let request = WorkerRequest(
      scenario: Data(divergence.scenario.encoded()), question: .answers, limit: mostTime)
    guard case .answer(let answer) = try await outcome(of: request, by: subject.workers),
      answer.signature?.check == .unsound
    else { return divergence }
    var harness = ForeignHarness(library.withoutEntries)
    guard let shown = harness.run(divergence.scenario), shown.check == .unsound else {
      return divergence
    }
    return shown
  }

  private static func program(
    for divergence: Divergence, of library: ForeignLibrary, mostUnmapped: Int
  ) throws(CommandError) -> String {
    let file = try RecordingFile()
    defer { file.remove() }
    do {
      var harness = ForeignHarness(library.recording(to: file.descriptor))
      harness.perform(divergence.scenario)
    }
    var recording = CallRecording(try file.text())
    recording.mostUnmapped = max(recording.mostUnmapped, mostUnmapped)
    // The recording goes on with the end of the maps.
    recording.calls.removeAll { $0.operation == divergence.scenario.operations.count }
    let maps = Self.maps(of: divergence.scenario, recording)
    var program = CProgram(
      title: title(divergence.signature.description, library), recording: recording,
      expectsResults: divergence.isCompared && divergence.firstDifference == nil
        && divergence.check != .interface,
      mark: mark(divergence, recording, library),
      check: check(divergence, recording, maps, library), interleaves: library.interleavesUnmaps)
    return program.text()
  }

  private static func title(_ failure: String, _ library: ForeignLibrary) -> [String] {
    ["The map \"\(library.name)\" fails. revfuzz reports:", "", "  \(failure)"]
  }

  /// The map of each MMU after the last operation; nil if it has none.
  private static func maps(of scenario: Scenario, _ recording: CallRecording) -> [Int?] {
    var maps: [Int?] = []
    for call in recording.calls {
      switch (String(call.function), call.operation) {
      case ("create", nil): maps.append(call.map)
      case ("create", let operation?): maps[scenario.operations[operation].mmu] = call.map
      case ("destroy", _): maps = maps.map { $0 == call.map ? nil : $0 }
      default: break
      }
    }
    return maps
  }

  /// Marks the record that made the mapping which is lost.
  private static func mark(
    _ divergence: Divergence, _ recording: CallRecording, _ library: ForeignLibrary
  ) -> CProgram.Mark? {
    guard let unsoundness = divergence.unsoundness else { return nil }
    let mapping = unsoundness.mapping
    let call = recording.calls.firstIndex {
      $0.operation == mapping.step && $0.function == "record"
    }
    return call.map {
      CProgram.Mark(
        call: $0, text: "Maps canonical \(mapping.canonicalRange) at nested \(mapping.nested).",
        mayFail: library.mayFail && !recording.refused.isEmpty)
    }
  }

  private static func check(
    _ divergence: Divergence, _ recording: CallRecording, _ maps: [Int?], _ library: ForeignLibrary
  ) -> CProgram.Check {
    if let unsoundness = divergence.unsoundness {
      guard maps.indices.contains(unsoundness.mmu), let map = maps[unsoundness.mmu] else {
        return .none
      }
      let mapping = unsoundness.mapping
      if unsoundness.rule == .coverage {
        return .covers(mapping.canonicalRange, nested: mapping.nested.start, map: map)
      }
      let call = recording.calls.last { $0.isAnswer && $0.map == map }
      guard let call, call.operation == divergence.scenario.operations.indices.last else {
        return .none
      }
      // Of a superset, an answer may lead to a part of the mapping; otherwise that kills all of it.
      let nested =
        library.tracksSuperset
        ? missedPage(of: mapping, by: call) ?? mapping.nested : mapping.nested
      return .reports(nested, map: map)
    }
    switch divergence.check {
    case .answer: return divergence.oracle.map { .answers($0.answer, maps: maps) } ?? .none
    case .state: return divergence.oracle.map { .holds($0, maps: maps) } ?? .none
    case .structure: return library.checksItself ? .isIntact : .none
    case .leak: return .isEmpty
    case .interface where divergence.actual.contains("unmap_nested"): return .keepsRulesOfHost
    case .unsound, .lockstep, .interface, .memory, .context: return .none
    }
  }
}

extension Reproducer {
  /// The first page of `mapping` that `call` asks for and does not report, as nested bytes.
  /// O(pages x ranges).
  private static func missedPage(
    of mapping: ShadowStage2.Mapping, by call: RecordedCall
  ) -> IPARange? {
    let canonical = mapping.canonicalRange
    let start = max(canonical.start, call.arguments[0])
    let last = min(canonical.last, call.arguments[0] + (call.arguments[1] - 1))
    guard start <= last else { return nil }
    for page in stride(from: start, through: last, by: UInt64.Stride(Page.size)) {
      let nested = mapping.nested.start + (page - canonical.start)
      if !call.ranges.contains(where: { $0.start <= nested && nested <= $0.last }) {
        return IPARange(start: nested, size: Page.size)
      }
    }
    return nil
  }

  /// Records the calls that `scenario` makes in a worker, which may not survive it.
  private static func record(
    _ scenario: Scenario, in subject: SubjectChoice
  ) async throws(CommandError) -> CallRecording {
    let file = try RecordingFile()
    defer { file.remove() }
    let pool = WorkerPool(options: subject.arguments + ["--record", file.path])
    let request = WorkerRequest(
      scenario: Data(scenario.encoded()), question: .calls, limit: mostTime)
    _ = try await outcome(of: request, by: pool)
    return CallRecording(try file.text())
  }

  /// The outcome of one run.
  private static func outcome(
    of request: WorkerRequest, by workers: WorkerPool
  ) async throws(CommandError) -> WorkerOutcome? {
    var next: WorkerRequest? = request
    var outcome: WorkerOutcome?
    try await workers.run {
      defer { next = nil }
      return next
    } take: {
      outcome = $0
    }
    return outcome
  }

  /// The time limit of a recording, in milliseconds.
  private static let mostTime = 5000
}

/// A file for a recording of calls.
private struct RecordingFile {
  let path: String
  let descriptor: Int32

  /// Creates an empty file in the folder of temporary files.
  ///
  /// - Throws: `unwritable`.
  init() throws(CommandError) {
    path = FileManager.default.temporaryDirectory.path + "/revfuzz-calls-\(UUID().uuidString)"
    do throws(FileSystem.Failure) {
      descriptor = try FileSystem.open(path, O_RDWR | O_CREAT | O_EXCL)
    } catch {
      throw .unwritable(path, "\(error)")
    }
  }

  /// What was written so far.
  ///
  /// - Throws: `unreadable`.
  func text() throws(CommandError) -> String {
    do throws(FileSystem.Failure) {
      return String(decoding: try FileSystem.contents(of: path), as: UTF8.self)
    } catch {
      throw .unreadable(path, "\(error)")
    }
  }

  func remove() {
    close(descriptor)
    try? FileSystem.remove(path)
  }
}
