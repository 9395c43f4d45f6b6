package publish_test

import (
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// fault is what happens to a call: to the bus's an error, a wrong count, a missing entry or codes of entries.
type fault struct {
	kind   int
	effect bool
	codes  [publish.MaxEntries]int // of entries
}

// next takes the next fault; the zero one, which is none, where there are no more.
func next(faults *[]fault) fault {
	if len(*faults) == 0 {
		return fault{}
	}
	f := (*faults)[0]
	*faults = (*faults)[1:]
	return f
}

func (f fault) answer(entries int) answer {
	switch f.kind {
	case 1:
		return answer{err: errCut, effect: f.effect}
	case 2:
		return answer{extra: 1}
	case 3:
		return answer{short: true}
	case 4:
		codes := make([]string, entries)
		for i := range codes {
			codes[i] = []string{"", "InternalFailure", "ThrottlingException"}[f.codes[i]]
		}
		return answer{codes: codes}
	}
	return answer{}
}

func drawFaults(t *rapid.T, kinds int, of string) (all []fault) {
	for range rapid.IntRange(0, 15).Draw(t, "faults of "+of) {
		f := fault{kind: rapid.IntRange(0, kinds).Draw(t, "kind"), effect: rapid.Bool().Draw(t, "effect")}
		for i := range f.codes {
			f.codes[i] = rapid.IntRange(0, 2).Draw(t, "code")
		}
		all = append(all, f)
	}
	return all
}

// disturb draws what goes wrong with the bus and with S3.
func (l *ledger) disturb(t *rapid.T) {
	l.faults, l.broken = drawFaults(t, 4, "the bus"), drawFaults(t, 1, "S3")
	l.log.Fail = func(string, string) s3fake.Fault {
		if f := next(&l.broken); f.kind == 1 {
			return s3fake.Fault{Err: errCut, Effect: f.effect}
		}
		return s3fake.Fault{}
	}
}
