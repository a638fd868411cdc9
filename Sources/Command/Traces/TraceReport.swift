import Foundation

/// What a replay of a trace saw, as one JSON document.
package struct TraceReport: Codable, Equatable {
  package var format = "revfuzz-trace"
  /// The version of the format. Increases when a reader of earlier versions would misread the file.
  package var version = 1
  /// The path of the trace.
  package var trace: String
  package var lines: Int
  /// Whether the maps had a direct map.
  package var directMap: Bool
  package var figures: TraceTally

  package init(trace: String, lines: Int, directMap: Bool, figures: TraceTally) {
    self.trace = trace
    self.lines = lines
    self.directMap = directMap
    self.figures = figures
  }

  /// The document as JSON text.
  package func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// The figures as a table for readers.
  package var table: String {
    let tally = figures
    var rows: [(name: String, count: Int?, remark: String)] = []
    func row(_ name: String, _ count: Int?, _ remark: String = "") {
      rows.append((name, count, remark))
    }
    row("records", tally.records, Self.list(tally.sizes))
    row("  of a range without an entry", tally.met.nothing)
    row("  exact repetitions", tally.met.sameEntry)
    row("  of a range that is unknown already", tally.met.unknown, share(tally.met.unknown))
    row("  over entries of the same translation", tally.met.sameTranslation)
    row("  over entries of another translation", tally.met.otherTranslation)
    row("  that made an entry unknown or larger", tally.polluted)
    row("  of a page that another live mapping has", tally.aliases.records)
    row("canonical pages with several nested pages", nil)
    row("  at some time, in one context", Int(tally.aliases.atSomeTime))
    row("  at once", Int(tally.aliases.atOnce))
    row("invalidations by the guest", tally.invalidations.count)
    row("  that hit no mapping", tally.invalidations.hitNothing)
    row("  mappings killed", tally.invalidations.killed)
    row("full unmaps for the guest", tally.fullUnmaps.count, "kept: TLBIs, recycled MMUs")
    row("  mappings killed", tally.fullUnmaps.killed)
    row("unmaps by the host", tally.unmaps.count)
    row("  that no mapping needed", tally.unmaps.unneeded)
    row("  mappings killed", tally.unmaps.killed)
    row("  of these, needlessly", tally.unmaps.needless)
    row("  full unmaps by the map", tally.unmaps.everything)
    row("  full unmaps by the traced host", tally.hostFullUnmaps.count, hostRemark)
    row("most mappings at once", tally.peakMappings)
    row("checks of everything", tally.checks)
    let width = rows.map(\.name.count).max() ?? 0
    let digits = rows.map { $0.count.map { "\($0)".count } ?? 0 }.max() ?? 0
    var lines = [
      "\(trace): \(self.lines) lines, \(tally.events) events, direct map "
        + (directMap ? "on" : "off")
    ]
    for (name, count, remark) in rows {
      guard let count else {
        lines.append(name)
        continue
      }
      let padding = String(
        repeating: " ", count: width - name.count + 2 + digits - "\(count)".count)
      lines.append(name + padding + "\(count)" + (remark.isEmpty ? "" : "  " + remark))
    }
    let others = tally.otherLines.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    if !others.isEmpty { lines.append("other lines: " + others.joined(separator: ", ")) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What the host's full unmaps cost, if the trace says it.
  private var hostRemark: String {
    let host = figures.hostFullUnmaps
    guard let lost = host.lost, let needed = host.needed, host.count > 0 else { return "" }
    return "left out; \(lost) mappings lost, \(needed) had to go"
  }

  /// The share of all records; nothing if there are none to count.
  private func share(_ count: Int) -> String {
    figures.records > 0 && count > 0 ? Self.percent(count, of: figures.records) : ""
  }

  /// A share in percent with one decimal, rounded. `whole` is not 0.
  package static func percent(_ part: Int, of whole: Int) -> String {
    // Numbers of pages are too large for integers here.
    let tenths = Int((Double(part) * 1000 / Double(whole)).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }

  /// For example `4K 220836, 2M 13601`.
  private static func list(_ sizes: [Int: Int]) -> String {
    sizes.sorted { $0.key < $1.key }.map { "\(size($0.key)) \($0.value)" }.joined(separator: ", ")
  }

  /// A size in the largest unit that divides it.
  private static func size(_ bytes: Int) -> String {
    for (shift, unit) in [(40, "T"), (30, "G"), (20, "M")] where bytes % (1 << shift) == 0 {
      return "\(bytes >> shift)\(unit)"
    }
    return "\(bytes >> 10)K"
  }
}
