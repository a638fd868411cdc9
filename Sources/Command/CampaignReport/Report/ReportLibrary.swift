import Mustache

/// The templates of the report. They are text in the program and no resources beside it, because an
/// executable that is copied elsewhere would not find those.
enum ReportLibrary {
  /// Every template, by the name that others include it by.
  static let templates = [
    "page": PageTemplate.text, "style": StyleTemplate.text, "shapes": StyleTemplate.shapes,
    "findings": FindingsTemplate.text, "finding": FindingsTemplate.finding,
    "targets": TargetsTemplate.text, "legend": TargetsTemplate.legend, "chart": ChartTemplate.text,
    "coverage": CoverageTemplate.text,
  ]

  /// All of them, read once. A test renders a page with each: none can fail to be read later.
  private static let library: MustacheLibrary = {
    var library = MustacheLibrary()
    for (name, text) in templates {
      do {
        try library.register(text, named: name)
      } catch {
        preconditionFailure("the template \(name) cannot be read: \(error)")
      }
    }
    return library
  }()

  /// The page as HTML; all text in it is escaped. O(page).
  static func render(_ page: Page) -> String {
    library.render(page, withTemplate: "page") ?? ""
  }
}
