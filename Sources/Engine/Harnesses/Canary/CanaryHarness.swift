import Differential
import RangeTree
import ReverseMap
import ReverseMapping

/// The harness that must fail: virtual machines of canary maps, the oracle, and the ground truth.
public typealias CanaryHarness = VMHarness<VirtualMachine<CanaryMap>>

extension CanaryHarness {
  /// A harness whose canary maps have `fault`.
  public init(canary fault: CanaryFault) {
    self.init {
      VirtualMachine($0, mmus: $1, memory: NodePool()) {
        CanaryMap($0, memory: $1, fault: fault)
      }
    }
  }
}
