package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	checkovVersion = "3.3.30"
	mostSkips      = 12 // of checkov's checks in the code; each says why
)

// tflint is built from the module beside this program, which pins it.
func (c *checks) tflint(ctx context.Context) error {
	binary := filepath.Join(c.repository, "bin", "tflint")
	sources := filepath.Join(c.repository, "scripts", "tf", "tools")
	if err := c.command(ctx, "go", "build", "-C", sources, "-o", binary, "github.com/terraform-linters/tflint"); err != nil {
		return err
	}
	for _, folder := range folders {
		args := []string{"--chdir", filepath.Join(c.Folder, folder), "--no-color"}
		if !strings.Contains(folder, "/modules/") {
			args = append(args, "--var=package="+filepath.Join(c.Folder, "terraform/tests/package"))
		}
		if err := c.command(ctx, binary, args...); err != nil {
			return err
		}
	}
	return c.say("tflint has nothing to say")
}

// checkov is kept in a virtual environment in the user's cache.
func (c *checks) checkov(ctx context.Context) error {
	user, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("the user's cache folder: %w; set HOME", err)
	}
	home := filepath.Join(user, "outflow", "checkov-"+checkovVersion)
	binary := filepath.Join(home, "bin", "checkov")
	if _, err := os.Stat(binary); err != nil {
		if err := c.bringCheckov(ctx, home); err != nil {
			return err
		}
	}
	for _, folder := range []string{"terraform", "examples/shop/terraform"} {
		if err := c.scan(ctx, binary, folder); err != nil {
			return err
		}
	}
	skips, err := c.skips()
	if err == nil && skips > mostSkips {
		err = fmt.Errorf("%d checks are skipped, and %d at most may be: mend what they find", skips, mostSkips)
	}
	if err != nil {
		return err
	}
	return c.say("checkov %s: nothing failed, %d checks skipped with a reason", checkovVersion, skips)
}

// scan fails on a file that checkov could not read too: what is in it was then not checked.
func (c *checks) scan(ctx context.Context, binary, folder string) error {
	cmd := exec.CommandContext(ctx, binary, "--directory", ".", "--framework", "terraform", "--skip-path", `\.terraform`,
		"--skip-download", "--output", "json", "--soft-fail")
	cmd.Dir = filepath.Join(c.Folder, folder)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("checkov in %s: %w", folder, err)
	}
	var report struct {
		Results struct {
			Failed []struct {
				ID       string `json:"check_id"`
				Name     string `json:"check_name"`
				Resource string `json:"resource"`
				File     string `json:"file_path"`
			} `json:"failed_checks"`
			Unread []string `json:"parsing_errors"`
		} `json:"results"`
		Summary struct {
			Passed int `json:"passed"`
		} `json:"summary"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return fmt.Errorf("read checkov's report on %s: %w", folder, err)
	}
	var faults []error
	for _, f := range report.Results.Failed {
		faults = append(faults, fmt.Errorf("%s%s: %s: %s (%s)", folder, f.File, f.Resource, f.Name, f.ID))
	}
	for _, file := range report.Results.Unread {
		faults = append(faults, fmt.Errorf("%s could not be read by checkov", file))
	}
	if report.Summary.Passed == 0 {
		faults = append(faults, fmt.Errorf("checkov checked nothing in %s", folder))
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	return c.say("checkov: %d checks passed in %s", report.Summary.Passed, folder)
}

func (c *checks) bringCheckov(ctx context.Context, home string) error {
	if err := c.say("bringing checkov %s from PyPI, once", checkovVersion); err != nil {
		return err
	}
	if err := c.command(ctx, "python3", "-m", "venv", home); err != nil {
		return fmt.Errorf("%w; checkov needs Python 3.9 or later with venv", err)
	}
	return c.command(ctx, filepath.Join(home, "bin", "python"), "-m", "pip", "install", "--quiet",
		"--disable-pip-version-check", "checkov=="+checkovVersion)
}

// skips counts the comments that leave a check out, and refuses one without a reason.
func (c *checks) skips() (int, error) {
	count := 0
	err := filepath.WalkDir(c.Folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == ".terraform" {
			return firstOr(err, filepath.SkipDir)
		}
		if filepath.Ext(path) != ".tf" {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range bytes.Lines(content) {
			_, skip, found := strings.Cut(string(line), "checkov:skip=")
			if !found {
				continue
			}
			count++
			if _, reason, _ := strings.Cut(skip, ":"); strings.TrimSpace(reason) == "" {
				return fmt.Errorf("%s skips %s without a reason", path, strings.TrimSpace(skip))
			}
		}
		return nil
	})
	return count, err
}

func firstOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}
