import RangeTree
import ReverseMap
import ReverseMapping

/// Virtual machines of canaries beside that of page dictionaries, and the ground truth beside both:
/// the harness that has to fail.
public typealias CanaryHarness = VMHarness<VirtualMachine<CanaryMap>>

extension CanaryHarness {
  /// The harness of maps that do `fault`.
  public init(canary fault: CanaryFault) {
    self.init {
      VirtualMachine($0, mmus: $1, memory: NodePool()) {
        CanaryMap($0, memory: $1, fault: fault)
      }
    }
  }
}
