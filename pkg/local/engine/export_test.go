package engine

// Inner parts that tests look at by themselves.
var (
	Verify    = verify
	Recorded  = recorded
	Unzip     = unzip
	MavenLine = mavenLine
	Tell      = tell
	LookPS    = lookPS
	LookProc  = lookProc
	ErrGone   = errGone
)

type Identity = identity
