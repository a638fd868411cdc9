import Testing

/// As `#expect`, for loops: where it holds it costs one call, and keeps no values of the expression.
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
