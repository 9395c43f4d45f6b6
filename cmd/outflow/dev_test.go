package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/console"
)

func TestFaultsOfTheFlagSubscriber(t *testing.T) {
	dir := t.TempDir()
	for _, row := range []struct {
		name   string
		flags  []string
		status int
		says   string
	}{
		{"no path", []string{"--subscriber", "mailer"}, exitUsage, `"mailer" is not NAME=PATH`},
		{"an empty path", []string{"--subscriber", "mailer="}, exitUsage, `"mailer=" is not NAME=PATH`},
		{"no name", []string{"--subscriber", "=/bin/sh"}, exitUsage, "1 to 64 letters, digits, - and _"},
		{"a bad name", []string{"--subscriber", "a.b=/bin/sh"}, exitUsage, `"a.b=/bin/sh": the name of a function has`},
		{"a name twice", []string{"--subscriber", "a=/bin/sh", "--subscriber", "a=/bin/ls"}, exitUsage, "--subscriber: two subscribers are named a"},
		{"no such binary", []string{"--subscriber", "a=nowhere,1=x"}, exitBlind, "nowhere,1=x"},
		{"the second has no binary", []string{"--subscriber", "a=/bin/sh", "--subscriber=b=nowhere"}, exitBlind, `function "b"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			args := append([]string{"dev", shop, "--consumer", "/bin/sh", "--dir", filepath.Join(dir, "run")}, row.flags...)
			status, _, stderr := outflow(t, args...)
			require.Equal(t, row.status, status, stderr)
			require.Contains(t, stderr, row.says)
			require.NoDirExists(t, filepath.Join(dir, "run"))
		})
	}
}

func TestStatusTellsTheARNsOfSubscribers(t *testing.T) {
	s := seen()
	s.Subscribers = []console.Subscriber{{Name: "mailer", ARN: "arn:aws:lambda:us-east-1:000000000000:function:mailer", Log: "logs/m.log"}}
	status, stdout, stderr := outflow(t, "dev", "status", "--dir", pipelineWith(t, s))
	require.Equal(t, exitFine, status, stderr)
	require.Contains(t, stdout, "subscriber  mailer             arn:aws:lambda:us-east-1:000000000000:function:mailer, log logs/m.log\n")
}
