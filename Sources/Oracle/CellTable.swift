import ReverseMapping

/// A dictionary from cell to the run that the cell belongs to. A run begins and ends at bounds of
/// cells.
@usableFromInline
struct CellTable<Run: PageRun> {
  /// The cells of the space.
  @usableFromInline private(set) var cells: Cells
  /// The run of each cell, or nil. At least one element more, for the number after the last cell;
  /// those are all nil.
  @usableFromInline private(set) var held: [Run?] = []
  /// The number of cells that belong to a run.
  private(set) var heldCount = 0
  /// The sum of the hashes of all runs. A run counts while its first cell belongs to it.
  @usableFromInline private(set) var rowSum: UInt64 = 0

  /// A table over `cells`, which must be finished.
  init(_ cells: Cells) {
    self.cells = cells
    held = Array(repeating: nil, count: cells.count + 1)
  }

  /// Resets the table to an empty one over `cells`, which must be finished. Keeps the memory.
  /// O(cells).
  mutating func restart(_ cells: Cells) {
    removeAll()
    self.cells = cells
    while held.count <= cells.count { held.append(nil) }
  }

  /// Gives the cells back, so that their memory can be used for the next scenario. The table must
  /// be restarted afterwards.
  mutating func takeCells() -> Cells {
    removeAll()
    let taken = cells
    cells = Cells()
    return taken
  }

  /// The run that cell `number` belongs to.
  subscript(number: Int) -> Run? { held[number] }

  /// The run of the cell that starts at `byte`; nil also if no cell does.
  subscript(startingAt byte: UInt64) -> Run? {
    cells.number(startingAt: byte).flatMap { held[$0] }
  }

  /// Assigns every cell of `run` to it. O(cells of the run).
  mutating func insert(_ run: Run) { insert(run, in: cells(of: run)) }

  /// Assigns the cells with these numbers, which are those of `run`, to it. O(cells of the run).
  mutating func insert(_ run: Run, in numbers: Range<Int>) {
    for number in numbers {
      take(number)
      held[number] = run
      heldCount += 1
    }
    if !numbers.isEmpty { rowSum &+= run.rowHash }
  }

  /// Clears cell `number`, if it belongs to a run.
  private mutating func take(_ number: Int) {
    guard let run = held[number] else { return }
    if run.first == cells.start(of: number) { rowSum &-= run.rowHash }
    heldCount -= 1
    held[number] = nil
  }

  /// Clears every cell of `run`, whichever run it belongs to. O(cells of the run).
  mutating func remove(_ run: Run) {
    for number in cells.numbers(from: run.first, through: run.last) { take(number) }
  }

  /// Clears every cell. O(cells).
  mutating func removeAll() {
    if heldCount == 0 { return }
    for number in 0..<cells.count { held[number] = nil }
    heldCount = 0
    rowSum = 0
  }

  /// The numbers of the cells of `run`. If it begins or ends inside a cell, that cell is split, and
  /// both parts belong to the run that the cell belonged to. O(1) if none is split, else O(cells x
  /// log cells).
  mutating func cells(of run: Run) -> Range<Int> {
    if let numbers = cells.numbers(startingAt: run.first, endingAt: run.last) { return numbers }
    split(at: run.first)
    split(at: run.last + 1)
    return cells.numbers(from: run.first, through: run.last)
  }

  private mutating func split(at byte: UInt64) {
    guard let number = cells.split(at: byte) else { return }
    held.insert(held[number], at: number)
    if held[number] != nil { heldCount += 1 }
  }

  /// Each run once, ascending. A run is found by its first cell. O(cells).
  var runs: [Run] {
    (0..<cells.count).compactMap { number in
      guard let run = held[number], run.first == cells.start(of: number) else { return nil }
      return run
    }
  }

  /// A sentence if a cell of a run does not belong to that run, or if another cell belongs to a
  /// run; otherwise nil. O(cells).
  func fault() -> String? {
    var count = 0
    var sum: UInt64 = 0
    for run in runs {
      sum &+= run.rowHash
      for number in cells.numbers(from: run.first, through: run.last) {
        if held[number] != run {
          return "the cell at \(hexadecimal(cells.start(of: number))) does not belong to \(run)"
        }
        count += 1
      }
    }
    if sum != rowSum { return "the sum of hashes is not that of the runs" }
    return count == heldCount
      ? nil : "\(heldCount) cells belong to a run; the runs have \(count)"
  }
}
