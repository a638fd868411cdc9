import ReverseMapping

/// Measures how often a reverse map breaks because memory is refused, and what that costs: every
/// workload, with every probability of a refused request and every use of the reserve.
///
/// All cells of a workload take the same steps, and their fault plans draw from the same seed. So
/// cells differ only in the probability and in the use of the reserve.
package struct AllocationStudy {
  /// The probability that a request for a node is refused.
  struct Probability: Equatable {
    /// The probability as it is printed.
    var name: String
    /// The probability, in units of 2^-32.
    var parts: UInt32
  }

  /// The result of one workload with one probability and one use of the reserve.
  package struct Cell: Equatable {
    var workload: Workload
    var hasDirectMap: Bool
    var probability: Probability
    var reserve: ReserveUse
    var tally: AllocationTally
  }

  /// 0, and 1e-6 to 1e-1.
  static let probabilities =
    [Probability(name: "0", parts: 0)]
    + (1...6).reversed().map { exponent in
      let denominator = (0..<exponent).reduce(1) { product, _ in product * 10 } as UInt64
      return Probability(
        name: "1e-\(exponent)",
        parts: UInt32((UInt64(1) << 32 + denominator / 2) / denominator))
    }

  /// The number of cells of one workload.
  package static let cellsPerWorkload = probabilities.count * ReserveUse.allCases.count

  /// Records in each cell.
  var records: Int
  /// Whether the map has a direct map (Specification 7).
  var hasDirectMap: Bool
  /// The seed of the workloads and the fault plans.
  var seed: UInt64

  /// A study with `records` records in each cell.
  package init(records: Int, hasDirectMap: Bool, seed: UInt64) {
    self.records = records
    self.hasDirectMap = hasDirectMap
    self.seed = seed
  }

  /// Runs all cells of a workload, ordered by probability, then by use of the reserve. Calls `note`
  /// before each cell with the number of cells done. O(records x mappings).
  ///
  /// - Throws: `StudyFault`.
  package func cells(
    of workload: Workload, noting note: (Int) -> Void = { _ in }
  ) throws(StudyFault) -> [Cell] {
    var cells: [Cell] = []
    for probability in Self.probabilities {
      for reserve in ReserveUse.allCases {
        note(cells.count)
        cells.append(try cell(workload, probability, reserve))
      }
    }
    return cells
  }

  /// Runs one cell. O(records x mappings).
  ///
  /// - Throws: `StudyFault`, which names the cell.
  func cell(
    _ workload: Workload, _ probability: Probability, _ reserve: ReserveUse
  ) throws(StudyFault) -> Cell {
    do {
      let tally = try tally(workload, parts: probability.parts, reserve)
      return Cell(
        workload: workload, hasDirectMap: hasDirectMap, probability: probability,
        reserve: reserve, tally: tally)
    } catch {
      throw StudyFault(
        description: "\(workload), probability \(probability.name), reserve \(reserve), "
          + "seed \(seed): \(error)")
    }
  }

  private func tally(
    _ workload: Workload, parts: UInt32, _ reserve: ReserveUse
  ) throws -> AllocationTally {
    var seeds = SplitMix64(seed: seed)
    // Give each workload a seed of its own, unrelated to the draws of the others.
    seeds = SplitMix64(seed: seeds.next() ^ workload.rawValue)
    var stream = WorkloadStream(workload, seed: seeds.next())
    let refusals = FaultPlan.chance(parts: parts, seed: seeds.next())
    var trial = try AllocationTrial(
      MapConfiguration(ipaBits: 48, layout: .mailed, hasDirectMap: hasDirectMap),
      reserve: reserve, refusals: parts == 0 ? .none : refusals)
    while trial.tally.records < records { try trial.take(stream.next()) }
    return try trial.end()
  }
}
