package local

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// node is the configuration of one Kafka: a broker that is also a controller.
type node struct {
	id        int   // from 1 on
	port      int   // of the broker
	voters    []int // ports of all controllers of the cluster, by id
	heap      heap
	listeners []Listener // in addition to the plain one
	settings  []string   // further lines
}

// heap holds a JVM's values of -Xms and -Xmx.
type heap struct{ least, most string }

func single(port, controller int) node {
	return node{id: 1, port: port, voters: []int{controller}, heap: heap{"512m", "1g"}}
}

// serverProperties returns the configuration of a node in KRaft combined mode. Settings that differ from the defaults for
// other reasons than being local: a killed broker may come back after 4 s (its old session has to expire, by default after 9
// s); a group's member may ask for a session timeout of 2 s (by default at least 6 s); the first join does not wait for more
// members; and topics are made only by `cordon topics create`, never by a misspelt name. A cluster keeps three copies of
// everything and acknowledges what two of them have. The cleaner's buffer is smaller than the default of 128 MiB, to fit a
// small heap.
func serverProperties(data string, n node) string {
	copies := min(3, len(n.voters))
	inSync := max(1, copies-1)
	quorum := make([]string, len(n.voters))
	for i, port := range n.voters {
		quorum[i] = fmt.Sprintf("%d@%s", i+1, address(port))
	}
	var at, protocols string
	for _, l := range n.listeners {
		at += fmt.Sprintf(",%s://%s", l.Name, address(l.port))
		protocols += fmt.Sprintf(",%s:%s", l.Name, l.Protocol)
	}
	lines := []string{
		"process.roles=broker,controller",
		fmt.Sprintf("node.id=%d", n.id),
		"controller.quorum.voters=" + strings.Join(quorum, ","),
		fmt.Sprintf("listeners=PLAINTEXT://%s,CONTROLLER://%s%s", address(n.port), address(n.voters[n.id-1]), at),
		fmt.Sprintf("advertised.listeners=PLAINTEXT://%s%s", address(n.port), at),
		"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT" + protocols,
		"controller.listener.names=CONTROLLER",
		"inter.broker.listener.name=PLAINTEXT",
		"log.dirs=" + data,
		"log.cleaner.dedupe.buffer.size=16777216",
		"auto.create.topics.enable=false",
		"broker.heartbeat.interval.ms=500",
		"broker.session.timeout.ms=4000",
		"group.min.session.timeout.ms=2000",
		"group.initial.rebalance.delay.ms=0",
		fmt.Sprintf("min.insync.replicas=%d", inSync),
		"offsets.topic.num.partitions=8",
		fmt.Sprintf("offsets.topic.replication.factor=%d", copies),
		"transaction.state.log.num.partitions=8",
		fmt.Sprintf("transaction.state.log.replication.factor=%d", copies),
		fmt.Sprintf("transaction.state.log.min.isr=%d", inSync),
		fmt.Sprintf("share.coordinator.state.topic.replication.factor=%d", copies),
		fmt.Sprintf("share.coordinator.state.topic.min.isr=%d", inSync),
	}
	return strings.Join(append(lines, n.settings...), "\n") + "\n"
}

// logProperties: warnings and worse, on the output that becomes kafka.log.
const logProperties = `rootLogger.level=WARN
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %m (%c)%n
`

// prepare makes the data folder of a node that runs alone. Its contents do not depend on the ports, so it is made once per
// distribution (a JVM for 1.3 s) and copied for each server.
func prepare(ctx context.Context, d distribution) error {
	file := filepath.Join(d.dir, "format.properties")
	if err := os.WriteFile(file, []byte(serverProperties(d.formatted(), single(9092, 9093))), 0o644); err != nil {
		return fmt.Errorf("local: %w", err)
	}
	return format(ctx, d, file)
}

// format makes the data folder that a configuration names.
func format(ctx context.Context, d distribution, file string) error {
	const clusterID = "Y29yZG9uLWxvY2FsLXRlcw" // 16 bytes in Kafka's base64
	cmd := exec.CommandContext(ctx, d.java, "-cp", d.classpath(), "kafka.tools.StorageTool", "format", "-t", clusterID, "-c", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("local: format kafka's data folder: %w: %s", err, oneLine(out))
	}
	return nil
}

// configure writes the node's files into dir, and a new data folder if there is none. The settings may contain passwords.
func configure(ctx context.Context, d distribution, dir string, n node) error {
	data, properties := filepath.Join(dir, "data"), filepath.Join(dir, "server.properties")
	for path, text := range map[string]string{
		properties:                              serverProperties(data, n),
		filepath.Join(dir, "log4j2.properties"): logProperties,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return fmt.Errorf("local: %w", err)
		}
	}
	if isDir(data) {
		return nil
	}
	if len(n.voters) > 1 {
		return format(ctx, d, properties)
	}
	if err := os.CopyFS(data, os.DirFS(d.formatted())); err != nil {
		return fmt.Errorf("local: %w", err)
	}
	return nil
}

// kafkaCommand is the broker's JVM; all but the heap's size as Kafka's own start script has it.
func kafkaCommand(d distribution, dir string, h heap) *exec.Cmd {
	cmd := exec.Command(d.java,
		"-Xms"+h.least, "-Xmx"+h.most, "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35",
		"-XX:+ExplicitGCInvokesConcurrent", "-Djava.awt.headless=true",
		"-Dlog4j2.configurationFile="+filepath.Join(dir, "log4j2.properties"),
		"-cp", d.classpath(), "kafka.Kafka", filepath.Join(dir, "server.properties"))
	cmd.Dir = dir
	return cmd
}
