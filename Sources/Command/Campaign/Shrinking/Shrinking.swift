import Differential
import Exploration
import Files
import Foundation
import Presentation
import Processes
import Scenario

/// How a scenario fails.
package enum Failure: Hashable {
  /// A check failed. The process survived.
  case divergence(FailureSignature)
  /// The process that ran the scenario failed.
  case process(ProcessFailure)
}

/// Shrinks one scenario: decides which runs to do, and interprets their outcomes.
package struct Shrinking {
  private enum Stage {
    /// Runs the original scenario alone.
    case asFound
    /// Follows up its difference, as the fuzz target does, if that may show unsoundness.
    case followedUp
    /// Runs the shrinker's candidates.
    case shrinking
    /// Runs the result once more: with the full time limit if it hangs, else following up its
    /// difference in search of unsoundness.
    case result
    /// Asks in which steps of the result memory is refused.
    case refusals
    /// Asks the same without the last operation, if that ended the process.
    case refusalsBefore
    case done
  }
  private var stage = Stage.asFound
  private let original: Scenario
  private var candidate: Scenario
  /// How the scenario fails; nil before that is known, and at the end if it passes.
  package private(set) var failure: Failure?
  /// The shrinker, once the scenario is known to fail.
  package private(set) var shrinker: Shrinker?
  /// The unsoundness that following up the result found, if the failure itself is only a
  /// difference.
  package private(set) var unsoundness: FailureSignature?
  /// The operations of the result in which the subject is refused memory; nil if unknown.
  package private(set) var refusedSteps: Set<Int>?
  /// Whether `refusedSteps` leaves out the last operation of the result, because it ends the
  /// process.
  package private(set) var endsOpen = false

  /// The operation at which the scenario to shrink fails; nil if its process does not survive.
  private var failingStep: Int?
  private var isWrappedUp = false
  /// The time limit of a run, in milliseconds.
  private let limit: Int
  /// The time limit of a shrinking try, in milliseconds; lower than `limit` if the failure is a
  /// hang.
  private var tryLimit: Int

  /// The time limit of a try when shrinking a hang, in milliseconds: a hundred times what a run
  /// that ends takes. Every successful try uses all of it.
  private static let hangTryLimit = 100
  /// How often the shrinker restarts for a trap. There are few restarts, because every try that
  /// traps costs a process.
  private static let restartsOfTraps = 3
  /// How many times longer following up may take: it does a thousand runs and more.
  private static let followUpFactor = 10

  /// Whether the subject is a library. A library runs beside the ground truth in every world.
  private let isOfLibrary: Bool

  /// Shrinks `scenario`. A run may take `limit` milliseconds, and ten times that with a follow-up.
  package init(_ scenario: Scenario, limit: Int, isOfLibrary: Bool = false) {
    self.limit = limit
    self.isOfLibrary = isOfLibrary
    tryLimit = limit
    original = scenario
    candidate = scenario
  }

  /// Ends early with the best scenario so far. Only the runs that confirm a hang and find the
  /// refused steps, which a test needs, still follow.
  mutating func wrapUp() {
    guard !isWrappedUp else { return }
    isWrappedUp = true
    switch stage {
    case .asFound: stage = .done
    case .followedUp, .shrinking:
      shrinker = shrinker ?? Shrinker(original)
      finish(with: shrinker?.best ?? original)
    case .result, .refusals, .refusalsBefore, .done: break
    }
  }

  /// Sets the failure again, which now has its file and line.
  mutating func locate(_ failure: ProcessFailure) { self.failure = .process(failure) }

  /// The next run to do, or nil at the end.
  mutating func next() -> WorkerRequest? {
    if stage == .shrinking {
      if let next = shrinker?.next() {
        candidate = next
      } else {
        finish(with: shrinker?.best ?? original)
      }
    }
    let question: WorkerRequest.Question
    var time = limit
    switch stage {
    case .asFound: question = .failure
    case .followedUp: question = .unsoundness
    case .shrinking: (question, time) = (.failure, tryLimit)
    case .result: question = followsUpResult ? .unsoundness : .failure
    case .refusals, .refusalsBefore: question = .refusals
    case .done: return nil
    }
    if question == .unsoundness { time *= Self.followUpFactor }
    return WorkerRequest(scenario: Data(candidate.encoded()), question: question, limit: time)
  }

  /// Takes the outcome of the run that `next` returned.
  mutating func take(_ outcome: WorkerOutcome) {
    switch (stage, outcome) {
    case (.asFound, .answer(let answer)):
      guard let signature = answer.signature else {
        stage = .done
        return
      }
      failure = .divergence(signature)
      failingStep = answer.step
      if signature.check == .unsound {
        start(from: unsoundScenario(in: answer), restarts: Shrinker.mostRestarts)
      } else if canBeUnsound {
        stage = .followedUp
      } else {
        start(from: original, restarts: Shrinker.mostRestarts)
      }
    case (.asFound, .failure(let found)):
      failure = .process(found)
      let hangs = found.symptom == .hangs
      if hangs { tryLimit = min(limit, Self.hangTryLimit) }
      start(from: original, restarts: hangs ? 0 : Self.restartsOfTraps)
    case (.followedUp, .answer(let answer)) where answer.signature?.check == .unsound:
      failure = answer.signature.map { .divergence($0) }
      failingStep = answer.step
      start(from: unsoundScenario(in: answer), restarts: Shrinker.mostRestarts)
    // The follow-up found no unsoundness, or it trapped or hung. Shrink the difference itself.
    case (.followedUp, _): start(from: original, restarts: Shrinker.mostRestarts)
    case (.shrinking, .answer(let answer)):
      let isSame = answer.signature.map {
        failure == .divergence($0) && $0.isFailure(of: candidate, at: answer.step)
      }
      shrinker?.note(isSame == true ? .fails(at: answer.step) : .passes)
    case (.shrinking, .failure(let found)):
      shrinker?.note(failure == .process(found) ? .fails(at: nil) : .passes)
    case (.result, .answer(let answer)):
      if followsUpResult, let signature = answer.signature, signature.check == .unsound {
        unsoundness = signature
      }
      stage = .refusals
      // The result of shrinking a hang only ran longer than a try may take, and then ended. Shrink
      // again with the full time limit.
      if tryLimit < limit {
        tryLimit = limit
        start(from: original, restarts: 0)
        if isWrappedUp { finish(with: original) }
      }
    case (.result, .failure): stage = .refusals
    case (.refusals, .answer(let answer)), (.refusalsBefore, .answer(let answer)):
      refusedSteps = Set(answer.refusedSteps)
      stage = .done
    case (.refusals, .failure):
      candidate.operations.removeLast(min(1, candidate.operations.count))
      endsOpen = true
      stage = .refusalsBefore
    case (.refusalsBefore, .failure), (.done, _): stage = .done
    }
  }

  /// The scenario that was found unsound. Following up may have appended operations to the
  /// requested scenario. A run ends at the first unsoundness.
  private func unsoundScenario(in answer: WorkerAnswer) -> Scenario {
    Scenario(decoding: answer.scenario)
  }

  private mutating func start(from scenario: Scenario, restarts: Int) {
    stage = .shrinking
    shrinker = Shrinker(scenario, failingAt: failingStep, restarts: restarts)
  }

  private mutating func finish(with best: Scenario) {
    candidate = best
    stage = tryLimit < limit || followsUpResult ? .result : .refusals
  }

  /// Whether the result is followed up in search of unsoundness.
  private var followsUpResult: Bool { canBeUnsound && !isWrappedUp }

  /// Whether following up the failure could show unsoundness: it is a difference, in a world that
  /// runs beside the ground truth.
  private var canBeUnsound: Bool {
    guard case .divergence(let signature) = failure else { return false }
    let family = candidate.world.family
    return signature.check != .unsound && (family.isVM || isOfLibrary && family.drivesMaps)
  }
}

extension Shrinking {
  /// A name for the failure, made of the failing operation and the symptom.
  package var name: String {
    switch failure {
    case .divergence(let signature): return signature.name
    case .process(let failure):
      let symptom = failure.symptom.rawValue
      guard let last = shrinker?.best.operations.last else { return symptom }
      return "\(last.kind.word)-\(symptom)"
    case nil: return "passes"
    }
  }

  /// The failure in one line.
  package var description: String {
    switch failure {
    case .divergence(let signature): return signature.description
    case .process(let failure):
      return name + failure.description.dropFirst(failure.symptom.rawValue.count)
    case nil: return name
    }
  }
}
