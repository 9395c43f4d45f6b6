package main

type eventsCommand struct {
	Diff eventsDiffCommand `cmd:"" help:"Compare the events of two models or contract folders: 0 no reader breaks, 1 some do."`
	Test eventsTestCommand `cmd:"" help:"Test a pattern on an event, as EventBridge does: 0 it matches, 1 not, and which field stops it."`
}
