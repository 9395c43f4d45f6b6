// Package verifypair holds the two verifiers of the audit log against each other: pkg/audit/verify, and scripts/verify.py,
// which was written from docs/audit-format.md alone. It has tests only: the worked example of that page, clean logs, every
// kind of damage, and bad input. Where the two do not agree, one of them or the page is wrong.
package verifypair
