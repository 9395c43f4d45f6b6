package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// JDK is an installed Java.
type JDK struct {
	Home    string // the folder that has bin/java
	Version string // as it calls itself, such as 21.0.4
	Major   int
}

func (j JDK) String() string {
	if j.Home == "" {
		return "(missing)"
	}
	return fmt.Sprintf("%s (%s)", j.Version, j.Home)
}

func (j JDK) program() string { return filepath.Join(j.Home, "bin", "java") }

// javaFolders are the places where packages, SDKMAN, macOS and Homebrew put JDKs.
func javaFolders() []string {
	folders := []string{"/usr/lib/jvm/*", "/usr/java/*", "/opt/java/*"}
	if runtime.GOOS == "darwin" {
		folders = append(folders, "/Library/Java/JavaVirtualMachines/*/Contents/Home",
			"/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home", "/usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home")
	}
	if home, err := os.UserHomeDir(); err == nil {
		folders = append(folders, filepath.Join(home, ".sdkman/candidates/java/*"),
			filepath.Join(home, "Library/Java/JavaVirtualMachines/*/Contents/Home"))
	}
	return folders
}

// findJava lists the JDKs of this machine, each once: JAVA_HOME's, then PATH's, then what macOS's java_home names,
// then those in folders.
func findJava(ctx context.Context, folders []string) []JDK {
	homes := []string{os.Getenv("JAVA_HOME")}
	if program, err := exec.LookPath("java"); err == nil {
		homes = append(homes, filepath.Dir(filepath.Dir(resolve(program))))
	}
	if newest, err := exec.CommandContext(ctx, "/usr/libexec/java_home").Output(); err == nil {
		homes = append(homes, strings.TrimSpace(string(newest)))
	}
	for _, pattern := range folders {
		matches, _ := filepath.Glob(pattern) // a pattern that is none matches nothing
		homes = append(homes, matches...)
	}
	var jdks []JDK
	for _, home := range homes {
		home = resolve(home)
		known := slices.ContainsFunc(jdks, func(j JDK) bool { return j.Home == home })
		if jdk, ok := inspectJava(ctx, home); ok && !known {
			jdks = append(jdks, jdk)
		}
	}
	return jdks
}

func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

var javaVersion = regexp.MustCompile(`(?m)(?:^JAVA_VERSION=|\bversion )"([0-9]+)([^"]*)"`)

// inspectJava reads the version from the release file that every JDK since 9 has, and asks the program itself where
// there is none.
func inspectJava(ctx context.Context, home string) (JDK, bool) {
	jdk := JDK{Home: home}
	if home == "" {
		return jdk, false
	}
	if _, err := exec.LookPath(jdk.program()); err != nil {
		return jdk, false
	}
	text, err := os.ReadFile(filepath.Join(home, "release"))
	match := javaVersion.FindSubmatch(text)
	if err != nil || match == nil {
		text, _ = exec.CommandContext(ctx, jdk.program(), "-version").CombinedOutput() // no answer matches nothing
		match = javaVersion.FindSubmatch(text)
	}
	if match == nil {
		return jdk, false
	}
	jdk.Version = string(match[1]) + string(match[2])
	jdk.Major, err = strconv.Atoi(string(match[1]))
	return jdk, err == nil
}

// pickJava takes JAVA_HOME's JDK, which findJava lists first, if it is new enough, and else the newest.
func pickJava(jdks []JDK, lowest int) (JDK, bool) {
	if len(jdks) == 0 {
		return JDK{}, false
	}
	if jdks[0].Home == resolve(os.Getenv("JAVA_HOME")) && jdks[0].Major >= lowest {
		return jdks[0], true
	}
	newest := slices.MaxFunc(jdks, func(a, b JDK) int { return a.Major - b.Major })
	if newest.Major < lowest {
		return JDK{}, false
	}
	return newest, true
}

func listJava(jdks []JDK) string {
	if len(jdks) == 0 {
		return "none"
	}
	names := make([]string, len(jdks))
	for i, jdk := range jdks {
		names[i] = jdk.String()
	}
	return strings.Join(names, ", ")
}
