import ArgumentParser

/// The choice that has the name `name`, which is the one that it has in a scenario's text: for an
/// option's `transform`.
///
/// - Throws: `ValidationError`, with all names.
func choice<Choice: CaseIterable>(named name: String) throws -> Choice {
  if let choice = Choice.allCases.first(where: { "\($0)" == name }) { return choice }
  throw ValidationError("the choices are " + names(of: Choice.self))
}

/// The names of all choices, for an option's help.
func names<Choice: CaseIterable>(of choices: Choice.Type) -> String {
  choices.allCases.map { "\($0)" }.joined(separator: ", ")
}
