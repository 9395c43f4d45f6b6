package pack

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"time"
)

// maxZip is the largest zip that Lambda takes directly
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 50 MB, zipped, for direct upload).
const maxZip = 50 << 20

// member is a file in a zip.
type member struct {
	name    string
	mode    fs.FileMode
	content []byte
}

// archive packs members in their order. The time is the earliest that a zip can hold: the files have none of their own.
func archive(members ...member) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range members {
		header := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
		header.SetMode(m.mode)
		f, err := w.CreateHeader(header)
		if err != nil {
			return nil, fmt.Errorf("zip %s: %w", m.name, err)
		}
		if _, err := f.Write(m.content); err != nil {
			return nil, fmt.Errorf("zip %s: %w", m.name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("zip: %w", err)
	}
	if out.Len() > maxZip {
		return nil, fmt.Errorf("the zip has %d bytes and Lambda takes at most %d directly: strip the binary (-ldflags \"-s -w\")",
			out.Len(), maxZip)
	}
	return out.Bytes(), nil
}
