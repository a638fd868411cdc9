import Differential
import ReverseMapping

/// A Swift expression, laid out in lines of 100 columns as `swift format` does.
indirect enum SwiftExpression {
  /// Text that is never broken.
  case text(String)
  /// A number in hexadecimal.
  case number(UInt64)
  /// `name(arguments)`.
  case call(String, [SwiftExpression])
  /// `label: value`.
  case labelled(String, SwiftExpression)
  /// `[elements]`; if broken, one element a line.
  case array([SwiftExpression])
  /// `left == right`.
  case equality(SwiftExpression, SwiftExpression)

  /// The most columns in a line.
  static let columns = 100

  /// `IPARange(start: 0x1000, size: 0x1000)`.
  static func range(_ range: IPARange) -> SwiftExpression {
    .call(
      "IPARange",
      [.labelled("start", .number(range.start)), .labelled("size", .number(range.size))]
    )
  }

  /// The expression on one line.
  var flat: String {
    switch self {
    case .text(let text): return text
    case .number(let number): return Self.literal(number)
    case .call(let name, let arguments): return "\(name)(\(Self.list(arguments)))"
    case .labelled(let label, let value): return "\(label): \(value.flat)"
    case .array(let elements): return "[\(Self.list(elements))]"
    case .equality(let left, let right): return "\(left.flat) == \(right.flat)"
    }
  }

  private static func list(_ items: [SwiftExpression]) -> String {
    items.map(\.flat).joined(separator: ", ")
  }

  /// For example `0x1000`; a number of eight digits or more is grouped: `0x8000_0000_0000_1000`.
  private static func literal(_ number: UInt64) -> String {
    let digits = Array(String(number, radix: 16))
    if digits.count < 8 { return "0x" + String(digits) }
    var text = "0x"
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 4 == 0 { text += "_" }
      text.append(digit)
    }
    return text
  }

  /// The lines of `head`, the expression and `tail`. `head` includes the indentation of `indent`
  /// columns.
  func lines(indent: Int, head: String, tail: String = "") -> [String] {
    let line = head + flat + tail
    if line.count <= Self.columns { return [line] }
    switch self {
    case .text, .number: return [line]
    case .labelled(let label, let value):
      return value.lines(indent: indent, head: "\(head)\(label): ", tail: tail)
    case .call(let name, let arguments):
      if case .array = arguments.last, arguments.count == 1 {
        return arguments[0].lines(indent: indent, head: "\(head)\(name)(", tail: ")" + tail)
      }
      return ["\(head)\(name)("] + Self.filled(arguments, indent: indent + 2, tail: ")" + tail)
    case .array(let elements):
      var lines = [head + "["]
      for element in elements {
        lines += element.lines(
          indent: indent + 2, head: Self.spaces(indent + 2), tail: elements.count > 1 ? "," : "")
      }
      return lines + [Self.spaces(indent) + "]" + tail]
    case .equality(let left, let right):
      return Self.broken(left, right, indent: indent, head: head, tail: tail)
    }
  }

  /// The arguments, as many on each line as fit.
  private static func filled(
    _ arguments: [SwiftExpression], indent: Int, tail: String
  ) -> [String] {
    var lines: [String] = []
    var line = spaces(indent)
    for (index, argument) in arguments.enumerated() {
      let isLast = index == arguments.count - 1
      let end = isLast ? tail : ","
      let isFirst = line.allSatisfy { $0 == " " }
      let next = line + (isFirst ? "" : " ") + argument.flat + end
      if next.count <= columns {
        line = next
        continue
      }
      if !isFirst { lines.append(line) }
      var rest = argument.lines(indent: indent, head: spaces(indent), tail: end)
      line = rest.removeLast()
      lines += rest
    }
    return lines + [line]
  }

  /// An equality that is too long for a line. It is broken inside the array on its right, inside
  /// the call on its left if the right is plain text, or else before the operator.
  private static func broken(
    _ left: SwiftExpression, _ right: SwiftExpression, indent: Int, head: String, tail: String
  ) -> [String] {
    let start = head + left.flat
    if start.count + 4 <= columns, case .array = right {
      return right.lines(indent: indent, head: start + " == ", tail: tail)
    }
    if case .text = right {
      return left.lines(indent: indent, head: head, tail: " == \(right.flat)\(tail)")
    }
    return left.lines(indent: indent, head: head)
      + right.lines(indent: indent + 2, head: spaces(indent + 2) + "== ", tail: tail)
  }

  static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
