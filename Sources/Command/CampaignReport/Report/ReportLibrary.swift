import Mustache

/// The templates of the report. They are string literals and not resource files, because an
/// executable that is copied elsewhere would not find its resources.
enum ReportLibrary {
  /// Every template, by the name under which others include it.
  static let templates = [
    "page": PageTemplate.text, "style": StyleTemplate.text, "shapes": StyleTemplate.shapes,
    "findings": FindingsTemplate.text, "finding": FindingsTemplate.finding,
    "targets": TargetsTemplate.text, "legend": TargetsTemplate.legend, "chart": ChartTemplate.text,
    "coverage": CoverageTemplate.text,
  ]

  /// All templates, parsed once. The tests render a page with all of them, so parsing cannot fail
  /// in use.
  private static let library: MustacheLibrary = {
    var library = MustacheLibrary()
    for (name, text) in templates {
      do {
        try library.register(text, named: name)
      } catch {
        preconditionFailure("the template \(name) is invalid: \(error)")
      }
    }
    return library
  }()

  /// Renders the page as HTML. All text is escaped. O(page).
  static func render(_ page: Page) -> String {
    library.render(page, withTemplate: "page") ?? ""
  }
}
