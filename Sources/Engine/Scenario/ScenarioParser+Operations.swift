import ReverseMapping

// Parsing of operation lines.

extension ScenarioParser {
  mutating func parseOperation(
    _ word: Tokenizer.Word, in world: World
  ) throws(ScenarioTextError) -> Operation {
    let name = words.text(word)
    let kinds = world.family.kinds
    guard let kind = kinds.first(where: { $0.word == name }) else {
      throw words.error(
        at: word,
        "unknown operation \(words.quoted(word)) in a \(world.family) world; its operations are "
          + kinds.map(\.word).joined(separator: ", "))
    }
    var operation = try parseArguments(of: kind, in: world)
    if world.family.isVM, kind.namesMMU { operation.mmu = try parseMMU(in: world) }
    return operation
  }

  private mutating func parseArguments(
    of kind: Operation.Kind, in world: World
  ) throws(ScenarioTextError) -> Operation {
    switch kind {
    case .record, .unmap, .query, .invalidate: return try parseRange(kind, in: world)
    case .fill: return try parseFill(in: world)
    case .store, .erase, .replace, .remove, .insert, .list, .fillTree:
      return try parseKeys(kind, in: world)
    case .clear, .beginFullUnmap, .endFullUnmap, .clearTree, .create, .handOver, .tearDown, .topUp,
      .reclaim:
      return Operation(kind)
    case .refuse: return .refuse(try parsePlan(), in: world)
    case .enter:
      return .enter(try parseChoice(of: "a context", Context.allCases, named: \.word), in: world)
    case .find:
      let (key, word) = try words.number("a key")
      return try located([.first: word]) { () throws(ArgumentMisfit) in
        try Operation(find: key, in: world)
      }
    }
  }

  private mutating func parseMMU(in world: World) throws(ScenarioTextError) -> Int {
    _ = try words.expect("mmu")
    let (number, word) = try words.number("the number of an MMU")
    guard number < UInt64(world.mmus) else {
      throw words.error(
        at: word,
        "there is no MMU \(number); this world has "
          + (world.mmus == 1 ? "only MMU 0" : "MMUs 0 to \(world.mmus - 1)"))
    }
    return Int(truncatingIfNeeded: number)
  }

  private mutating func parseRange(
    _ kind: Operation.Kind, in world: World
  ) throws(ScenarioTextError) -> Operation {
    var at: [ArgumentMisfit.Argument: Tokenizer.Word] = [:]
    var nested: UInt64 = 0
    let start: UInt64
    let size: UInt64
    (start, at[.start]) = try words.number(
      kind == .invalidate ? "a nested address" : "a canonical address")
    if kind == .record {
      _ = try words.expect("->")
      (nested, at[.nested]) = try words.number("a nested address")
    }
    _ = try words.expect("size")
    (size, at[.size]) = try words.number("a size")
    return try located(at) { () throws(ArgumentMisfit) in
      try Operation(kind, range: IPARange(start: start, size: size), nested: nested, in: world)
    }
  }

  private mutating func parseFill(in world: World) throws(ScenarioTextError) -> Operation {
    var at: [ArgumentMisfit.Argument: Tokenizer.Word] = [:]
    let (start, nested, size): (UInt64, UInt64, UInt64)
    (start, at[.start]) = try words.number("a canonical address")
    _ = try words.expect("->")
    (nested, at[.nested]) = try words.number("a nested address")
    _ = try words.expect("size")
    (size, at[.size]) = try words.number("a size")
    let (count, step) = try parseCountAndStep(&at)
    return try located(at) { () throws(ArgumentMisfit) in
      try Operation(
        fill: IPARange(start: start, size: size), nested: nested, count: count, step: step,
        in: world)
    }
  }

  /// The end of the line of a fill: `count 9 step 0x2000`.
  private mutating func parseCountAndStep(
    _ at: inout [ArgumentMisfit.Argument: Tokenizer.Word]
  ) throws(ScenarioTextError) -> (count: UInt64, step: UInt64) {
    let (count, step): (UInt64, UInt64)
    _ = try words.expect("count")
    (count, at[.count]) = try words.number("a number of ranges")
    _ = try words.expect("step")
    (step, at[.step]) = try words.number("the distance of two ranges")
    return (count, step)
  }

  private mutating func parseKeys(
    _ kind: Operation.Kind, in world: World
  ) throws(ScenarioTextError) -> Operation {
    var at: [ArgumentMisfit.Argument: Tokenizer.Word] = [:]
    let range = try words.next("a range of keys")
    guard let (left, right) = words.split(range, at: "...") else {
      throw words.error(
        at: range, "\(words.quoted(range)) is not a range of keys; write one like 0x0...0x5")
    }
    let first = try words.number(left)
    let last = try words.number(right)
    (at[.first], at[.last]) = (left, right)
    var value: UInt64 = 0
    if kind.takesWord {
      _ = try words.expect("word")
      (value, at[.word]) = try words.number("a word")
    }
    if kind == .fillTree {
      let (count, step) = try parseCountAndStep(&at)
      return try located(at) { () throws(ArgumentMisfit) in
        try Operation(
          fillTree: first, last: last, word: value, count: count, step: step, in: world)
      }
    }
    return try located(at) { () throws(ArgumentMisfit) in
      try Operation(kind, first: first, last: last, word: value, in: world)
    }
  }

  /// Runs `body`. A misfit that it throws becomes an error at the word of the argument at fault.
  private func located(
    _ at: [ArgumentMisfit.Argument: Tokenizer.Word],
    _ body: () throws(ArgumentMisfit) -> Operation
  ) throws(ScenarioTextError) -> Operation {
    do throws(ArgumentMisfit) {
      return try body()
    } catch {
      guard let word = at[error.argument] else { throw words.error(error.message) }
      throw words.error(at: word, error.message)
    }
  }

  // MARK: - Fault plans

  /// The fault plan after `refuse`.
  private mutating func parsePlan() throws(ScenarioTextError) -> FaultPlan {
    let form = try parseChoice(of: "a fault plan", Operation.FaultPlanKind.allCases)
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
    let (count, word) = try words.number("a number of requests, 1 to \(most)")
    guard (1...most).contains(count) else {
      throw words.error(
        at: word,
        "\(words.quoted(word)) is out of range; the number of requests is 1 to \(most)")
    }
    return Int(truncatingIfNeeded: count)
  }

  private mutating func parseBudget() throws(ScenarioTextError) -> Int {
    let (unit, most) = (UInt64(Operation.budgetUnit), UInt64(Operation.mostBudget))
    let (bytes, word) = try words.number("a number of bytes")
    guard bytes % unit == 0, bytes <= most else {
      throw words.error(
        at: word,
        "\(words.quoted(word)) is not a budget; a budget is a multiple of \(hexadecimal(unit)) "
          + "bytes, from 0 to \(hexadecimal(most))")
    }
    return Int(truncatingIfNeeded: bytes)
  }

  private mutating func parseChance() throws(ScenarioTextError) -> FaultPlan {
    let whole = UInt64(Operation.mostPlanCount)
    let word = try words.next("a chance like 12/\(whole)")
    guard let (left, right) = words.split(word, at: "/") else {
      throw words.error(
        at: word, "\(words.quoted(word)) is not a chance; write one like 12/\(whole)")
    }
    let parts = try words.number(left)
    guard (1...whole).contains(parts) else {
      throw words.error(
        at: left,
        "\(words.quoted(left)) is out of range; the numerator of a chance is 1 to \(whole)")
    }
    guard try words.number(right) == whole else {
      throw words.error(
        at: right,
        "the denominator of a chance is always \(whole), found \(words.quoted(right))")
    }
    _ = try words.expect("seed")
    let (seed, at) = try words.number("a seed, 0 to 255")
    guard seed <= 255 else {
      throw words.error(at: at, "\(words.quoted(at)) is out of range; a seed is 0 to 255")
    }
    return .chance(parts: UInt32(clamping: parts << 16), seed: seed)
  }
}
