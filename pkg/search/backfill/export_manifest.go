package backfill

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

const (
	summaryName = "manifest-summary.json"
	filesName   = "manifest-files.json"
	// maxManifest is that of some 200,000 data files; an export has at least one for each partition of 10 GB.
	maxManifest = 64 << 20
)

// OpenExport reads the manifests of an export and checks that it is a full one, in DynamoDB JSON, of the table. The errors
// of exports that are not are ErrExport.
func OpenExport(ctx context.Context, folder Folder, table string) (*Export, error) {
	e := &Export{folder: folder}
	content, err := manifest(ctx, folder, summaryName)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(content, &e.Summary); err != nil {
		return nil, fmt.Errorf("%w: %s/%s: %w", ErrExport, folder, summaryName, err)
	}
	if err := e.Summary.check(table); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrExport, folder, err)
	}
	if content, err = manifest(ctx, folder, filesName); err != nil {
		return nil, err
	}
	if e.files, err = dataFiles(content); err != nil {
		return nil, fmt.Errorf("%w: %s/%s: %w", ErrExport, folder, filesName, err)
	}
	items := 0
	for i := range e.files {
		items += e.files[i].Items
	}
	if items != e.Summary.Items {
		return nil, fmt.Errorf("%w: %s: %s says %d items, and the data files of %s have %d together", ErrExport, folder, summaryName,
			e.Summary.Items, filesName, items)
	}
	return e, nil
}

func (s *ExportSummary) check(table string) error {
	var faults []error
	if s.Type != "" && s.Type != "FULL_EXPORT" {
		faults = append(faults, fmt.Errorf("it is an %s: one that holds changes alone does not say what the table holds; "+
			"make a full export", s.Type))
	}
	if s.Format != "DYNAMODB_JSON" {
		faults = append(faults, fmt.Errorf("its format is %s: export in DYNAMODB_JSON", s.Format))
	}
	if _, name, _ := strings.Cut(s.TableARN, ":table/"); name != table {
		faults = append(faults, fmt.Errorf("it is of table %q (%s), and the target's is %s", name, s.TableARN, table))
	}
	if s.Time.IsZero() {
		faults = append(faults, errors.New("it does not say of what time it is: exportTime is missing"))
	}
	return errors.Join(faults...)
}

func dataFiles(manifest []byte) ([]dataFile, error) {
	var files []dataFile
	decoder := json.NewDecoder(bytes.NewReader(manifest))
	for {
		var f dataFile
		if err := decoder.Decode(&f); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("entry %d: %w", len(files)+1, err)
		}
		if f.MD5 == "" || !strings.Contains(f.Key, "/data/") || strings.HasSuffix(f.Key, "/") {
			return nil, fmt.Errorf("entry %d names no file under data/ with its md5Checksum", len(files)+1)
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, errors.New("it names no data file")
	}
	return files, nil
}

// manifest reads a manifest, and compares it with the MD5 beside it where there is one.
func manifest(ctx context.Context, folder Folder, name string) ([]byte, error) {
	content, err := readAll(ctx, folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: there is no %s in %s: name the folder that holds it, such as "+
			"s3://bucket/prefix/AWSDynamoDB/01693685827463-2d8752fd", ErrExport, name, folder)
	}
	if err != nil {
		return nil, err
	}
	for _, ending := range []string{".checksum", ".md5"} { // the one in the documentation, the other in buckets
		wanted, err := readAll(ctx, folder, strings.TrimSuffix(name, ".json")+ending)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return nil, err
		}
		sum := md5.Sum(content)
		if is := base64.StdEncoding.EncodeToString(sum[:]); is != strings.TrimSpace(string(wanted)) {
			return nil, fmt.Errorf("%w: %s/%s is not the file whose MD5 stands beside it: copy it again", ErrExport, folder, name)
		}
	}
	return content, nil
}

func readAll(ctx context.Context, folder Folder, name string) ([]byte, error) {
	r, err := folder.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err != nil {
		return nil, fmt.Errorf("read %s/%s: %w", folder, name, err)
	}
	if len(content) > maxManifest {
		return nil, fmt.Errorf("%w: %s/%s has more than %d bytes", ErrExport, folder, name, maxManifest)
	}
	return content, nil
}
