// Package report makes the page about a period of the audit log that an auditor files: which digests sealed it and by
// which keys, what changed and by whom, on what evidence, what is missing, and what is not proven.
//
// Build reads the log, and Render writes the page: one HTML file that needs nothing else, without script, and made to be
// printed. The page holds names of actors and entities, and no item data. Build is not the proof: that is verify's
// report, which is shown where it is given, and whose absence is said.
package report
