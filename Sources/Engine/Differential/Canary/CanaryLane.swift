import Oracle
import RangeTree
import ReverseMap
import ReverseMapping
import Scenario

/// A virtual machine of canaries beside that of page dictionaries, and the ground truth beside both:
/// the lane that has to fail.
public struct CanaryLane {
  /// What its maps do wrong.
  public let misdeed: CanaryMisdeed
  private var runner = Runner()
  private var reference: ReferenceVMMachine
  private var judge = ShadowJudge()

  /// The lane of maps that do `misdeed`.
  public init(_ misdeed: CanaryMisdeed) {
    self.misdeed = misdeed
    reference = ReferenceVMMachine(MapConfiguration(nearestWidthTo: 56, layout: .mailed), mmus: 1)
  }

  /// The first divergence in a scenario of a machine, or nil. A difference is followed up, as in
  /// `ShadowLane`. O(operations x (entries + mappings + pages of an operation)).
  public mutating func run(_ scenario: borrowing Scenario) -> Divergence? {
    runOnce(scenario)?.followedUp { runOnce($0) }
  }

  /// The first divergence in a scenario of a machine, or nil; a difference is not followed up.
  /// O(operations x (entries + mappings + pages of an operation)).
  public mutating func runOnce(_ scenario: borrowing Scenario) -> Divergence? {
    guard scenario.world.family.isMachine else { return nil }
    let (configuration, mmus) = (scenario.world.mapConfiguration, Int(scenario.world.mmus))
    let misdeed = misdeed
    reference.restart(configuration, mmus: mmus)
    judge.restart(in: scenario.world)
    var subject = VMMachine(
      VirtualMachine(configuration, mmus: mmus, memory: NodePool()) {
        CanaryMap($0, memory: $1, misdeed: misdeed)
      })
    return runner.run(scenario, subject: &subject, reference: &reference, judge: &judge)
  }
}
