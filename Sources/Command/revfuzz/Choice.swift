import ArgumentParser

/// The case of `Choice` whose name in the scenario language is `name`: an option's `transform`.
///
/// - Throws: `ValidationError`, which lists every name.
func choice<Choice: CaseIterable>(named name: String) throws -> Choice {
  if let choice = Choice.allCases.first(where: { "\($0)" == name }) { return choice }
  throw ValidationError("choose one of " + names(of: Choice.self))
}

/// The names of all cases, for an option's help.
func names<Choice: CaseIterable>(of choices: Choice.Type) -> String {
  choices.allCases.map { "\($0)" }.joined(separator: ", ")
}

extension CompletionKind {
  /// Completes the names of all cases of `choices`.
  static func choices<Choice: CaseIterable>(of choices: Choice.Type) -> CompletionKind {
    .list(choices.allCases.map { "\($0)" })
  }

  /// Completes the names of the fuzz targets, which the table in the project's folder lists.
  static var targets: CompletionKind {
    .shellCommand(
      "grep \"^Fuzz\" FuzzTargets/targets 2>/dev/null | grep -v canary | cut -d \" \" -f 1")
  }
}
