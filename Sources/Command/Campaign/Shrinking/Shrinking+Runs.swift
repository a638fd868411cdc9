import Files
import Processes

extension Shrinking {
  /// Runs the shrinking on `workers` until the scenario is 1-minimal or `isOver` returns true. The
  /// best scenario so far is then the result.
  ///
  /// - Parameter show: receives the state before each run.
  /// - Throws: `unstartable`; the results so far are kept.
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
    if case .process(let failure)? = own.failure {
      own.locate(await WorkerPool.located(failure))
    }
  }
}
