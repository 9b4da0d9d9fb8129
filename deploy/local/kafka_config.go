package local

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// serverProperties is one node in KRaft combined mode. The settings that are not about being alone and local:
// a broker that was killed is let back in after 4 s (its old session has to run out: 9 s by default), a group's member
// that died is missed after 2 s where it asks for that (the broker's default minimum is 6 s), nobody waits for more
// members at the first join, and topics are made by `cordon topics create`, never by a misspelt name.
func serverProperties(data string, broker, controller int, more ...Listener) string {
	var at, protocols string
	for _, l := range more {
		at += fmt.Sprintf(",%s://%s", l.Name, address(l.port))
		protocols += fmt.Sprintf(",%s:%s", l.Name, l.Protocol)
	}
	lines := []string{
		"process.roles=broker,controller",
		"node.id=1",
		fmt.Sprintf("controller.quorum.voters=1@%s", address(controller)),
		fmt.Sprintf("listeners=PLAINTEXT://%s,CONTROLLER://%s%s", address(broker), address(controller), at),
		fmt.Sprintf("advertised.listeners=PLAINTEXT://%s%s", address(broker), at),
		"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT" + protocols,
		"controller.listener.names=CONTROLLER",
		"inter.broker.listener.name=PLAINTEXT",
		"log.dirs=" + data,
		"auto.create.topics.enable=false",
		"broker.heartbeat.interval.ms=500",
		"broker.session.timeout.ms=4000",
		"group.min.session.timeout.ms=2000",
		"group.initial.rebalance.delay.ms=0",
		"offsets.topic.num.partitions=8",
		"offsets.topic.replication.factor=1",
		"transaction.state.log.replication.factor=1",
		"transaction.state.log.min.isr=1",
		"share.coordinator.state.topic.replication.factor=1",
		"share.coordinator.state.topic.min.isr=1",
	}
	return strings.Join(lines, "\n") + "\n"
}

// logProperties: warnings and worse, on the output that becomes kafka.log.
const logProperties = `rootLogger.level=WARN
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %m (%c)%n
`

// format makes the data folder of a fresh node. Its contents do not depend on the ports, so one is made per
// distribution (a JVM for 1.3 s) and copied for each server.
func format(ctx context.Context, d distribution) error {
	file := filepath.Join(d.dir, "format.properties")
	if err := os.WriteFile(file, []byte(serverProperties(d.formatted(), 9092, 9093)), 0o644); err != nil {
		return fmt.Errorf("local: %w", err)
	}
	const clusterID = "Y29yZG9uLWxvY2FsLXRlcw" // 16 bytes in Kafka's base64
	cmd := exec.CommandContext(ctx, d.java, "-cp", d.classpath(), "kafka.tools.StorageTool", "format", "-t", clusterID, "-c", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("local: format kafka's data folder: %w: %s", err, oneLine(out))
	}
	return nil
}

// configure writes the node's files, and a fresh data folder if there is none. Settings can hold passwords.
func (k *Kafka) configure() error {
	data := filepath.Join(k.dir, "data")
	if !isDir(data) {
		if err := os.CopyFS(data, os.DirFS(k.dist.formatted())); err != nil {
			return fmt.Errorf("local: %w", err)
		}
	}
	for name, text := range map[string]string{
		"server.properties": serverProperties(data, k.port, k.controller, k.listeners...) + strings.Join(k.settings, "\n") + "\n",
		"log4j2.properties": logProperties,
	} {
		if err := os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("local: %w", err)
		}
	}
	return nil
}

// kafkaCommand is the broker's JVM; all but the heap's size as Kafka's own start script has it.
func kafkaCommand(d distribution, dir string) *exec.Cmd {
	cmd := exec.Command(d.java,
		"-Xms512m", "-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35",
		"-XX:+ExplicitGCInvokesConcurrent", "-Djava.awt.headless=true",
		"-Dlog4j2.configurationFile="+filepath.Join(dir, "log4j2.properties"),
		"-cp", d.classpath(), "kafka.Kafka", filepath.Join(dir, "server.properties"))
	cmd.Dir = dir
	return cmd
}
