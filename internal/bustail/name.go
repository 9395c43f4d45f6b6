package bustail

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// mark is what the names of all rules and queues begin with: permissions are given on it.
const mark = "outflow-tail-"

// longest is the most characters that a deployment has in a name: a rule's name has 64 at most (EventBridge's PutRule), of
// which the mark, the time and the random part, with their hyphens, take 33.
const longest = 31

// nameOf is "outflow-tail-<deployment>-<seconds since 1970>-<8 hex digits>".
func nameOf(deployment string, made time.Time, random uint32) string {
	return fmt.Sprintf("%s%d-%08x", prefixOf(deployment), made.Unix(), random)
}

// prefixOf is what all names of a deployment begin with; so may those of a deployment whose name begins with its name.
func prefixOf(deployment string) string {
	if len(deployment) > longest {
		sum := sha256.Sum256([]byte(deployment))
		deployment = deployment[:longest-9] + "-" + hex.EncodeToString(sum[:4])
	}
	return mark + deployment + "-"
}

var ending = regexp.MustCompile(`^([0-9]{1,12})-[0-9a-f]{8}$`)

// madeAt is when the rule of that name was made, if it is one of the deployment's tails.
func madeAt(deployment, name string) (time.Time, bool) {
	rest, ours := strings.CutPrefix(name, prefixOf(deployment))
	parts := ending.FindStringSubmatch(rest)
	if !ours || parts == nil {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	return time.Unix(seconds, 0).UTC(), err == nil
}
