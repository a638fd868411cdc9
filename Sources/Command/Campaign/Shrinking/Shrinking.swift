import Differential
import Exploration
import Files
import Foundation
import Presentation
import Processes
import Scenario

/// In which way a scenario fails, whether its process survives that or not.
package enum Failure: Hashable {
  case divergence(FailureSignature)
  case process(ProcessFailure)
}

/// The shrinking of one scenario: which runs it takes, and what their outcomes mean.
package struct Shrinking {
  private enum Stage {
    /// The scenario by itself.
    case asFound
    /// Its difference, followed up as the fuzz target does, where harm may come of it.
    case followedUp
    case shrinking
    /// The result, given all the time again if it hangs, else followed up: can its difference do
    /// harm?
    case result
    /// Where the result is refused memory, and if it does not survive that, the same without its last
    /// operation.
    case refusals, refusalsBefore
    case done
  }
  private var stage = Stage.asFound
  private let original: Scenario
  private var candidate: Scenario
  /// How the scenario fails; nil as long as it is not known, and at the end if it passes.
  package private(set) var failure: Failure?
  /// What makes it smaller, once it is known to fail.
  package private(set) var shrinker: Shrinker?
  /// The failure that following up the result has found, if that is another.
  package private(set) var harm: FailureSignature?
  /// The operations of the result in which the subject finds no memory; nil if that is not known.
  package private(set) var refusedSteps: Set<Int>?
  /// Whether that is not known of the last operation of the result, because it ends the process.
  package private(set) var endsOpen = false

  /// The operation that the scenario which is shrunk fails at, if it survives that.
  private var failingStep: Int?
  private var isWrappedUp = false
  /// The longest that a run may take, in milliseconds.
  private let limit: Int
  /// The longest that a try may take when a hang is shrunk: every step of the way costs it.
  private var tryLimit: Int

  /// What a try may take when a hang is shrunk: a hundred times what one does that ends.
  private static let hang = 100
  /// Each try that traps takes a process.
  private static let restartsOfTraps = 3
  /// Following up is a thousand runs and more.
  private static let followedUp = 10

  /// Whether the subject is a library, which has the ground truth beside it whatever the world.
  private let isOfLibrary: Bool

  /// Nothing was run; a run may take `limit` milliseconds, and ten times that if it is followed up.
  package init(_ scenario: Scenario, limit: Int, isOfLibrary: Bool = false) {
    self.limit = limit
    self.isOfLibrary = isOfLibrary
    tryLimit = limit
    original = scenario
    candidate = scenario
  }

  /// Makes the best so far the result: no more is asked for than what it takes to know that it fails,
  /// and to write its test.
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

  /// The run to do next, or nil at the end.
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
    case .followedUp: question = .harm
    case .shrinking: (question, time) = (.failure, tryLimit)
    case .result: question = followsResultUp ? .harm : .failure
    case .refusals, .refusalsBefore: question = .refusals
    case .done: return nil
    }
    if question == .harm { time *= Self.followedUp }
    return WorkerRequest(scenario: Data(candidate.encoded()), question: question, limit: time)
  }

  /// What came of it.
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
        start(from: harmful(answer), restarts: Shrinker.mostRestarts)
      } else if canDoHarm {
        stage = .followedUp
      } else {
        start(from: original, restarts: Shrinker.mostRestarts)
      }
    case (.asFound, .failure(let found)):
      failure = .process(found)
      let hangs = found.symptom == .hangs
      if hangs { tryLimit = min(limit, Self.hang) }
      start(from: original, restarts: hangs ? 0 : Self.restartsOfTraps)
    case (.followedUp, .answer(let answer)) where answer.signature?.check == .unsound:
      failure = answer.signature.map { .divergence($0) }
      failingStep = answer.step
      start(from: harmful(answer), restarts: Shrinker.mostRestarts)
    // Whatever came of following it up, the difference is there.
    case (.followedUp, _): start(from: original, restarts: Shrinker.mostRestarts)
    case (.shrinking, .answer(let answer)):
      let isSame = answer.signature.map {
        failure == .divergence($0) && $0.isFailure(of: candidate, at: answer.step)
      }
      shrinker?.note(isSame == true ? .fails(at: answer.step) : .passes)
    case (.shrinking, .failure(let found)):
      shrinker?.note(failure == .process(found) ? .fails(at: nil) : .passes)
    case (.result, .answer(let answer)):
      if followsResultUp, let signature = answer.signature, signature.check == .unsound {
        harm = signature
      }
      stage = .refusals
      // It only took long: what has to hang has to hang for all of the time.
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

  /// The scenario that has done harm, which may go on where the one asked for ends. Harm ends a run, so
  /// what comes before it decides alone.
  private func harmful(_ answer: WorkerAnswer) -> Scenario { Scenario(decoding: answer.scenario) }

  private mutating func start(from scenario: Scenario, restarts: Int) {
    stage = .shrinking
    shrinker = Shrinker(scenario, failingAt: failingStep, restarts: restarts)
  }

  private mutating func finish(with best: Scenario) {
    candidate = best
    stage = tryLimit < limit || followsResultUp ? .result : .refusals
  }

  /// Whether the result is followed up, in search of harm.
  private var followsResultUp: Bool { canDoHarm && !isWrappedUp }

  /// Whether following up could tell more than the run alone.
  private var canDoHarm: Bool {
    guard case .divergence(let signature) = failure else { return false }
    let family = candidate.world.family
    return signature.check != .unsound && (family.isVM || isOfLibrary && family.drivesMaps)
  }
}

extension Shrinking {
  /// A name for the failure: what its last operation does.
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
