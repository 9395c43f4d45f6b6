// Package pattern matches events against EventBridge event patterns, as a rule of a bus and as the filter criteria of
// an event source mapping.
//
// A pattern is compiled once; a Pattern is immutable and safe for concurrent use. Compile refuses what EventBridge
// refuses, with the place in the text. Match reads the event as it is and looks only at the fields that the pattern
// names.
//
// The rules of matching, where they surprise:
//   - Names are joined by dots: {"a": {"b": [1]}} and {"a.b": [1]} are the same pattern, and the same event.
//   - An array in the event matches if one element does; an empty one is as if the field were absent. Two fields
//     inside one array match only if one and the same element has both.
//   - exists and every other operator see leaves only: a field that holds an object does not exist.
//   - Numbers compare by value: 300, 300.0 and 3.0e2 are equal. A number that a double cannot hold exactly as it is
//     written compares by its text, and is no number to numeric.
//   - An exact string that is an IP address matches that address in every notation.
//   - A key that is there twice counts once, as it is last.
//   - "$or" is a field like any other unless it holds at least two objects whose fields bear no operator's name.
//
// What the service checks beyond the pattern itself is not checked: the length of a pattern (a quota) and how many
// ways a wildcard can match.
package pattern
