package local

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ErrUnavailable is wrapped by every error that says a real server cannot be had on this machine.
var ErrUnavailable = errors.New("not available here")

//go:embed pom.xml
var pom []byte

// jarSums are the SHA-256 sums of all jars that pom.xml resolves to, in the format of sha256sum. After a change of pom.xml
// write them again, from jars that are trusted: cd ~/.cache/cordon/kafka-*/jars && sha256sum *.jar
//
//go:embed jars.sha256
var jarSums string

// KafkaVersion is the release of Apache Kafka that pom.xml asks for.
func KafkaVersion() string {
	var project struct {
		Version string `xml:"properties>kafka.version"`
	}
	if err := xml.Unmarshal(pom, &project); err != nil {
		return "unknown"
	}
	return project.Version
}

// distribution is a resolved Apache Kafka: its jars, and a data folder formatted once to copy from.
type distribution struct {
	java string // the program
	dir  string
}

func (d distribution) jars() string      { return filepath.Join(d.dir, "jars") }
func (d distribution) classpath() string { return filepath.Join(d.jars(), "*") }
func (d distribution) formatted() string { return filepath.Join(d.dir, "formatted") }

// resolve finds Apache Kafka in the cache, or downloads it.
func resolve(ctx context.Context) (distribution, error) { return resolveBySums(ctx, jarSums) }

// resolveBySums accepts only jars with these sums. A folder in the cache is always complete: it is made beside its place and
// renamed. Its name depends on the contents of pom.xml and the sums.
func resolveBySums(ctx context.Context, sums string) (distribution, error) {
	java, err := findJava(ctx)
	if err != nil {
		return distribution{}, err
	}
	cache, err := cacheDir()
	if err != nil {
		return distribution{}, err
	}
	sum := sha256.Sum256(append(slices.Clip(pom), sums...))
	dir := filepath.Join(cache, "kafka-"+KafkaVersion()+"-"+hex.EncodeToString(sum[:4]))
	if _, err := os.Stat(dir); err == nil {
		return distribution{java, dir}, nil
	}
	unlock, err := lock(dir + ".lock")
	if err != nil {
		return distribution{}, err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil { // somebody else was first
		return distribution{java, dir}, nil
	}
	return distribution{java, dir}, fetch(ctx, java, dir, sums)
}

// fetch makes the folder dir: jars by Maven, then the formatted data folder. It runs no jar before it has checked all sums.
func fetch(ctx context.Context, java, dir, sums string) error {
	maven, err := exec.LookPath("mvn")
	if err != nil {
		return fmt.Errorf("local: apache kafka %w: it is resolved by Maven; install maven (mvn) and run again", ErrUnavailable)
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "resolving-")
	if err != nil {
		return fmt.Errorf("local: %w", err)
	}
	defer os.RemoveAll(work)
	d := distribution{java, work}
	file := filepath.Join(work, "pom.xml")
	if err := os.WriteFile(file, pom, 0o644); err != nil {
		return fmt.Errorf("local: %w", err)
	}
	cmd := exec.CommandContext(ctx, maven, "--batch-mode", "--quiet", "--file", file,
		"dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+d.jars())
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("local: apache kafka %s %w: mvn: %w: %s", KafkaVersion(), ErrUnavailable, err, oneLine(out))
	}
	if err := checkJars(d.jars(), sums); err != nil {
		return err
	}
	if err := prepare(ctx, d); err != nil {
		return err
	}
	if err := os.Rename(work, dir); err != nil && !isDir(dir) {
		return fmt.Errorf("local: %w", err)
	}
	return nil
}

// checkJars checks that dir holds exactly the files of the sums. A jar that differs is an error even if embedded servers are
// allowed.
func checkJars(dir, sums string) error {
	want := map[string]string{}
	for line := range strings.Lines(sums) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		want[name] = sum
	}
	found, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("local: %w", err)
	}
	for _, f := range found {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return fmt.Errorf("local: %w", err)
		}
		sum, known := want[f.Name()]
		if got := sha256.Sum256(b); !known || hex.EncodeToString(got[:]) != sum {
			return fmt.Errorf("local: %s is not the file that jars.sha256 names (its SHA-256 is %x): the file was changed in the Maven repository, or pom.xml was changed without jars.sha256", f.Name(), got)
		}
		delete(want, f.Name())
	}
	for name := range want {
		return fmt.Errorf("local: Maven did not fetch %s, which jars.sha256 names: write jars.sha256 again after a change of pom.xml", name)
	}
	return nil
}

func cacheDir() (string, error) {
	base := os.Getenv("XDG_CACHE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("local: set XDG_CACHE_HOME: %w", err)
		}
		base = filepath.Join(home, ".cache")
	}
	dir := filepath.Join(base, "cordon")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("local: %w", err)
	}
	return dir, nil
}

var javaVersion = regexp.MustCompile(`version "(\d+)`)

// findJava is the java of JAVA_HOME or PATH, if it is new enough for Kafka's broker.
func findJava(ctx context.Context) (string, error) {
	const oldest = 17
	name := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		name = filepath.Join(home, "bin", "java")
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("local: apache kafka %w: no %s; install a Java %d runtime or set JAVA_HOME", ErrUnavailable, name, oldest)
	}
	out, err := exec.CommandContext(ctx, path, "-version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("local: apache kafka %w: %s -version: %w", ErrUnavailable, path, err)
	}
	match := javaVersion.FindSubmatch(out)
	if match == nil {
		return "", fmt.Errorf("local: apache kafka %w: %s -version says %s", ErrUnavailable, path, oneLine(out))
	}
	if major, err := strconv.Atoi(string(match[1])); err != nil || major < oldest {
		return "", fmt.Errorf("local: apache kafka %w: %s is Java %s; install %d or newer", ErrUnavailable, path, match[1], oldest)
	}
	return path, nil
}

// oneLine is the end of a program's output, fit for an error.
func oneLine(out []byte) string {
	const size = 800
	out = bytes.TrimSpace(out)
	return strings.Join(strings.Fields(string(out[max(0, len(out)-size):])), " ")
}

func isDir(path string) bool {
	stat, err := os.Stat(path)
	return err == nil && stat.IsDir()
}
