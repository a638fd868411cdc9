import Foundation

// The JSON files of a run: `record.json`, and `numbers.jsonl` with one line per minute and target.

extension JSONEncoder {
  fileprivate static var campaign: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return encoder
  }
}

extension JSONDecoder {
  fileprivate static var campaign: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return decoder
  }
}

extension NumberLine {
  /// The line as JSON, without the newline.
  public var json: String {
    // Encoding cannot fail: no number is infinite or NaN.
    (try? JSONEncoder.campaign.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// Parses the lines in `text`. Invalid lines are skipped: a full disk may have truncated the last
  /// one. O(text).
  public static func lines(in text: String) -> [NumberLine] {
    text.split(separator: "\n").compactMap {
      try? JSONDecoder.campaign.decode(NumberLine.self, from: Data($0.utf8))
    }
  }
}

extension CampaignRecord {
  /// The record as the contents of a file. O(record).
  public var json: Data {
    let encoder = JSONEncoder.campaign
    encoder.outputFormatting.insert(.prettyPrinted)
    return (try? encoder.encode(self)) ?? Data()
  }

  /// Parses the contents of a file; nil if they are not a record.
  public init?(json: Data) {
    guard let record = try? JSONDecoder.campaign.decode(CampaignRecord.self, from: json) else {
      return nil
    }
    self = record
  }
}
