package audit

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Folders below a log's Prefix, beside those of segments.
const (
	digestsFolder = "digests/"
	keysFolder    = "keys/"
	lateFolder    = "late/"
)

const (
	digestSuffix    = ".json"
	signatureSuffix = ".signature.json"
	indexSuffix     = ".txt"
	numberDigits    = 10
	folderDigits    = 8 // of the number: a folder has 100 digests
)

// DigestKey is the key of the digest of that number.
func DigestKey(log string, number int64) string { return digestName(log, number) + digestSuffix }

// SignatureKey is the key of the digest's signature.
func SignatureKey(log string, number int64) string { return digestName(log, number) + signatureSuffix }

func digestName(log string, number int64) string { return numbered(Prefix(log)+digestsFolder, number) }

func numbered(folder string, number int64) string {
	name := fmt.Sprintf("%0*d", numberDigits, number)
	return folder + name[:len(name)-numberDigits+folderDigits] + "/" + name
}

// ParseDigestKey reads the number from the key of a digest or of its signature. ok is false for all other keys.
func ParseDigestKey(log, key string) (number int64, signature, ok bool) {
	name, signature := strings.CutSuffix(key, signatureSuffix)
	if !signature {
		name, ok = strings.CutSuffix(key, digestSuffix)
		if !ok {
			return 0, false, false
		}
	}
	number, err := strconv.ParseInt(name[strings.LastIndexByte(name, '/')+1:], 10, 64)
	if err != nil || number < 1 || name != digestName(log, number) {
		return 0, false, false
	}
	return number, signature, true
}

// IndexKey is the key of the key index of the digest of that number whose bytes have that hash.
func IndexKey(log string, number int64, sha256 string) string {
	return numbered(Prefix(log)+keysFolder, number) + "-" + sha256[:16] + indexSuffix
}

// LateKey is the key of the note of a writer that at this time is about to write into an hour.
func LateKey(log string, at time.Time, hour Hour) string { return lateDay(log, at) + hour.String() }

func lateDay(log string, day time.Time) string {
	return Prefix(log) + lateFolder + day.UTC().Format("dt=2006-01-02/")
}
