package consume

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Names of the outlets, in OUTFLOW_OUTLETS, in keys of parked records and in metrics.
const (
	Search = "search"
	Events = "events"
	Audit  = "audit"
)

// Settings is a function's environment, checked.
type Settings struct {
	Model          string   // OUTFLOW_MODEL: path of model.json; "" for the one beside the binary
	ModelHash      string   // OUTFLOW_MODEL_HASH: the hash that model.json must have, as Terraform knows it; "" for any
	Stage          string   // OUTFLOW_STAGE: lower-case letters, digits and hyphens
	Outlets        []string // OUTFLOW_OUTLETS: of search, events, audit, separated by commas
	OpenSearchURL  string   // OUTFLOW_OPENSEARCH_URL; needed by search
	Bus            string   // OUTFLOW_BUS: name or ARN; needed by events
	EntryBytes     int      // OUTFLOW_ENTRY_BYTES: limit of an entry and of a call; 262144 unless told, 1048576 at most
	ClaimsBucket   string   // OUTFLOW_CLAIMS_BUCKET; the failures bucket unless told
	AuditBucket    string   // OUTFLOW_AUDIT_BUCKET; needed by audit
	AuditRetention string   // OUTFLOW_AUDIT_RETENTION: none, or governance:DAYS or compliance:DAYS; governance:1 unless told
	FailuresBucket string   // OUTFLOW_FAILURES_BUCKET
	LogLevel       slog.Level
	Function       string // AWS_LAMBDA_FUNCTION_NAME
	Region         string // AWS_REGION
}

var (
	stagePattern     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,19}$`)
	bucketPattern    = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`) // S3's rules for names of buckets
	hashPattern      = regexp.MustCompile(`^[0-9a-f]{64}$`)
	retentionPattern = regexp.MustCompile(`^(none|(governance|compliance):[1-9][0-9]{0,4})$`)
)

const (
	minEntryBytes = 1 << 10
	maxEntryBytes = 1 << 20 // of PutEvents in the regions that have raised it
)

// StageForm says what a stage looks like.
const StageForm = "1 to 20 lower-case letters, digits and hyphens, a letter first"

// ValidStage says whether a stage can be part of the names of indexes, buses and buckets.
func ValidStage(stage string) bool { return stagePattern.MatchString(stage) }

// ReadSettings reads the environment through getenv and reports every fault in one error.
func ReadSettings(getenv func(string) string) (Settings, error) {
	r := reader{getenv: getenv}
	s := Settings{
		Model:    getenv("OUTFLOW_MODEL"),
		Stage:    r.matching("OUTFLOW_STAGE", stagePattern, StageForm),
		Outlets:  r.outlets(),
		LogLevel: r.level(),
		Function: getenv("AWS_LAMBDA_FUNCTION_NAME"),
		Region:   r.needed("AWS_REGION"),
	}
	s.FailuresBucket = r.bucket("OUTFLOW_FAILURES_BUCKET")
	if getenv("OUTFLOW_MODEL_HASH") != "" {
		s.ModelHash = r.matching("OUTFLOW_MODEL_HASH", hashPattern, "the member hash of model.json: 64 hexadecimal digits")
	}
	endpoints := []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_EVENTBRIDGE", "AWS_ENDPOINT_URL_DYNAMODB"}
	for _, endpoint := range endpoints { // the SDK's own
		if getenv(endpoint) != "" {
			r.url(endpoint)
		}
	}
	if slices.Contains(s.Outlets, Search) {
		s.OpenSearchURL = r.url("OUTFLOW_OPENSEARCH_URL")
	}
	if slices.Contains(s.Outlets, Events) {
		s.Bus = r.needed("OUTFLOW_BUS")
		s.EntryBytes = r.bytes("OUTFLOW_ENTRY_BYTES", 256<<10)
		s.ClaimsBucket = s.FailuresBucket
		if getenv("OUTFLOW_CLAIMS_BUCKET") != "" {
			s.ClaimsBucket = r.bucket("OUTFLOW_CLAIMS_BUCKET")
		}
	}
	if slices.Contains(s.Outlets, Audit) {
		s.AuditBucket = r.bucket("OUTFLOW_AUDIT_BUCKET")
		s.AuditRetention = "governance:1"
		if getenv("OUTFLOW_AUDIT_RETENTION") != "" {
			s.AuditRetention = r.matching("OUTFLOW_AUDIT_RETENTION", retentionPattern, "none, governance:DAYS or compliance:DAYS")
		}
	}
	return s, errors.Join(r.faults...)
}

// reader collects faults, so that a person sees all of them at once.
type reader struct {
	getenv func(string) string
	faults []error
}

func (r *reader) fault(name, format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf("environment variable %s %s", name, fmt.Sprintf(format, args...)))
}

func (r *reader) needed(name string) string {
	value := r.getenv(name)
	if value == "" {
		r.fault(name, "is not set")
	}
	return value
}

func (r *reader) matching(name string, pattern *regexp.Regexp, form string) string {
	value := r.needed(name)
	if value != "" && !pattern.MatchString(value) {
		r.fault(name, "is %q; it must be %s", value, form)
	}
	return value
}

func (r *reader) bucket(name string) string {
	return r.matching(name, bucketPattern, "the name of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens")
}

func (r *reader) url(name string) string {
	value := r.needed(name)
	u, err := url.Parse(value)
	if value != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		r.fault(name, "is %q; it must be a URL such as https://search.example.com", value)
	}
	return strings.TrimSuffix(value, "/")
}

func (r *reader) bytes(name string, otherwise int) int {
	value := r.getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < minEntryBytes || n > maxEntryBytes {
		r.fault(name, "is %q; it must be a number of bytes from %d to %d", value, minEntryBytes, maxEntryBytes)
	}
	return n
}

func (r *reader) outlets() []string {
	const name = "OUTFLOW_OUTLETS"
	value := r.needed(name)
	if value == "" {
		return nil
	}
	outlets := strings.Split(value, ",")
	for i, outlet := range outlets {
		if !slices.Contains([]string{Search, Events, Audit}, outlet) {
			r.fault(name, "names %q; outlets are search, events and audit, separated by commas", outlet)
		}
		if slices.Contains(outlets[:i], outlet) {
			r.fault(name, "names %q twice", outlet)
		}
	}
	return outlets
}

func (r *reader) level() slog.Level {
	const name = "OUTFLOW_LOG_LEVEL"
	var level slog.Level
	if value := r.getenv(name); value != "" {
		if err := level.UnmarshalText([]byte(value)); err != nil {
			r.fault(name, "is %q; it must be debug, info, warn or error", value)
		}
	}
	return level
}

// Load reads the environment and the compiled model that it names, and reports the faults of both in one error. A model
// with another hash than OUTFLOW_MODEL_HASH is a fault: what Terraform derived from its model, such as filters and names,
// would not be what the function does.
func Load(getenv func(string) string) (Settings, *model.Model, error) {
	s, err := ReadSettings(getenv)
	path := s.Model
	if path == "" {
		binary, found := os.Executable()
		err = errors.Join(err, found)
		path = filepath.Join(filepath.Dir(binary), "model.json")
	}
	content, missing := os.ReadFile(path)
	if missing != nil {
		missing = fmt.Errorf("environment variable OUTFLOW_MODEL: read the compiled model: %w; outflow build writes it", missing)
		return s, nil, errors.Join(err, missing)
	}
	m, wrong := model.Load(content)
	if wrong != nil {
		return s, nil, errors.Join(err, fmt.Errorf("environment variable OUTFLOW_MODEL: %s: %w", path, wrong))
	}
	if s.ModelHash != "" && s.ModelHash != m.Hash {
		err = errors.Join(err, fmt.Errorf("environment variable OUTFLOW_MODEL_HASH is %s, and %s has the hash %s: the function was "+
			"deployed with another model than its zip holds; run outflow build, and deploy what it wrote as a whole", s.ModelHash, path, m.Hash))
	}
	return s, m, err
}

// Deployment is the name that indexes, logs and buses of one stage carry: "<name>-<stage>".
func (s *Settings) Deployment(m *model.Model) string { return m.Name + "-" + s.Stage }
