import ArgumentParser
import Files

@testable import revfuzz

// Parses command lines as `revfuzz` would, without running them. For tests of the examples in the
// help and in the documents.

/// The error message of `revfuzz WORDS...`, or nil if it parses. A request for help or for a
/// completion script parses.
///
/// - Parameter words: the arguments after the command's name.
func parses(_ words: [String]) -> String? {
  do {
    let words = CommandLineWords(words)
    try words.check()
    _ = try Revfuzz.parseAsRoot(words.forParser)
  } catch let problem as CommandError {
    return problem.description
  } catch {
    guard Revfuzz.exitCode(for: error) == .success else { return Revfuzz.fullMessage(for: error) }
  }
  return nil
}

/// Whether `words` name a subcommand, such as `bench` or `bench tree`.
func isSubcommand(_ words: [String]) -> Bool {
  var type: any ParsableCommand.Type = Revfuzz.self
  for word in words {
    guard let child = type.configuration.subcommands.first(where: { $0._commandName == word })
    else { return false }
    type = child
  }
  return !words.isEmpty
}

/// The words after `revfuzz` in one line of a shell, or nil if the line does not begin with
/// `revfuzz` or `./revfuzz`.
///
/// Understands single and double quotes without escapes, and a comment at the end. A pipe, a
/// redirection, `;` and `&` end the command.
func commandWords(in line: some StringProtocol) -> [String]? {
  let words = shellWords(in: line)
  guard let first = words.first, ["revfuzz", "./revfuzz"].contains(first) else { return nil }
  return Array(words.dropFirst())
}

/// The words of the first command in one line of a shell.
func shellWords(in line: some StringProtocol) -> [String] {
  var words: [String] = []
  var word: String?
  var quote: Character?
  scan: for character in line {
    switch (quote, character) {
    case (.some(let mark), _) where mark == character: quote = nil
    case (.some, _): word = (word ?? "") + String(character)
    case (nil, "'"), (nil, "\""):
      quote = character
      word = word ?? ""
    case (nil, " "):
      if let word { words.append(word) }
      word = nil
    case (nil, "#") where word == nil: break scan
    case (nil, ">"), (nil, "<"):
      // The digits of `2>` belong to the redirection.
      if word?.allSatisfy(\.isNumber) == true { word = nil }
      break scan
    case (nil, "|"), (nil, ";"), (nil, "&"): break scan
    case (nil, _): word = (word ?? "") + String(character)
    }
  }
  if let word { words.append(word) }
  return words
}

/// The command lines of `revfuzz` in the code of a Markdown document, as words without the name.
/// O(text).
///
/// Inline code that only names a subcommand, such as `revfuzz bench tree`, is no command line and
/// is left out.
func commandLines(inMarkdown text: String) -> [(line: Int, words: [String])] {
  shellLines(inMarkdown: text).compactMap { line, isInline, code in
    guard let words = commandWords(in: code), !isInline || !isSubcommand(words) else { return nil }
    return (line, words)
  }
}

/// The code of a Markdown document that a shell would read: fenced blocks of a shell or a console,
/// line by line, and inline code. O(text).
///
/// A line that ends with a backslash continues on the next one. A `$ ` prompt is dropped.
func shellLines(inMarkdown text: String) -> [(line: Int, isInline: Bool, code: String)] {
  var found: [(line: Int, isInline: Bool, code: String)] = []
  var fence: Substring?
  var continued = ""
  for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
    let line = raw.drop { $0 == " " }
    if line.hasPrefix("```") {
      fence = fence == nil ? line.dropFirst(3) : nil
      continued = ""
    } else if let language = fence {
      guard ["sh", "bash", "console"].contains(language) else { continue }
      continued += line.hasPrefix("$ ") ? line.dropFirst(2) : line
      if continued.hasSuffix("\\") {
        continued.removeLast()
        continue
      }
      found.append((index + 1, false, continued))
      continued = ""
    } else {
      // Odd parts are between backticks.
      let parts = line.split(separator: "`", omittingEmptySubsequences: false)
      for (position, code) in parts.enumerated() where position % 2 == 1 {
        found.append((index + 1, true, String(code)))
      }
    }
  }
  return found
}
