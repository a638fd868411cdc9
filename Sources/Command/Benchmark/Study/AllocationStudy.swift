import ReverseMapping

/// How often a reverse map breaks for want of memory, and what that costs: every workload under
/// every probability of a refused request, with every use of the reserve.
///
/// All cells of a workload take the same steps, and the same draws decide on its refusals; so they
/// differ in nothing but their column and their row.
package struct AllocationStudy {
  /// How likely a request for a node is refused.
  struct Probability: Equatable {
    /// As it is printed.
    var name: String
    /// The probability, in 2^-32.
    var parts: UInt32
  }

  /// What one workload cost under one probability with one use of the reserve.
  package struct Cell: Equatable {
    var workload: Workload
    var hasDirectMap: Bool
    var probability: Probability
    var reserve: ReserveUse
    var tally: AllocationTally
  }

  /// Never, and one in a million to one in ten.
  static let probabilities =
    [Probability(name: "0", parts: 0)]
    + (1...6).reversed().map { exponent in
      let denominator = (0..<exponent).reduce(1) { product, _ in product * 10 } as UInt64
      return Probability(
        name: "1e-\(exponent)",
        parts: UInt32((UInt64(1) << 32 + denominator / 2) / denominator))
    }

  /// Cells of one workload.
  package static let cellsPerWorkload = probabilities.count * ReserveUse.allCases.count

  /// Records in each cell.
  var records: Int
  /// Whether the map has a direct map (Specification 7).
  var hasDirectMap: Bool
  /// What workloads and refusals are drawn from.
  var seed: UInt64

  /// A study of so many records in each cell.
  package init(records: Int, hasDirectMap: Bool, seed: UInt64) {
    self.records = records
    self.hasDirectMap = hasDirectMap
    self.seed = seed
  }

  /// All cells of a workload: by probability, and then by use of the reserve. `note` is called
  /// before each, with the number of those that are done. O(records x mappings).
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

  /// One cell. O(records x mappings).
  ///
  /// - Throws: `StudyFault`, with the name of the cell.
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
    // Another workload starts elsewhere, and not where this one comes to.
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
