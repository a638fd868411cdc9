import ReverseMapping

/// Measures how often a reverse map breaks because memory is refused, and what that costs: under a
/// load, with every probability of a refused request and every use of the reserve.
///
/// All cells of a load take the same events, and their fault plans draw from the same seed. So they
/// differ only in the probability and in the use of the reserve.
package struct AllocationStudy {
  /// The probability that a request for a node is refused.
  struct Probability: Equatable {
    /// The probability as it is printed.
    var name: String
    /// The probability, in units of 2^-32.
    var parts: UInt32
  }

  /// The result of one load with one probability and one use of the reserve.
  package struct Cell: Equatable {
    /// The name of the load.
    var load: String
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

  /// The number of cells of one load.
  package static let cellsPerLoad = probabilities.count * ReserveUse.allCases.count

  /// Whether the map has a direct map (Specification 7).
  var hasDirectMap: Bool
  /// The seed of the fault plans.
  var seed: UInt64

  /// A study whose fault plans draw from `seed`.
  package init(hasDirectMap: Bool, seed: UInt64) {
    self.hasDirectMap = hasDirectMap
    self.seed = seed
  }

  /// Runs all cells of a load, ordered by probability, then by use of the reserve. Calls `note`
  /// before each cell with the number of cells done. O(events x cells of their ranges).
  ///
  /// - Throws: `StudyFault`; what reading a trace throws.
  package func cells(
    of load: StudyLoad, noting note: (Int) -> Void = { _ in }
  ) throws -> [Cell] {
    var cells: [Cell] = []
    for probability in Self.probabilities {
      for reserve in ReserveUse.allCases {
        note(cells.count)
        cells.append(try cell(load, probability, reserve))
      }
    }
    return cells
  }

  /// Runs one cell.
  ///
  /// - Throws: `StudyFault`, which names the cell; what reading a trace throws.
  func cell(_ load: StudyLoad, _ probability: Probability, _ reserve: ReserveUse) throws -> Cell {
    do {
      let tally = try tally(load, parts: probability.parts, reserve)
      return Cell(
        load: load.name, hasDirectMap: hasDirectMap, probability: probability,
        reserve: reserve, tally: tally)
    } catch let fault as StudyFault {
      throw StudyFault(
        description: "\(load.name), probability \(probability.name), reserve \(reserve), "
          + "seed \(seed): \(fault)")
    }
  }

  private func tally(
    _ load: StudyLoad, parts: UInt32, _ reserve: ReserveUse
  ) throws -> AllocationTally {
    let refusals = FaultPlan.chance(parts: parts, seed: load.seeds(seed).refusals)
    var trial = try AllocationTrial(
      load.cells, load.configuration(hasDirectMap: hasDirectMap),
      reserve: reserve, refusals: parts == 0 ? .none : refusals)
    try load.forEachEvent { try trial.take($0) }
    return try trial.end()
  }
}
