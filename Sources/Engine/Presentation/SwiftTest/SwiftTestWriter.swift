import Differential
/// The lines of a Swift test, as they are written.
struct SwiftTestWriter {
  private(set) var lines: [String] = []
  /// Whether an answer depends on what memory was refused.
  var isRefused = false
  private var names: [String: Int] = [:]

  /// A line of the test's body as it is.
  mutating func line(_ text: String) { lines.append("  " + text) }

  /// A blank line, but never two.
  mutating func blank() {
    if lines.last != "" { lines.append("") }
  }

  /// `expression`, as a statement.
  mutating func statement(_ expression: SwiftExpression) {
    lines += expression.lines(indent: 2, head: "  ")
  }

  /// `call`, whatever comes of it but a trap.
  mutating func writeOpen(_ call: SwiftExpression) {
    line("// Here it ended. What it answers depends on whether it is refused memory.")
    guard case .call(let name, let arguments) = call else { return statement(call) }
    statement(.call("_ = " + name.replacing("try ", with: "try? "), arguments))
  }

  /// `#expect(left == right)`.
  mutating func expect(_ left: SwiftExpression, equals right: SwiftExpression) {
    statement(.call("#expect", [.equality(left, right)]))
  }

  /// `#expect(left == right)`.
  mutating func expect(_ left: String, equals right: String) {
    expect(.text(left), equals: .text(right))
  }

  /// `#expect(left == [elements])`.
  mutating func expect(_ left: String, equals elements: [SwiftExpression]) {
    expect(.text(left), equals: .array(elements))
  }

  /// `#expect(throws: error) { expression }`.
  mutating func expect(throws error: String, _ expression: SwiftExpression) {
    let head = "#expect(throws: \(error)) {"
    let flat = "\(head) \(expression.flat) }"
    if flat.count + 2 <= SwiftExpression.columns { return line(flat) }
    line(head)
    lines += expression.lines(indent: 4, head: "    ")
    line("}")
  }

  /// A name that begins with `stem` and that was not used before.
  mutating func newName(_ stem: String) -> String {
    let count = names[stem, default: 0] + 1
    names[stem] = count
    return count == 1 ? stem : "\(stem)\(count)"
  }
}
