import Differential

/// Collects the lines of a Swift test.
struct SwiftTestWriter {
  private(set) var lines: [String] = []
  /// Whether an answer depends on refused memory.
  var isRefused = false
  private var names: [String: Int] = [:]

  /// Adds a line to the body of the test.
  mutating func line(_ text: String) { lines.append("  " + text) }

  /// Adds a blank line, unless the last line is blank.
  mutating func blank() {
    if lines.last != "" { lines.append("") }
  }

  /// Adds `expression` as a statement.
  mutating func statement(_ expression: SwiftExpression) {
    lines += expression.lines(indent: 2, head: "  ")
  }

  /// Adds `call` without expecting an answer: it only must not trap.
  mutating func writeOpen(_ call: SwiftExpression) {
    line("// The run ended here. The answer depends on whether memory is refused.")
    guard case .call(let name, let arguments) = call else { return statement(call) }
    statement(.call("_ = " + name.replacing("try ", with: "try? "), arguments))
  }

  /// Adds `#expect(left == right)`.
  mutating func expect(_ left: SwiftExpression, equals right: SwiftExpression) {
    statement(.call("#expect", [.equality(left, right)]))
  }

  /// Adds `#expect(left == right)`.
  mutating func expect(_ left: String, equals right: String) {
    expect(.text(left), equals: .text(right))
  }

  /// Adds `#expect(left == [elements])`.
  mutating func expect(_ left: String, equals elements: [SwiftExpression]) {
    expect(.text(left), equals: .array(elements))
  }

  /// Adds `#expect(throws: error) { expression }`.
  mutating func expect(throws error: String, _ expression: SwiftExpression) {
    let head = "#expect(throws: \(error)) {"
    let flat = "\(head) \(expression.flat) }"
    if flat.count + 2 <= SwiftExpression.columns { return line(flat) }
    line(head)
    lines += expression.lines(indent: 4, head: "    ")
    line("}")
  }

  /// A new name that begins with `stem`.
  mutating func newName(_ stem: String) -> String {
    let count = names[stem, default: 0] + 1
    names[stem] = count
    return count == 1 ? stem : "\(stem)\(count)"
  }
}
