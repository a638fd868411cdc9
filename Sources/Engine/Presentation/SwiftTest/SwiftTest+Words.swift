import Differential
import Scenario

extension SwiftTestWriter {
  /// The words of a layout, as the specification's table has them.
  mutating func writeWords(_ scenario: Scenario) {
    line("let layout = WordLayout.\(scenario.world.layout)")
    blank()
    var reference = ReferenceWordMachine()
    for operation in scenario.operations {
      let action = WordAction(operation, in: scenario.world)
      var answer = Answer()
      reference.perform(action, answer: &answer)
      switch action.kind {
      case .encode:
        let call = SwiftExpression.call(
          "try layout.word", [.labelled("known", .number(action.argument))])
        if answer.outcome == .rejected {
          expect(throws: "ReverseMapError.strayNestedBits", call)
        } else {
          // The word, what it decodes to, and what is left of it after a tag shift.
          let word = SwiftExpression.number(answer.numbers[0])
          expect(call, equals: word)
          expectContent(of: answer)
          expect(
            .call(
              "WordLayout.payload",
              [.labelled("ofTagged", .call("WordLayout.tagged", [.labelled("payload", word)]))]),
            equals: .number(answer.numbers[2]))
        }
      default: expectContent(of: answer)
      }
    }
    if scenario.operations.isEmpty { line("#expect(layout.content(of: 0x0) == nil)") }
  }

  /// What the word that `answer` reports stands for.
  private mutating func expectContent(of answer: Answer) {
    let content: String
    if answer.outcome == .missing {
      content = "nil"
    } else if answer.numbers[1] == .max {
      content = ".unknown"
    } else {
      content =
        SwiftExpression.call(
          ".known", [.labelled("nested", .number(answer.numbers[1]))]
        ).flat
    }
    expect(
      .call("layout.content", [.labelled("of", .number(answer.numbers[0]))]),
      equals: .text(content))
  }
}
