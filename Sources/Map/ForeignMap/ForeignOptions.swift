import FileNames

/// A user's overrides of a library's flags. They are strings because they come from a command line
/// or an environment.
public struct ForeignOptions: Equatable, Sendable {
  /// `exact` or `sound`; nil to use the library's flag.
  public var agreement: String?
  /// The records that it gets, `laminar` blocks or `any`; nil to use the library's flag.
  public var blocks: String?

  /// The given overrides. An empty string counts as nil.
  public init(agreement: String? = nil, blocks: String? = nil) {
    self.agreement = agreement?.isEmpty == true ? nil : agreement
    self.blocks = blocks?.isEmpty == true ? nil : blocks
  }

  /// Loads the library at `path`.
  ///
  /// - Throws: the reason why the library cannot be used, or the override that is not valid.
  public func load(_ path: String) throws(ForeignLibraryError) -> ForeignLibrary {
    if let agreement, Agreement(rawValue: agreement) == nil {
      throw .unfit(path, "'\(agreement)' is not a valid agreement; use exact or sound")
    }
    if let blocks, blocks != "laminar", blocks != "any" {
      throw .unfit(path, "'\(blocks)' is not a valid kind of blocks; use laminar or any")
    }
    return try ForeignLibrary(
      path: path, agreement: agreement.flatMap { Agreement(rawValue: $0) },
      blocksOnly: blocks.map { $0 == "laminar" })
  }

  /// The command-line options that select the library at `path` with these overrides.
  public func arguments(_ path: String) -> [String] {
    ["--subject", path] + (agreement.map { ["--agreement", $0] } ?? [])
      + (blocks.map { ["--blocks", $0] } ?? [])
  }
}

extension ForeignLibrary {
  /// Its name, path and agreement in one line.
  public var summary: String {
    "\(name) (\(FileName.shown(path))), "
      + "\(agreement.rawValue)\(tracksSuperset ? ", tracks a superset" : "")"
      + "\(takesBlocksOnly ? ", laminar blocks only" : "")"
  }
}
