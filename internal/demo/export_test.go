package demo

// What the tests of this package look at.
var (
	DocumentView = documentView
	EventView    = eventView
	AuditView    = auditView
	Cut          = cut
)
