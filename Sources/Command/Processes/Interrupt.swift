import Foundation

/// Requests to end this process: SIGINT, SIGTERM or SIGHUP.
package enum Interrupt {
  nonisolated(unsafe) private static var number: sig_atomic_t = 0

  /// Makes the first such signal only set `came`. A second one ends the process as usual.
  package static func watch() {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
      // A signal that is ignored stays ignored, such as SIGHUP under nohup.
      var old = sigaction()
      if sigaction(signal, nil, &old) == 0, old.isIgnored { continue }
      Foundation.signal(signal) { number in
        Interrupt.number = number
        Foundation.signal(number, SIG_DFL)
      }
    }
  }

  /// Whether a signal has arrived since `watch`.
  package static var came: Bool { number != 0 }
}

extension sigaction {
  fileprivate var isIgnored: Bool {
    unsafeBitCast(__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
