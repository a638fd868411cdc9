import Differential
import Oracle
import ReverseMapping
import Scenario

/// How a scenario of maps is written in Swift: the subject's name, its calls and its answers.
struct MapTest {
  let world: World
  /// Whether MMUs come, go or change hands.
  let hasLives: Bool

  init(_ scenario: Scenario) {
    world = scenario.world
    hasLives = scenario.operations.contains {
      $0.kind == .create || $0.kind == .handOver || $0.kind == .tearDown
    }
  }

  var isVM: Bool { world.family.isVM }

  /// How many MMUs there are; a map is one.
  var mmus: Int { isVM ? Int(world.mmus) : 1 }

  /// The name of the subject.
  var subject: String { isVM ? "machine" : "map" }

  /// `machine.name(mmu)` or `map.name`.
  func state(_ name: String, _ mmu: Int) -> String {
    isVM ? "machine.\(name)(\(mmu))" : "map.\(name)"
  }

  /// The call that `action` is.
  func call(_ action: MapAction) -> SwiftExpression {
    switch action.kind {
    case .record:
      return named(
        "record", action, [.range(action.range), .labelled("nested", .number(action.nested))])
    case .invalidate: return named("invalidate", action, [.range(action.range)])
    case .unmap: return .call("try \(subject).unmap", [.range(action.range)])
    case .query: return .call("try \(subject).query", [.range(action.range)])
    case .clear: return plain("clear", action, canThrow: false)
    case .beginFullUnmap: return plain("beginFullUnmap", action, canThrow: false)
    case .refuse: return .call("machine.refuse", [.text(action.faultPlan.source)])
    case .enter: return .call("machine.enter", [.text(".\(action.context)")])
    case .reclaim: return .call("try machine.reclaim", [])
    default: return plain("\(action.kind)", action, canThrow: true)
    }
  }

  private func named(
    _ name: String, _ action: MapAction, _ arguments: [SwiftExpression]
  ) -> SwiftExpression {
    let mmu: [SwiftExpression] = isVM ? [.labelled("mmu", .text("\(action.mmu)"))] : []
    return .call("try \(subject).\(name)", arguments + mmu)
  }

  /// A call with no argument but the MMU. Of a machine, every one can throw.
  private func plain(_ name: String, _ action: MapAction, canThrow: Bool) -> SwiftExpression {
    isVM
      ? .call("try machine.\(name)", [.text("\(action.mmu)")])
      : .call("\(canThrow ? "try " : "")map.\(name)", [])
  }

  /// What an `unmap` or `query` answered.
  func answer(_ answer: Answer) -> SwiftExpression {
    var answers: [SwiftExpression] = []
    answer.forEachVisit { visit, ranges in
      let own: SwiftExpression =
        visit.result == .everything
        ? .text(".everything") : .call(".ranges", [.array(ranges.map(SwiftExpression.range))])
      answers.append(
        isVM ? .call("MMUAnswer", [.labelled("mmu", .text("\(visit.mmu)")), own]) : own)
    }
    return isVM ? .array(answers) : answers.first ?? .text("[]")
  }
}

/// The MMUs with a reserve that was filled and that nothing was stored since: their next record
/// must not break, whatever is refused (Specification 4.4.a).
struct FullReserves {
  private var mmus: Set<Int> = []

  /// Whether `action` is a record of such an MMU.
  func mustHold(for action: MapAction) -> Bool {
    action.kind == .record && mmus.contains(action.mmu)
  }

  /// What becomes of them after `action`.
  mutating func follow(_ action: MapAction, _ answer: Answer) {
    switch answer.outcome {
    case .full: mmus.insert(action.mmu)
    case .stored, .polluted: mmus.remove(action.mmu)
    case .done where action.kind == .tearDown: mmus.remove(action.mmu)
    default: break
    }
  }
}

extension Answer {
  /// The MMUs that `action`, so answered, empties without a word of what they held.
  func emptied(by action: MapAction, hasDirectMap: Bool) -> [Int] {
    if error != nil { return [] }
    switch action.kind {
    case .clear, .beginFullUnmap, .tearDown: return [action.mmu]
    case .unmap: return visits.filter { $0.result == .everything }.map(\.mmu)
    case .record: return outcome == .broke && hasDirectMap ? [action.mmu] : []
    default: return []
    }
  }
}

extension Answer {
  /// The MMUs with entries that `action`, so answered, may have changed, if it did not empty them.
  func changed(by action: MapAction) -> [Int] {
    if error != nil { return [] }
    switch action.kind {
    case .record, .invalidate: return [action.mmu]
    case .unmap: return visits.filter { $0.ranges > 0 }.map(\.mmu)
    default: return []
    }
  }
}

extension SwiftExpression {
  static func entry(_ entry: Entry) -> SwiftExpression {
    let content: SwiftExpression =
      entry.content.nested.map { .call(".known", [.labelled("nested", .number($0))]) }
      ?? .text(".unknown")
    return .call(
      "Entry",
      [
        .labelled("first", .number(entry.first)), .labelled("last", .number(entry.last)),
        .labelled("content", content), .labelled("word", .number(entry.word)),
      ])
  }

  static func directEntry(_ entry: DirectEntry) -> SwiftExpression {
    .call(
      "DirectEntry",
      [
        .labelled("first", .number(entry.first)), .labelled("last", .number(entry.last)),
        .labelled("canonical", .number(entry.canonical)),
      ])
  }
}
