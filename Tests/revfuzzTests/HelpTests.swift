import ArgumentParser
import TestSupport
import Testing

@testable import revfuzz

@Suite("The help of the command")
struct HelpTests {
  /// A subcommand with its name, such as "bench tree".
  struct Subcommand {
    var name: String
    var type: any ParsableCommand.Type
  }

  /// The subcommands that the help shows, at every level.
  private static func shown(in type: any ParsableCommand.Type, after name: String = "")
    -> [Subcommand]
  {
    type.configuration.subcommands.filter { $0.configuration.shouldDisplay }.flatMap { child in
      let name = name.isEmpty ? child._commandName : "\(name) \(child._commandName)"
      return [Subcommand(name: name, type: child)] + shown(in: child, after: name)
    }
  }

  /// The lines under 'Example:' or 'Examples:' in a help text, up to an empty line.
  private static func examples(in help: String) -> [Substring] {
    help.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { $0 != "Example:" && $0 != "Examples:" }.dropFirst().prefix { !$0.isEmpty }
      .map { $0.drop { $0 == " " } }
  }

  private static func help(of type: any ParsableCommand.Type) -> String {
    Revfuzz.helpMessage(for: type, columns: 80)
  }

  @Test("every subcommand has an example, and every example is a command line that parses")
  func examples() {
    let all = Self.shown(in: Revfuzz.self)
    #expect(all.count > 15)
    for subcommand in all {
      let lines = Self.examples(in: Self.help(of: subcommand.type))
      #expect(!lines.isEmpty, "\(subcommand.name)")
      for line in lines {
        let words = commandWords(in: line)
        #expect(words?.isEmpty == false, "\(line)")
        #expect(words.flatMap(parses) == nil, "\(line)")
        #expect(line.hasPrefix("revfuzz \(subcommand.name)"), "\(subcommand.name): \(line)")
      }
    }
  }

  @Test("the first page has three examples, and the groups of the subcommands")
  func root() {
    let help = Self.help(of: Revfuzz.self)
    let lines = Self.examples(in: help)
    #expect(lines.count == 3)
    for line in lines { #expect(commandWords(in: line).flatMap(parses) == nil, "\(line)") }
    for group in ["FIND", "UNDERSTAND", "LONG-RUNNING", "MEASURE", "CHECK"] {
      #expect(help.contains("\n\(group) SUBCOMMANDS:\n"), "\(group)")
    }
    #expect(!help.contains("INTERNAL") && !help.contains("supervise"))
  }

  @Test("no line of help is wider than the terminal, and no abstract takes a second line")
  func width() {
    for subcommand in Self.shown(in: Revfuzz.self) {
      let help = Self.help(of: subcommand.type)
      for line in help.split(separator: "\n") {
        #expect(line.count <= 80, "\(subcommand.name): \(line)")
      }
      let abstract = subcommand.type.configuration.abstract
      #expect(abstract.hasSuffix(".") && abstract.count <= 54, "\(subcommand.name): \(abstract)")
    }
  }

  @Test("command lines that are wrong do not parse")
  func wrong() {
    #expect(parses(["replay"]) != nil)
    #expect(parses(["generate", "--seed", "x"]) != nil)
    #expect(parses(["bench", "--rounds", "0"])?.contains("--rounds is 0") == true)
    for words in [["nonsense"], ["nonsense", "--help"], ["help", "nonsense"]] {
      #expect(parses(words) != nil, "\(words)")
    }
    #expect(parses(["help", "bench", "tree"]) == nil)
    #expect(parses(["replay", "--help"]) == nil)
    #expect(parses(["--generate-completion-script", "bash"]) == nil)
  }

  @Test("a line of a shell is split into words as a shell does")
  func words() {
    #expect(
      commandWords(in: "./revfuzz replay 'a file' b   # a comment") == ["replay", "a file", "b"])
    #expect(
      commandWords(in: "revfuzz show a#b --name \"\" 2> out") == ["show", "a#b", "--name", ""])
    #expect(commandWords(in: "scripts/fuzz --seconds 1") == nil)
    let text = """
      Run `./revfuzz doctor --build out` or `revfuzz`, but not `revfuzz doctor`.
      ```sh
      ./revfuzz bench \\
        --rounds 3
      ```
      ```
      revfuzz: no shell
      ```
      """
    #expect(
      commandLines(inMarkdown: text).map(\.words) == [
        ["doctor", "--build", "out"], [], ["bench", "--rounds", "3"],
      ])
    #expect(commandLines(inMarkdown: text).map(\.line) == [1, 1, 4])
  }

  @Test("every subcommand is in docs/Command.md, in a command line")
  func document() throws {
    let lines = commandLines(inMarkdown: try Project.text("docs/Command.md"))
    for subcommand in Self.shown(in: Revfuzz.self) {
      let name = subcommand.name.split(separator: " ").map(String.init)
      #expect(lines.contains { $0.words.starts(with: name) }, "\(subcommand.name)")
    }
  }
}
