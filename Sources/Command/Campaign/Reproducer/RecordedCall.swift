import ReverseMapping

/// A call that a library got, as recorded (reverse_map_recorder.h).
struct RecordedCall {
  /// The index of the operation that it belongs to; nil before the first.
  var operation: Int?
  /// The function, as `reverse_map.h` calls it.
  var function: Substring
  /// The number of the map, counted from 0 in the order of the creations.
  var map: Int
  /// The arguments that the recording has after the map.
  var arguments: [UInt64]
  /// What the call returned; nil if it did not return.
  var result: Int?
  /// The nested ranges that it reported.
  var ranges: [IPARange] = []

  /// Whether it is an unmap or a query, which report ranges.
  var isAnswer: Bool { function == "unmap" || function == "query" }
}

/// The calls that a library got in a run, in order.
struct CallRecording {
  var calls: [RecordedCall] = []
  /// The requests for memory that were refused, counted from 1 over all maps.
  var refused: [UInt64] = []

  /// Parses a recording. A last line that is not complete is left out. O(text).
  init(_ text: String) {
    var operation: Int?
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      let numbers = words.dropFirst().compactMap { UInt64($0) }
      switch words[0] {
      case "operation": operation = numbers.first.map { Int($0) }
      case "refused": refused += numbers
      case "=":
        guard let last = calls.indices.last, words.count > 1 else { continue }
        calls[last].result = Int(words[1])
        // The result itself may be negative, and then it is no number here.
        let bounds = words.dropFirst(2).compactMap { UInt64($0) }
        calls[last].ranges = stride(from: 0, to: bounds.count - 1, by: 2).map {
          IPARange(start: bounds[$0], size: bounds[$0 + 1])
        }
      default:
        guard let map = numbers.first else { continue }
        calls.append(
          RecordedCall(
            operation: operation, function: words[0], map: Int(map),
            arguments: Array(numbers.dropFirst())))
      }
    }
  }
}
