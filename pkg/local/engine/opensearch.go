package engine

import (
	"fmt"
	"os"
	"path/filepath"
)

const log4jProperties = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %marker%m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
`

// openSearchCommand runs a single node. It is started as bin/opensearch would, but for what is different here: that
// script starts four JVMs to find its options, and keeps logs and dumps in the installation, which is shared.
func openSearchCommand(item Item, dir string, heapMB, port, transport int) (command, error) {
	as, err := nobody()
	if err != nil {
		return command{}, err
	}
	folder, err := as.home(dir, "opensearch")
	if err != nil {
		return command{}, err
	}
	conf, data, temp := filepath.Join(folder, "config"), filepath.Join(folder, "data"), filepath.Join(folder, "tmp")
	for _, path := range []string{conf, data, temp} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return command{}, err
		}
	}
	files := map[string]string{"opensearch.yml": "# settings are on the command line\n", "log4j2.properties": log4jProperties}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(conf, name), []byte(content), 0o644); err != nil {
			return command{}, err
		}
	}
	if err := as.own(folder); err != nil {
		return command{}, fmt.Errorf("give %s to user nobody: %w", folder, err)
	}
	marker, endpoint, node := "-Epath.data="+data, local(port), fmt.Sprintf("outflow-%d-%d", os.Getpid(), port)
	args := append(openSearchJVM(item, heapMB, temp, conf), "org.opensearch.bootstrap.OpenSearch", marker,
		"-Epath.logs="+temp, "-Ecluster.name=outflow", "-Enode.name="+node, "-Ediscovery.type=single-node",
		"-Enetwork.host=127.0.0.1", fmt.Sprintf("-Ehttp.port=%d", port), fmt.Sprintf("-Etransport.port=%d", transport),
		"-Ecluster.routing.allocation.disk.threshold_enabled=false") // a laptop's disk may be fuller than 95 %
	return command{
		name: OpenSearch, endpoint: endpoint, path: item.Java.program(), args: args, workDir: folder,
		env:    []string{"HOME=" + folder},
		marker: marker, user: as, grace: grace, ready: openSearchReady(endpoint, node),
	}, nil
}

// openSearchJVM are the options that the version's own config/jvm.options and launcher give for Java 21 and newer,
// without garbage collector logs, heap dumps and pre-touched memory.
func openSearchJVM(item Item, heapMB int, temp, conf string) []string {
	args := []string{
		fmt.Sprintf("-Xms%dm", heapMB), fmt.Sprintf("-Xmx%dm", heapMB), fmt.Sprintf("-XX:MaxDirectMemorySize=%dm", heapMB/2),
		"-XX:+UseG1GC", "-XX:G1ReservePercent=25", "-XX:InitiatingHeapOccupancyPercent=30",
		"-Xshare:auto", "-Xss1m", "-XX:-OmitStackTraceInFastThrow", "-XX:+ShowCodeDetailsInExceptionMessages",
		"-XX:ErrorFile=" + filepath.Join(temp, "hs_err_pid%p.log"), "-Djava.io.tmpdir=" + temp,
		"-Dopensearch.networkaddress.cache.ttl=60", "-Dopensearch.networkaddress.cache.negative.ttl=10",
		"-Djava.awt.headless=true", "-Dfile.encoding=UTF-8", "-Djna.nosys=true", "-Djava.locale.providers=SPI,CLDR",
		"-Dio.netty.noUnsafe=true", "-Dio.netty.noKeySetOptimization=true", "-Dio.netty.recycler.maxCapacityPerThread=0",
		"-Dio.netty.allocator.numDirectArenas=0", "-Dlog4j.shutdownHookEnabled=false", "-Dlog4j2.disable.jmx=true",
		"-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1",
		"--add-modules=jdk.incubator.vector", "--add-opens=java.base/java.nio=org.apache.arrow.memory.core,ALL-UNNAMED",
		"-javaagent:" + filepath.Join(item.Path, "agent", "opensearch-agent.jar"),
		"-Dopensearch.path.home=" + item.Path, "-Dopensearch.path.conf=" + conf,
		"-Dopensearch.distribution.type=zip", "-Dopensearch.bundled_jdk=false",
	}
	if item.Java.Major >= 25 {
		args = append(args, "-XX:+UseCompactObjectHeaders")
	}
	return append(args, "-cp", filepath.Join(item.Path, "lib", "*"))
}
