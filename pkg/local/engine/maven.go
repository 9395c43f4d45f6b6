package engine

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"

	"github.com/outflow-dev/outflow/scripts/engines"
)

// fetchDynamoDB has Maven copy every jar into folder, and keeps them only if they are the recorded ones.
func (p Plan) fetchDynamoDB(ctx context.Context, item Item, folder string, progress io.Writer) error {
	if err := p.mvn(ctx, item, "copy-dependencies@dynamodb", folder, progress); err != nil {
		return err
	}
	sums, err := recorded(engines.Checksums)
	if err != nil {
		return err
	}
	delete(sums, openSearchZip)
	return verify(folder, sums)
}

const openSearchZip = "opensearch-3.5.0.zip"

// fetchOpenSearch has Maven copy the zip into work, compares it with the recorded checksum, and unpacks it.
func (p Plan) fetchOpenSearch(ctx context.Context, item Item, work, folder string, progress io.Writer) error {
	download := filepath.Join(work, "download")
	if err := p.mvn(ctx, item, "copy@opensearch", download, progress); err != nil {
		return err
	}
	sums, err := recorded(engines.Checksums)
	if err != nil {
		return err
	}
	if err := verify(download, map[string]string{openSearchZip: sums[openSearchZip]}); err != nil {
		return err
	}
	say(progress, "  unpacking %s\n", openSearchZip)
	return unzip(ctx, filepath.Join(download, openSearchZip), folder)
}

// mvn runs one goal of the pom, with the Java that will run the engine.
func (p Plan) mvn(ctx context.Context, item Item, goal, to string, progress io.Writer) error {
	pom, err := os.CreateTemp(p.Cache, unfinished)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(pom.Name()) }()
	if _, err := pom.WriteString(engines.Pom); err != nil {
		return fmt.Errorf("write the pom: %w", err)
	}
	if err := pom.Close(); err != nil {
		return fmt.Errorf("write the pom: %w", err)
	}
	cmd := exec.CommandContext(ctx, p.maven, "--strict-checksums", "-Dstyle.color=never", "-f", pom.Name(),
		"dependency:"+goal, "-Doutflow.to="+to)
	cmd.Env = append(os.Environ(), "JAVA_HOME="+item.Java.Home)
	return runTool(ctx, cmd, progress, mavenLine)
}

var (
	mavenProgress   = regexp.MustCompile(`^Progress \(\d+\): (\d+)(?:\.\d+)?/(\d+)(?:\.\d+)? MB`)
	mavenDownloaded = regexp.MustCompile(`^Downloaded from \S+: \S+/([^/ ]+) \(([0-9.]+ MB) at`)
)

// mavenLine turns a line of Maven's output into one for people: files of a megabyte and more, and how far they are.
// Progress comes in steps of a tenth, since Maven tells it many times a second.
func mavenLine(line string) string {
	if match := mavenDownloaded.FindStringSubmatch(line); match != nil {
		return fmt.Sprintf("  %s (%s)", match[1], match[2])
	}
	if match := mavenProgress.FindStringSubmatch(line); match != nil {
		return tenths(match[1], match[2])
	}
	return ""
}
