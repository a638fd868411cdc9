import Files
import Processes

extension Shrinking {
  /// Does all runs, by `workers`, until nothing is smaller or `isOver` says that it has taken long enough;
  /// then what there is becomes the result.
  ///
  /// - Parameter show: is told what there is before each run.
  /// - Throws: `unstartable`; what was found before stays.
  package mutating func run(
    by workers: WorkerPool, isOver: @escaping @Sendable () -> Bool = { false },
    show: (Shrinking) -> Void = { _ in }
  ) async throws(CommandError) {
    var own = self
    defer { self = own }
    try await workers.run(isOver: isOver) {
      show(own)
      if isOver() { own.wrapUp() }
      return own.next()
    } take: {
      own.take($0)
    }
  }
}
