import ArgumentParser
import FileNames
import Files
import Foundation

extension Revfuzz {
  /// Runs the subcommand that the command line names.
  static func main() async {
    StandardStreams.openClosed()
    do {
      let words = CommandLineWords.ofProcess
      try words.check()
      var command = try parseAsRoot(words.forParser)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      end(with: error)
    }
  }

  /// Prints `error`, or the help that it stands for, and exits with its code.
  private static func end(with error: any Error) -> Never {
    var code = exitCode(for: error)
    do throws(CommandError) {
      if let problem = error as? CommandError { throw problem }
      let text = fullMessage(for: error)
      if code.isSuccess {
        try ScenarioFile.write(text + "\n")
      } else if !text.isEmpty {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        CommandError.printLine(
          lines.map { $0.isEmpty ? "" : FileName.shown(String($0)) }.joined(separator: "\n"))
      }
    } catch {
      error.print()
      code = error.exitCode
    }
    Foundation.exit(code.rawValue)
  }
}

/// The words of a command line. Finds mistakes that the parser would answer with the help, exit
/// code 0, or a message about something else.
struct CommandLineWords {
  private let words: [String]

  /// The words of this process. `CommandLine.arguments` would replace bytes that are not UTF-8.
  static var ofProcess: CommandLineWords {
    let words = (0..<Int(CommandLine.argc)).compactMap { CommandLine.unsafeArgv[$0] }
    return CommandLineWords(words.dropFirst().map { FileName.text(of: UnsafePointer($0)) })
  }

  /// The words after the command's name.
  init(_ words: [String]) { self.words = words }

  /// The words in a form that the parser understands: a negative number is joined to the option
  /// before it, because the parser takes it for an option of its own.
  var forParser: [String] {
    var joined: [String] = []
    for word in words {
      if let last = joined.last, last.hasPrefix("--"), last.count > 2, !last.contains("="),
        word.wholeMatch(of: /-\.?[0-9].*/) != nil
      {
        joined[joined.count - 1] = "\(last)=\(word)"
      } else {
        joined.append(word)
      }
    }
    return joined
  }

  /// The subcommands that work on whole folders of the project and of campaigns, by Foundation,
  /// which finds no file whose name is not UTF-8.
  private static let ofProject = ["campaign", "report", "corpus", "doctor", "throughput"]

  /// Checks the names of subcommands, that no word looks like several options of one letter, and
  /// that the subcommand can use names of files as they are.
  ///
  /// - Throws: an error with exit code 64.
  func check() throws(CommandError) {
    try checkSubcommand()
    if let name = words.first, Self.ofProject.contains(name),
      let word = (words + [FileSystem.absolute(".")]).first(where: { !FileName.isUTF8($0) })
    {
      throw .unusable(word, "'\(name)' works only with names of files and folders in UTF-8")
    }
    // No option of one letter can be joined with another, so this must be the name of a file. The
    // parser would read the `h` in it as a request for help.
    let options = forParser.prefix { $0 != "--" }
    let isCluster = { (word: String) in word.wholeMatch(of: /-[^-=][^=].*/) != nil }
    if let word = options.first(where: isCluster) {
      throw .wrongUsage("'\(word)' is not an option; if it names a file, write ./\(word)")
    }
  }

  private func checkSubcommand() throws(CommandError) {
    let asksForHelp = words.first == "help"
    var command: any ParsableCommand.Type = Revfuzz.self
    var path = ""
    for word in words.dropFirst(asksForHelp ? 1 : 0) {
      let (children, fallback) = (
        command.configuration.subcommands, command.configuration.defaultSubcommand
      )
      let isName = asksForHelp || (!children.isEmpty && fallback == nil)
      if word.hasPrefix("-") { return }
      guard let child = children.first(where: { $0._commandName == word }) else {
        guard isName else { return }
        throw .wrongUsage(
          "there is no subcommand '\(path)\(word)'; 'revfuzz --help' lists the subcommands")
      }
      command = child
      path += word + " "
    }
  }
}
