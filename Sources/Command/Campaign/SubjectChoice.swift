import Processes

/// The subject that scenarios run on, in the terms of other processes.
package struct SubjectChoice {
  /// The library that it is in; nil for the project's own map.
  package var library: String?
  /// The options that name it, for other processes of this executable; none for the project's own map.
  package var arguments: [String] = []
  /// The same for fuzz targets.
  package var environment: [String: String?] = [:]
  /// Whether it fails on purpose.
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

  /// Workers that run scenarios of it.
  package var workers: WorkerPool { WorkerPool(options: arguments) }
}
