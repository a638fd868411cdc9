/// What a user says of a library that it does not say itself; words, because they come from a command
/// line or an environment.
public struct ForeignOptions: Equatable, Sendable {
  /// `exact` or `sound`; nil for what the library says.
  public var agreement: String?
  /// Which records it gets: `laminar` blocks or `any`; nil for what the library says.
  public var blocks: String?

  /// These words; an empty one says nothing.
  public init(agreement: String? = nil, blocks: String? = nil) {
    self.agreement = agreement?.isEmpty == true ? nil : agreement
    self.blocks = blocks?.isEmpty == true ? nil : blocks
  }

  /// Loads the library at `path`.
  ///
  /// - Throws: what is wrong with it, or with a word.
  public func load(_ path: String) throws(ForeignLibraryError) -> ForeignLibrary {
    if let agreement, Agreement(rawValue: agreement) == nil {
      throw .unfit(path, "the agreement is '\(agreement)', and can be exact or sound")
    }
    if let blocks, blocks != "laminar", blocks != "any" {
      throw .unfit(path, "the blocks are '\(blocks)', and can be laminar or any")
    }
    return try ForeignLibrary(
      path: path, agreement: agreement.flatMap { Agreement(rawValue: $0) },
      blocksOnly: blocks.map { $0 == "laminar" })
  }

  /// The options of the command that say the same of the library at `path`.
  public func arguments(_ path: String) -> [String] {
    ["--subject", path] + (agreement.map { ["--agreement", $0] } ?? [])
      + (blocks.map { ["--blocks", $0] } ?? [])
  }
}

extension ForeignLibrary {
  /// Its name, path, and what is asked of it, in one line.
  public var summary: String {
    "\(name) (\(path)), \(agreement.rawValue)\(takesBlocksOnly ? ", laminar blocks only" : "")"
  }
}
