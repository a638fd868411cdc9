import Differential
import Scenario

/// What one fuzz target is. Its file in FuzzTargets/ makes one, and the entry points find it:
///
///     @_silgen_name("revfuzz_fuzz_target")
///     public func fuzzTarget() -> FuzzTarget { ... }
public struct FuzzTarget {
  /// The target's name: of its executable, and of its folder in Corpus/.
  public let name: String
  /// The machines that it drives. Input of another family is not for this target.
  public let family: World.Family
  /// Runs a scenario on the target's subject and reference.
  public let run: (borrowing Scenario) -> Divergence?

  public init(
    name: String, family: World.Family, run: @escaping (borrowing Scenario) -> Divergence?
  ) {
    self.name = name
    self.family = family
    self.run = run
  }
}

/// The target that is linked into this executable.
@_silgen_name("revfuzz_fuzz_target")
func linkedFuzzTarget() -> FuzzTarget
