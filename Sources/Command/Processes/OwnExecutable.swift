/// The executable of this process, which its workers and supervisors run too.
package enum OwnExecutable {
  /// A path that stays valid even if the file has been replaced since.
  package static let path = "/proc/self/exe"
}
