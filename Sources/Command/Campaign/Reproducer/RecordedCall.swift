import ReverseMapping

/// A call that a library got, as recorded (reverse_map_recorder.h).
struct RecordedCall {
  /// The index of the operation that it belongs to; nil before the first.
  var operation: Int?
  /// The function, as `reverse_map.h` calls it.
  var function: Substring
  /// The number of the map, counted from 0 in the order of the creations; -1 for a machine.
  var map: Int
  /// The arguments that the recording has after the map.
  var arguments: [UInt64]
  /// What the call returned; nil if it did not return.
  var result: Int?
  /// The nested ranges that it reported.
  var ranges: [IPARange] = []
  /// The maps that an `unmap_machine` asks, and the capacity of each in ranges.
  var asked: [(map: Int, capacity: UInt64)] = []
  /// The index of the answer, if this is the answer of one map to an `unmap_machine`. Its function
  /// is `answer` then, and its arguments are those of an unmap of the map.
  var index: Int?

  /// The ranges that it has room for, all maps together.
  var capacity: UInt64 {
    if index != nil { return 0 }
    return isAnswer ? arguments.last ?? 0 : asked.reduce(0) { $0 + $1.capacity }
  }

  /// Whether it is an unmap, a query or an answer, which report ranges.
  var isAnswer: Bool { ["unmap", "query", "answer"].contains(function) }
}

/// The calls that a library got in a run, in order.
struct CallRecording {
  var calls: [RecordedCall] = []
  /// The requests for memory that were refused, counted from 1 over all maps.
  var refused: [UInt64] = []

  /// The most ranges that an unmap has unmapped itself.
  var mostUnmapped = 0

  /// Parses a recording. A last line that is not complete is left out. O(text).
  init(_ text: String) {
    var operation: Int?
    var asked: [(map: Int, capacity: UInt64)] = []
    var unmapped: [Int: [IPARange]] = [:]
    let end = text.lastIndex(of: "\n") ?? text.startIndex
    for line in text[..<end].split(separator: "\n") {
      let words = line.split(separator: " ")
      let numbers = words.dropFirst().compactMap { UInt64($0) }
      switch words[0] {
      case "operation": operation = numbers.first.map { Int($0) }
      case "refused": refused += numbers
      case "=":
        guard let result = words.dropFirst().first.flatMap({ Int($0) }) else { continue }
        addAnswer()
        guard let last = calls.indices.last else { continue }
        calls[last].result = result
        // The result itself may be negative, and then it is no number here.
        let bounds = words.dropFirst(2).compactMap { UInt64($0) }
        let reported = stride(from: 0, to: bounds.count - 1, by: 2).map {
          IPARange(start: bounds[$0], size: bounds[$0 + 1])
        }
        calls[last].ranges = unmapped.removeValue(forKey: calls[last].map) ?? []
        calls[last].ranges += reported
      case "unmapped" where numbers.count == 3:
        unmapped[Int(numbers[0]), default: []].append(
          IPARange(start: numbers[1], size: numbers[2]))
        mostUnmapped = max(mostUnmapped, unmapped.values.reduce(0) { $0 + $1.count })
      case "answer" where numbers.count == 2: asked.append((Int(numbers[0]), numbers[1]))
      case "unmap_machine":
        calls.append(
          RecordedCall(
            operation: operation, function: words[0], map: -1, arguments: numbers, asked: asked))
        asked = []
      default:
        calls.append(
          RecordedCall(
            operation: operation, function: words[0], map: numbers.first.map { Int($0) } ?? -1,
            arguments: Array(numbers.dropFirst())))
      }
    }
  }

  /// Adds the next answer to the `unmap_machine` that was called last, if one is outstanding.
  private mutating func addAnswer() {
    guard let call = calls.lastIndex(where: { $0.function != "answer" }),
      calls[call].function == "unmap_machine"
    else { return }
    let index = calls.count - call - 1
    guard index < calls[call].asked.count else { return }
    calls[call].result = 0
    let (map, capacity) = calls[call].asked[index]
    calls.append(
      RecordedCall(
        operation: calls[call].operation, function: "answer", map: map,
        arguments: calls[call].arguments + [capacity], index: index))
  }
}
