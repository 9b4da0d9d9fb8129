// Package local runs a real Apache Kafka and a real Redis as child processes, for tests and for people without
// containers.
//
// A test that only needs servers takes those of its test binary:
//
//	func TestMain(m *testing.M) { os.Exit(local.Main(m)) }
//
//	servers, err := local.Shared(t.Context())
//
// A test that takes servers away takes its own: [Test] starts a set and stops it when the test ends, [TestRedis] a Redis
// alone; [TestCluster] has a Kafka of three brokers, to be killed one by one. [StartKafka], [StartCluster] and
// [StartRedis] start the servers one by one.
//
// # Real or embedded
//
// Where Java, Maven, Apache Kafka's jars or redis-server cannot be had, [Start], [Shared] and [Test] fall back to kfake
// and miniredis inside the process, each for itself, with a notice. With REQUIRE_REAL=1 that is an error
// ([ErrUnavailable]): whatever is called a test of the system runs so. A server that could be had and does not start is
// always an error. With CORDON_SERVERS_REPORT=FILE each start appends what it got to FILE, one line a
// server ("kafka real 4.4.0", "redis embedded").
//
// # What is promised
//
//   - A started server has answered a request: Kafka names itself as a broker and as a group's coordinator, Redis a PING.
//   - Stop is orderly (SIGTERM, then waiting), Kill is SIGKILL; Restart comes up on the same port with the same data.
//   - Children end with the process that started them (Linux), whatever ends it.
//   - A server's own words are in its folder (kafka.log, redis.log), the last of them in the error when it does not start.
//   - Servers listen on 127.0.0.1 only, without passwords: they are no example of how to run them for others.
//
// Apache Kafka's jars are resolved once, by Maven, from the pom.xml beside this file, into
// ${XDG_CACHE_HOME:-~/.cache}/cordon. Processes that come at the same time wait for the one that resolves.
//
// All methods may be called from any goroutine; those of one server take turns.
package local
