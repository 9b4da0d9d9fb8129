package local

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func TestShared_givesOneSetAndKeepsIt(t *testing.T) {
	hideServers(t)
	first, err := Shared(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := shared.dir
	second, err := Shared(t.Context())
	if err != nil || second != first {
		t.Fatalf("a second set %p beside %p, %v", second, first, err)
	}
	if err := stopShared(); err != nil {
		t.Fatal(err)
	}
	refuses(t, first.Kafka.Addr())
	refuses(t, first.Redis.Addr())
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("%s is left behind", dir)
	}
}

func TestTest_givesServersOfItsOwn(t *testing.T) {
	var kafka, redis string
	t.Run("inner", func(t *testing.T) {
		hideServers(t)
		s := Test(t)
		kafka, redis = s.Kafka.Addr(), s.Redis.Addr()
		createTopic(t, kafka, "t")
		if err := connect(t, s.Redis).Ping(t.Context()).Err(); err != nil {
			t.Error(err)
		}
	})
	refuses(t, kafka)
	refuses(t, redis)
}

// hideServers makes embedded ones be used, which are quicker; what is promised here is the same.
func hideServers(t *testing.T) {
	t.Setenv("REQUIRE_REAL", "")
	t.Setenv(reportVariable, "")
	t.Setenv("JAVA_HOME", "")
	t.Setenv("PATH", t.TempDir())
}
