import ArgumentParser
import Differential
import Files
import Foundation
import Presentation
import Processes
import Scenario
import Testing

@testable import Campaign

/// How shrinking interprets the outcomes of runs. The runs are stubs.
@Suite("Shrinking one scenario")
struct ShrinkingTests {
  private static let lost = FailureSignature(
    check: .state, operation: .record, symptom: "loses-entries")
  private static let unsound = FailureSignature(
    check: .unsound, operation: .record, symptom: "loses-a-mapping")

  private static func scenario(_ family: String = "map") throws -> Scenario {
    try Scenario(
      text: """
        revfuzz-scenario 4
        world \(family)
        query 0x0 size 0x1000
        clear\(family == "vm" ? " mmu 0" : "")
        record 0x1000 -> 0x2000 size 0x3000\(family == "vm" ? " mmu 0" : "")
        """)
  }

  private static func answer(_ signature: FailureSignature?, step: Int = 0, _ scenario: Data)
    -> WorkerOutcome
  {
    .answer(WorkerAnswer(signature: signature, step: step, scenario: scenario))
  }

  /// Shrinks with outcomes from `outcome`. Requests for refusals get their outcome from `refusals`.
  /// Returns the other requests too.
  private static func shrink(
    _ scenario: Scenario, limit: Int = 2000,
    refusals: (WorkerRequest) -> WorkerOutcome = { _ in .answer(WorkerAnswer()) },
    by outcome: (WorkerRequest) -> WorkerOutcome
  ) -> (Shrinking, [WorkerRequest]) {
    var shrinking = Shrinking(scenario, limit: limit)
    var requests: [WorkerRequest] = []
    while let request = shrinking.next() {
      if request.question == .refusals {
        shrinking.take(refusals(request))
        continue
      }
      requests.append(request)
      shrinking.take(outcome(request))
    }
    return (shrinking, requests)
  }

  private static func records(_ request: WorkerRequest) -> Int? {
    Scenario(decoding: request.scenario).operations.firstIndex { $0.kind == .record }
  }

  @Test("a passing scenario is run once and has no failure")
  func passes() throws {
    let (shrinking, requests) = Self.shrink(try Self.scenario()) {
      Self.answer(nil, $0.scenario)
    }
    #expect(shrinking.failure == nil && shrinking.shrinker == nil)
    #expect(requests.map(\.question) == [.failure])
  }

  @Test("a difference shrinks to its one operation and keeps its signature")
  func difference() throws {
    let (shrinking, requests) = Self.shrink(try Self.scenario()) { request in
      let step = Self.records(request)
      return Self.answer(step == nil ? nil : Self.lost, step: step ?? 0, request.scenario)
    }
    #expect(shrinking.failure == .divergence(Self.lost))
    #expect(shrinking.name == "record-loses-entries")
    #expect(shrinking.shrinker?.best.operations.map(\.kind) == [.record])
    #expect(shrinking.shrinker?.isMinimal == true)
    // A map alone has no ground truth that could show unsoundness, so nothing is followed up.
    #expect(requests.allSatisfy { $0.question == .failure })
  }

  @Test("a failure with another signature counts as passing")
  func otherKind() throws {
    let start = try Self.scenario()
    let (shrinking, _) = Self.shrink(start) { request in
      let count = Scenario(decoding: request.scenario).operations.count
      return Self.answer(count == 3 ? Self.lost : Self.unsound, step: count - 1, request.scenario)
    }
    #expect(shrinking.shrinker?.best.operations.count == 3)
  }

  @Test("an unsoundness found by following up is what is shrunk")
  func followedUp() throws {
    let start = try Self.scenario("vm")
    var longer = start
    longer.operations += [start.operations[2], start.operations[2]]
    let (shrinking, _) = Self.shrink(start) { request in
      if request.question == .unsoundness {
        return Self.answer(Self.unsound, step: 4, Data(longer.encoded()))
      }
      let operations = Scenario(decoding: request.scenario).operations
      let records = operations.count { $0.kind == .record }
      let kind = records >= 3 ? Self.unsound : records > 0 ? Self.lost : nil
      return Self.answer(kind, step: operations.count - 1, request.scenario)
    }
    #expect(shrinking.failure == .divergence(Self.unsound))
    #expect(shrinking.shrinker?.best.operations.count == 3)
    #expect(shrinking.unsoundness == nil)
  }

  @Test("a shrunk difference is followed up at the end in search of unsoundness")
  func unsoundnessAtTheEnd() throws {
    let (shrinking, requests) = Self.shrink(try Self.scenario("vm")) { request in
      let operations = Scenario(decoding: request.scenario).operations
      let isVM = Scenario(decoding: request.scenario).world.family == .vm
      if request.question == .unsoundness, operations.count == 1 {
        return Self.answer(Self.unsound, step: 1, request.scenario)
      }
      let step = Self.records(request)
      return Self.answer(
        step == nil || !isVM ? nil : Self.lost, step: step ?? 0, request.scenario)
    }
    #expect(shrinking.failure == .divergence(Self.lost))
    #expect(shrinking.unsoundness == Self.unsound)
    #expect(requests.last?.question == .unsoundness)
  }

  @Test("a failure that only the checker's own operations show does not count")
  func probes() throws {
    let (shrinking, _) = Self.shrink(try Self.scenario("vm")) { request in
      let count = Scenario(decoding: request.scenario).operations.count
      // Without all three operations the unsoundness shows one operation after the end.
      return Self.answer(Self.unsound, step: count == 3 ? 2 : count, request.scenario)
    }
    #expect(shrinking.shrinker?.best.operations.count == 3)
  }

  @Test("a smaller scenario with another failure is rejected")
  func partFailsOtherwise() throws {
    let start = try Self.scenario("vm")
    let all = start.operations
    // With a `clear` after it the record is a difference. Without one, the checker's own operations
    // show unsoundness.
    var first = start
    first.operations = [all[0], all[2], all[1]]
    let (shrinking, _) = Self.shrink(first) { request in
      let scenario = Scenario(decoding: request.scenario)
      guard let step = Self.records(request) else { return Self.answer(nil, request.scenario) }
      let isCleared = scenario.operations[step...].contains { $0.kind == .clear }
      return isCleared
        ? Self.answer(Self.lost, step: step, request.scenario)
        : Self.answer(Self.unsound, step: scenario.operations.count, request.scenario)
    }
    #expect(shrinking.failure == .divergence(Self.lost))
    #expect(shrinking.shrinker?.best.operations.map(\.kind) == [.record, .clear])
  }

  @Test("a trap shrinks only to a trap at the same place")
  func trap() throws {
    let trap = ProcessFailure(symptom: .traps, place: "here")
    let (shrinking, _) = Self.shrink(try Self.scenario()) { request in
      guard Self.records(request) != nil else { return Self.answer(nil, request.scenario) }
      let count = Scenario(decoding: request.scenario).operations.count
      return .failure(count == 1 ? ProcessFailure(symptom: .traps, place: "elsewhere") : trap)
    }
    #expect(shrinking.failure == .process(trap))
    #expect(shrinking.shrinker?.best.operations.count == 2)
    #expect(shrinking.name == "record-traps")
  }

  @Test("a scenario that traps only while it is followed up is shrunk as a difference")
  func trapWhileFollowedUp() throws {
    let (shrinking, _) = Self.shrink(try Self.scenario("vm")) { request in
      if request.question == .unsoundness {
        return .failure(ProcessFailure(symptom: .traps, place: "here"))
      }
      let step = Self.records(request)
      return Self.answer(step == nil ? nil : Self.lost, step: step ?? 0, request.scenario)
    }
    #expect(shrinking.failure == .divergence(Self.lost))
  }

  @Test("a hang is shrunk with short tries, and confirmed with the full time limit at the end")
  func hang() throws {
    let (shrinking, requests) = Self.shrink(try Self.scenario()) { request in
      Self.records(request) == nil
        ? Self.answer(nil, request.scenario) : .failure(ProcessFailure(symptom: .hangs))
    }
    #expect(shrinking.name == "record-hangs")
    #expect(requests.dropFirst().dropLast().allSatisfy { $0.limit < 2000 })
    #expect(requests.last?.limit == 2000)
    #expect(shrinking.shrinker?.isMinimal == true)
  }

  @Test("wrapping up at any time gives the best scenario so far, with its refused steps")
  func wrapUp() throws {
    for runs in 0...6 {
      var shrinking = Shrinking(try Self.scenario("vm"), limit: 2000)
      var questions: [WorkerRequest.Question] = []
      while let request = shrinking.next() {
        questions.append(request.question)
        if request.question == .refusals {
          shrinking.take(.answer(WorkerAnswer(refusedSteps: [0])))
          continue
        }
        let step = Self.records(request)
        shrinking.take(
          Self.answer(step == nil ? nil : Self.lost, step: step ?? 0, request.scenario))
        if questions.count >= runs { shrinking.wrapUp() }
      }
      #expect(questions.count { $0 == .refusals } == 1)
      #expect(shrinking.failure == .divergence(Self.lost) && shrinking.refusedSteps == [0])
      let shrinker = try #require(shrinking.shrinker)
      #expect(!shrinker.isMinimal)
      #expect(shrinker.best.operations.contains { $0.kind == .record })
    }
    // A hang is confirmed with the full time limit. If it is none, the original is the result.
    for isHang in [true, false] {
      var hanging = Shrinking(try Self.scenario(), limit: 2000)
      var limits: [Int] = []
      while let request = hanging.next() {
        limits.append(request.limit)
        let hangs = limits.count < 3 || isHang
        hanging.take(
          request.question == .refusals
            ? .answer(WorkerAnswer())
            : hangs ? .failure(ProcessFailure(symptom: .hangs)) : Self.answer(nil, request.scenario)
        )
        if limits.count == 2 { hanging.wrapUp() }
      }
      #expect(limits[2] == 2000)
      let isOriginal = try hanging.shrinker?.best == Self.scenario()
      #expect(isOriginal == !isHang)
    }
    var unknown = Shrinking(try Self.scenario(), limit: 2000)
    unknown.wrapUp()
    #expect(unknown.next() == nil && unknown.failure == nil)
  }

  @Test("refused steps are asked for the result, or for all but its last operation if it traps")
  func refusals() throws {
    func isFailing(_ request: WorkerRequest) -> WorkerOutcome {
      let step = Self.records(request)
      return Self.answer(step == nil ? nil : Self.lost, step: step ?? 0, request.scenario)
    }
    let (shrinking, _) = Self.shrink(try Self.scenario()) { _ in
      .answer(WorkerAnswer(refusedSteps: [0]))
    } by: {
      isFailing($0)
    }
    #expect(shrinking.refusedSteps == [0] && !shrinking.endsOpen)
    var asked: [Int] = []
    let (trapping, _) = Self.shrink(try Self.scenario()) { request in
      asked.append(Scenario(decoding: request.scenario).operations.count)
      return .failure(ProcessFailure(symptom: .traps))
    } by: {
      isFailing($0)
    }
    #expect(asked == [1, 0])
    #expect(trapping.refusedSteps == nil && trapping.endsOpen)
  }

  @Test("a slow scenario that is no hang is shrunk again, with the full time limit for each run")
  func slow() throws {
    let (shrinking, requests) = Self.shrink(try Self.scenario()) { request in
      let operations = Scenario(decoding: request.scenario).operations
      // With all three operations it hangs; with a record it takes half a second.
      let time = operations.count == 3 ? 10_000 : Self.records(request) == nil ? 1 : 500
      return time > request.limit && request.question != .unsoundness
        || request.question == .unsoundness && operations.count == 3
        ? .failure(ProcessFailure(symptom: .hangs)) : Self.answer(nil, request.scenario)
    }
    #expect(shrinking.shrinker?.best.operations.count == 3)
    #expect(requests.last?.limit == 2000)
  }
}
