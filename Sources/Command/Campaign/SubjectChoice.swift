import Processes

/// The subject that scenarios run on, in a form that can be passed to other processes.
package struct SubjectChoice {
  /// The path of the subject's library; nil for the project's own map.
  package var library: String?
  /// The name that the library gives its map, if known.
  package var name: String?
  /// The options that select the subject in child processes of this executable; empty for the
  /// project's own map.
  package var arguments: [String] = []
  /// The environment variables that select it in fuzz targets.
  package var environment: [String: String?] = [:]
  /// Whether it is the canary, which fails on purpose.
  package var isCanary = false

  package init(
    library: String? = nil, arguments: [String] = [], environment: [String: String?] = [:],
    isCanary: Bool = false
  ) {
    self.library = library
    self.arguments = arguments
    self.environment = environment
    self.isCanary = isCanary
  }

  /// Workers that run scenarios on this subject.
  package var workers: WorkerPool { WorkerPool(options: arguments) }
}
