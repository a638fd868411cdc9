import Testing

/// Like `#expect`, but cheap in loops: a check that holds costs one call and captures no values.
package func check(
  _ condition: Bool, _ comment: @autoclosure () -> Comment? = nil, fileID: String = #fileID,
  filePath: String = #filePath, line: Int = #line, column: Int = #column
) {
  if condition { return }
  Issue.record(
    comment() ?? "does not hold",
    sourceLocation: SourceLocation(
      fileID: fileID, filePath: filePath, line: line, column: column))
}
