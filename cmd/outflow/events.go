package main

type eventsCommand struct {
	Diff   eventsDiffCommand   `cmd:"" help:"Compare the events of two models or contract folders: 0 no reader breaks, 1 some do."`
	Tail   eventsTailCommand   `cmd:"" help:"Show events as they come, here or in AWS, all or those that match a pattern."`
	Replay eventsReplayCommand `cmd:"" help:"Send events again from the audit log, with the same ids; a dry run unless --yes."`
	Test   eventsTestCommand   `cmd:"" help:"Test a pattern on an event, as EventBridge does: 0 it matches, 1 not, and which field stops it."`
}
