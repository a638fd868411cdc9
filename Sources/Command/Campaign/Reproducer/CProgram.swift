import Differential
import ReverseMapping

/// Writes the calls that a library got as a C program that fails as the library did.
struct CProgram {
  /// How the program shows the failure, after the last call.
  enum Check {
    /// The last unmap or query of `map` must lead to these nested bytes.
    case reports(IPARange, map: Int)
    /// An entry of `map` must lead to these canonical bytes, at this nested address.
    case covers(IPARange, nested: UInt64, map: Int)
    /// The last operation must be answered like this. `maps` has the map of each MMU.
    case answers(Answer, maps: [Int?])
    /// The maps must hold these rows and have this status.
    case holds(Divergence.OracleSide, maps: [Int?])
    /// The library's own check must find nothing.
    case isIntact
    /// A map that is cleared must hold no memory.
    case isEmpty
    /// The last call ends the process, or does not return.
    case returns
    /// A call that changes nothing, given in words, ends the process, or does not return.
    case calls(String)
    /// The host that the program plays sees whether the map breaks its rules.
    case keepsRulesOfHost
    /// A program cannot see the failure.
    case none
  }

  /// The record that made the mapping which is lost.
  struct Mark {
    /// Its index among the calls.
    var call: Int
    /// What it maps, in a sentence.
    var text: String
    /// Whether another map may let it fail, so that there is no mapping.
    var mayFail: Bool
  }

  /// The failure and the library, in lines.
  var title: [String]
  /// The calls up to the failure. The last operation is the one that fails.
  let recording: CallRecording
  /// Whether each call has to return what it returned.
  var expectsResults: Bool
  /// The record that made the mapping which is lost, if one is.
  var mark: Mark?
  /// How the failure shows.
  var check: Check
  /// Whether other calls come while a map calls its host.
  var interleaves: Bool

  /// The maps, in the order of their creation.
  private let maps: [Int]
  /// Whether the maps call their host, so that the program plays it.
  let hasHost: Bool
  /// Whether the maps share a structure.
  let hasMachine: Bool

  /// The lines of `main`.
  private(set) var lines: [String] = []

  init(
    title: [String], recording: CallRecording, expectsResults: Bool,
    mark: Mark?, check: Check, interleaves: Bool
  ) {
    self.title = title
    self.recording = recording
    self.expectsResults = expectsResults
    self.mark = mark
    self.check = check
    self.interleaves = interleaves
    let functions = recording.calls.map(\.function)
    maps = recording.calls.filter { $0.function == "create" }.map(\.map)
    hasHost = recording.mostUnmapped > 0 && functions.contains { $0.hasPrefix("unmap") }
    hasMachine = functions.contains("create_machine")
  }

  /// The program. O(calls + ranges).
  mutating func text() -> String {
    lines = []
    writeCalls()
    writeEnd()
    return header + prelude + "\nint main(void) {\n" + start
      + lines.map { $0.isEmpty ? "\n" : "  \($0)\n" }.joined()
      + "  puts(\"\(last)\");\n  return 0;\n}\n"
  }

  /// What the program promises, in its first comment.
  var promise: String {
    switch check {
    case .none: return "The program makes the calls, but what is\n * wrong shows in revfuzz only."
    case .returns, .calls: return "If the map still fails, the program ends\n * as the map does."
    default:
      return "The program says what is wrong and exits with 1\n"
        + " * if the map still fails, and with 0 otherwise."
    }
  }

  /// What the program says at its end.
  private var last: String {
    if case .none = check {
      return "all calls have returned; what is wrong shows in revfuzz only"
    }
    return "no failure"
  }

  // MARK: - Calls

  private func name(_ map: Int) -> String { maps.count == 1 ? "map" : "map\(map)" }

  /// Whether the program notes that a record broke a map, which then has no entries.
  var tracksBroken: Bool {
    if case .covers = check { return !recording.refused.isEmpty }
    return false
  }

  private var lastOperation: Int? { recording.calls.last?.operation }

  private mutating func writeCalls() {
    var operation: Int?
    for (index, call) in recording.calls.enumerated() {
      if call.operation != operation, operation == nil || call.operation == lastOperation {
        lines.append("")
      }
      operation = call.operation
      guard let mark, mark.call == index else {
        write(call)
        continue
      }
      lines.append("/* \(mark.text) */")
      if mark.mayFail {
        lines.append("if (\(Self.text(of: call, name(call.map))) == REVERSE_MAP_FAILED) {")
        lines += ["  puts(\"no failure: nothing is mapped\");", "  return 0;", "}"]
      } else {
        write(call)
      }
    }
  }

  private mutating func write(_ call: RecordedCall) {
    if call.function == "create" {
      if hasHost {
        lines.append(
          "hosts[\(call.map)] = (struct reverse_map_host){&hosts[\(call.map)], unmap_nested};")
        lines.append("configuration.host = &hosts[\(call.map)];")
      }
      lines.append("void *\(name(call.map)) = library->create(&configuration);")
      if call.result == 0 {
        lines.append("if (\(name(call.map)) == NULL) return puts(\"create returned NULL\"), 1;")
      }
      if hasHost { lines.append("maps[\(call.map)] = \(name(call.map));") }
      return
    }
    if hasHost, call.function == "unmap" || call.function == "unmap_machine" {
      let (start, size) = (Self.number(call.arguments[0]), Self.number(call.arguments[1]))
      lines.append("begin_unmap(\(start), \(size), \(call.asked.count));")
    }
    if call.function == "create_machine" || call.function == "destroy_machine" { return }
    if call.function == "unmap_machine" { writeAnswers(call) }
    if call.function == "unmap" || call.function == "query" {
      lines.append(hasMachine || hasHost ? "ranges = room, count = 0;" : "count = 0;")
    }
    let text = Self.text(of: call, name(call.map))
    guard let result = call.result else {
      lines.append("/* This call ends the process, or does not return. */")
      lines.append(text + ";")
      return
    }
    defer {
      if hasHost, call.function == "unmap" || call.index != nil {
        let isAnswered = call.result == 16
        if isAnswered { lines.append("end_unmap(\(call.map));") }
      }
    }
    let isLast = call.operation == lastOperation
    switch check {
    case .reports(let nested, let map) where isLast && call.isAnswer && call.map == map:
      let (first, last) = (Self.number(nested.start), Self.number(nested.last))
      lines.append("int result = \(text);")
      if hasHost, call.function != "query" { lines.append("combine(\(map));") }
      return lines.append("expect_reported(__LINE__, result, \(first), \(last));")
    case .answers(let answer, let maps) where isLast:
      if let expected = Self.expected(answer, of: call, mmu: maps.firstIndex(of: call.map)) {
        return write(text, expected.result, expected.ranges, of: call)
      }
    default: break
    }
    if ["clear", "begin_full_unmap", "destroy", "unmap_machine"].contains(call.function) {
      lines.append(text + ";")
      // The next map may get the same address.
      if hasHost, call.function == "destroy" { lines.append("maps[\(call.map)] = NULL;") }
    } else if expectsResults {
      write(text, result, call.ranges, of: call)
    } else if tracksBroken, call.function == "record" {
      lines.append("broken |= \(text) == REVERSE_MAP_BROKE;")
    } else {
      let ranges = call.ranges.prefix(3).map { " \($0)" }.joined()
      let more = call.ranges.count > 3 ? " ..." : ""
      let remark = "\(Self.constant(result, prefix: ""))\(ranges)\(more)"
      lines.append(
        call.index.map { "/* answers[\($0)]: \(remark) */" } ?? "\(text); /* \(remark) */")
    }
  }

  private mutating func write(
    _ text: String, _ result: Int, _ ranges: [IPARange], of call: RecordedCall
  ) {
    lines.append("EXPECT(\(text), \(Self.constant(result)));")
    guard call.isAnswer, result == 16 else { return }
    if hasHost, call.function != "query" { lines.append("combine(\(call.map));") }
    if ranges.isEmpty { return lines.append("expect_ranges(__LINE__, 0, NULL);") }
    let items = ranges.map { "{\(Self.number($0.start)), \(Self.number($0.size))}" }
    lines.append(
      "expect_ranges(__LINE__, \(ranges.count), (const struct reverse_map_range[]){")
    lines += items.map { "  \($0)," }
    lines.append("});")
  }

  /// Writes the answers that an `unmap_machine` is given to fill in. Their ranges lie one after
  /// another.
  private mutating func writeAnswers(_ call: RecordedCall) {
    var used: UInt64 = 0
    for (index, asked) in call.asked.enumerated() {
      lines.append(
        "answers[\(index)] = (struct reverse_map_answer){\(name(asked.map)), room + \(used), "
          + "\(asked.capacity), 0, REVERSE_MAP_RANGES};")
      used += asked.capacity
    }
  }

  private static func text(of call: RecordedCall, _ map: String) -> String {
    if let index = call.index { return "answer(\(index))" }
    if call.function == "unmap_machine" {
      let arguments = call.arguments.map(number).joined(separator: ", ")
      return "library->unmap_machine(machine, \(arguments), answers, \(call.asked.count))"
    }
    var arguments = [map] + call.arguments.map(number)
    if call.isAnswer {
      // The last one is the capacity, in ranges.
      arguments[arguments.count - 1] = "\(call.arguments.last ?? 0)"
      arguments.insert("room", at: arguments.count - 1)
      arguments.append("&count")
    }
    return "library->\(call.function)(\(arguments.joined(separator: ", ")))"
  }

  /// The result and the ranges of `call` that `answer` asks for; nil if it asks for none.
  private static func expected(
    _ answer: Answer, of call: RecordedCall, mmu: Int?
  ) -> (result: Int, ranges: [IPARange])? {
    if let error = answer.error { return value(of: "\(error)").map { ($0, []) } }
    switch call.function {
    case "record", "invalidate", "end_full_unmap":
      return value(of: "\(answer.outcome)").map { ($0, []) }
    case "unmap", "query", "answer":
      var found: (Int, [IPARange])?
      answer.forEachVisit { visit, ranges in
        guard visit.mmu == mmu, let result = value(of: "\(visit.result)") else { return }
        found = (result, Array(ranges))
      }
      return found
    default: return nil
    }
  }

  // MARK: - The end

  private mutating func writeEnd() {
    lines.append("")
    let alive = maps.filter { map in
      !recording.calls.contains { $0.function == "destroy" && $0.map == map }
    }
    switch check {
    case .covers(let canonical, let nested, let map):
      lines.append(
        "expect_covered(__LINE__, \(name(map)), \(Self.number(canonical.start)), "
          + "\(Self.number(canonical.last)),")
      lines.append("               \(Self.number(nested)));")
    case .holds(let side, let maps): writeState(side, maps)
    case .isIntact: lines += alive.map { "expect_intact(__LINE__, \(name($0)));" }
    case .isEmpty:
      lines += alive.map { "library->clear(\(name($0)));" }
      lines.append("expect_no_blocks(__LINE__);")
    case .calls(let call): writeLast(call, of: alive)
    case .reports, .answers, .returns, .keepsRulesOfHost, .none: break
    }
    lines += alive.map { "library->destroy(\(name($0)));" }
    if case .isEmpty = check { lines.append("expect_no_blocks(__LINE__);") }
    if hasMachine { lines.append("library->destroy_machine(machine);") }
  }

  /// Writes the call that ends the process, as a report describes it: `query of [0x0, 0xfff] in
  /// NAME`. It is not known which of the maps it was made for.
  private mutating func writeLast(_ call: String, of maps: [Int]) {
    lines.append("/* One of these calls ends the process, or does not return. */")
    let range = call.firstMatch(of: #/\[0x([0-9a-f]+), 0x([0-9a-f]+)\]/#)
    for map in maps {
      switch call.prefix(while: { $0 != " " }) {
      case "check": lines.append("library->check(\(name(map)));")
      case "entries": lines.append("list(\(name(map)));")
      case "query":
        guard let range, let start = UInt64(range.1, radix: 16),
          let last = UInt64(range.2, radix: 16)
        else { continue }
        lines.append(
          "ask(\(name(map)), \(Self.number(start)), \(Self.number(last - start + 1)));")
      default: lines.append("library->clear(\(name(map)));")
      }
    }
  }

  private mutating func writeState(_ side: Divergence.OracleSide, _ maps: [Int?]) {
    for (mmu, map) in maps.enumerated() {
      guard let map else { continue }
      let entries = side.entries(ofMMU: mmu)
      let head = "expect_entries(__LINE__, \(name(map)), \(entries.count), "
      if entries.isEmpty {
        lines.append(head + "NULL);")
      } else {
        lines.append(head + "(const struct reverse_map_entry[]){")
        lines += entries.map { entry in
          let nested = entry.content.nested.map(Self.number) ?? "REVERSE_MAP_UNKNOWN"
          return "  {\(Self.number(entry.first)), \(Self.number(entry.last)), \(nested), "
            + "\(Self.number(entry.word))},"
        }
        lines.append("});")
      }
      let status = side.status(ofMMU: mmu)
      lines.append(
        "expect_state(__LINE__, \(name(map)), \(status.isBroken ? 1 : 0), \(status.fullUnmaps));")
    }
  }

  // MARK: - Words

  private static func number(_ number: UInt64) -> String {
    number == 0 ? "0" : hexadecimal(number)
  }

  /// The constants of `reverse_map.h`, without their prefix, and the words of `Answer` for them.
  private static let constants: [(value: Int, name: String, word: String)] = [
    (0, "IGNORED", "ignored"), (1, "STORED", "stored"), (2, "UNCHANGED", "unchanged"),
    (3, "POLLUTED", "polluted"), (4, "BROKE", "broke"), (5, "FAILED", "failed"),
    (16, "RANGES", "ranges"), (17, "EVERYTHING", "everything"), (32, "DONE", "done"),
    (-1, "MISALIGNED", "misaligned"), (-2, "EMPTY", "empty"), (-3, "WRAPS", "wraps"),
    (-4, "OUTSIDE_WIDTH", "outsideWidth"), (-5, "STRAY_NESTED_BITS", "strayNestedBits"),
    (-6, "NO_FULL_UNMAP", "noFullUnmapInProgress"),
  ]

  private static func value(of word: String) -> Int? {
    constants.first { $0.word == word }?.value
  }

  private static func constant(_ value: Int, prefix: String = "REVERSE_MAP_") -> String {
    constants.first { $0.value == value }.map { prefix + $0.name } ?? "\(value)"
  }
}

extension Divergence.OracleSide {
  /// The entries of an MMU, in ascending order. O(rows).
  fileprivate func entries(ofMMU mmu: Int) -> [Entry] {
    rows.compactMap { row in
      if case .map(.entry(let entry), mmu) = row { return entry }
      return nil
    }
  }

  /// Whether the map of an MMU is broken, and its full unmaps in progress.
  fileprivate func status(ofMMU mmu: Int) -> (isBroken: Bool, fullUnmaps: Int) {
    let status = MMUStatus(of: mmu, in: status)
    return (status.isBroken, status.fullUnmapsInProgress)
  }
}
