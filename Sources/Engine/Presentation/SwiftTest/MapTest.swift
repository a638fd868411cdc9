import Differential
import Oracle
import ReverseMapping
import Scenario

/// Writes the calls and answers of a scenario of maps as Swift expressions.
struct MapTest {
  let world: World
  /// Whether the scenario creates, hands over or tears down MMUs.
  let changesMMUs: Bool

  init(_ scenario: Scenario) {
    world = scenario.world
    changesMMUs = scenario.operations.contains {
      $0.kind == .create || $0.kind == .handOver || $0.kind == .tearDown
    }
  }

  var isVM: Bool { world.family.isVM }

  /// The number of MMUs. A map counts as one.
  var mmus: Int { isVM ? Int(world.mmus) : 1 }

  /// The name of the variable that holds the subject.
  var subject: String { isVM ? "machine" : "map" }

  /// `machine.name(mmu)` or `map.name`.
  func state(_ name: String, _ mmu: Int) -> String {
    isVM ? "machine.\(name)(\(mmu))" : "map.\(name)"
  }

  /// The call that does `action`.
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

  /// A call whose only argument is the MMU. Every such call of a virtual machine can throw.
  private func plain(_ name: String, _ action: MapAction, canThrow: Bool) -> SwiftExpression {
    isVM
      ? .call("try machine.\(name)", [.text("\(action.mmu)")])
      : .call("\(canThrow ? "try " : "")map.\(name)", [])
  }

  /// The answer to an `unmap` or a `query`.
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

/// The MMUs whose reserve was filled and which have stored nothing since. Their next record must
/// not break the map, whatever is refused (Specification 4.4.a).
struct FullReserves {
  private var mmus: Set<Int> = []

  /// Whether `action` is a record of such an MMU.
  func mustHold(for action: MapAction) -> Bool {
    action.kind == .record && mmus.contains(action.mmu)
  }

  /// Updates the set after `action`.
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
  /// The MMUs that `action` empties, given this answer, without reporting what they held.
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
  /// The MMUs whose entries `action` may have changed, given this answer, without emptying the map.
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
