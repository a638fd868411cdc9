/// The executable of this process, which is also that of its workers and supervisors.
package enum OwnExecutable {
  /// Its path, valid even if another file has taken its place by now.
  package static let path = "/proc/self/exe"
}
