import ReverseMapping

// The arguments of `refuse`.

extension ScenarioParser {
  /// What follows `refuse`.
  mutating func parsePlan() throws(ScenarioTextError) -> RefusalPlan {
    let form = try parseChoice(of: "a plan", Operation.PlanForm.allCases)
    switch form {
    case .none: return .none
    case .request: return .request(try parseCount())
    case .every: return .every(try parseCount())
    case .from: return .from(try parseCount())
    case .next: return .next(try parseCount())
    case .budget: return .budget(bytes: try parseBudget())
    case .chance: return try parseChance()
    }
  }

  private mutating func parseCount() throws(ScenarioTextError) -> Int {
    let most = UInt64(Operation.mostPlanCount)
    let (count, word) = try words.number("a count, 1 to \(most)")
    guard (1...most).contains(count) else {
      throw words.error(
        at: word, "\(words.quoted(word)) is no count of requests; the choices are 1 to \(most)")
    }
    return Int(truncatingIfNeeded: count)
  }

  private mutating func parseBudget() throws(ScenarioTextError) -> Int {
    let (unit, most) = (UInt64(Operation.budgetUnit), UInt64(Operation.mostBudget))
    let (bytes, word) = try words.number("a number of bytes")
    guard bytes % unit == 0, bytes <= most else {
      throw words.error(
        at: word,
        "\(words.quoted(word)) is no budget; the choices are the multiples of \(hexadecimal(unit)) "
          + "bytes from 0 to \(hexadecimal(most))")
    }
    return Int(truncatingIfNeeded: bytes)
  }

  private mutating func parseChance() throws(ScenarioTextError) -> RefusalPlan {
    let whole = UInt64(Operation.mostPlanCount)
    let word = try words.next("a chance like 12/\(whole)")
    guard let (left, right) = words.split(word, at: "/") else {
      throw words.error(
        at: word, "\(words.quoted(word)) is no chance; expected one like 12/\(whole)")
    }
    let parts = try words.number(left)
    guard (1...whole).contains(parts) else {
      throw words.error(
        at: left, "\(words.quoted(left)) is no number of parts; the choices are 1 to \(whole)")
    }
    guard try words.number(right) == whole else {
      throw words.error(
        at: right, "a chance is in parts of \(whole), found \(words.quoted(right))")
    }
    _ = try words.expect("seed")
    let (seed, at) = try words.number("a seed, 0 to 255")
    guard seed <= 255 else {
      throw words.error(at: at, "\(words.quoted(at)) is no seed; the choices are 0 to 255")
    }
    return .chance(parts: UInt32(clamping: parts << 16), seed: seed)
  }
}
