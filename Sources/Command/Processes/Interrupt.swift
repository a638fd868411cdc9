import Foundation

/// Whether a person has asked for an end, from the keyboard or otherwise.
package enum Interrupt {
  nonisolated(unsafe) private static var number: sig_atomic_t = 0

  /// From now on an interrupt is noted and does not end the process; a second one does.
  package static func watch() {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
      // What is ignored, as a hang-up under nohup, stays ignored.
      var old = sigaction()
      if sigaction(signal, nil, &old) == 0, old.isIgnored { continue }
      Foundation.signal(signal) { number in
        Interrupt.number = number
        Foundation.signal(number, SIG_DFL)
      }
    }
  }

  /// Whether there was one.
  package static var came: Bool { number != 0 }
}

extension sigaction {
  fileprivate var isIgnored: Bool {
    unsafeBitCast(__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
