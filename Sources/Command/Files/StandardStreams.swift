import Foundation

/// Standard input, output and error of this process.
package enum StandardStreams {
  /// Opens /dev/null on each of the three that is closed. Call this first: a file that is opened
  /// later would get the number, and what is printed would go into that file.
  package static func openClosed() {
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(stream, F_GETFD) < 0 {
      // The lowest free number is `stream`, because those below it are open.
      _ = open("/dev/null", O_RDWR)
    }
  }
}
