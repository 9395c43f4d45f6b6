package engine

import (
	_ "embed" // for the server's definition
	"fmt"
	"os"
	"path/filepath"
)

//go:embed dynamodb.xml
var dynamodbXML string

// dynamoCommand runs DynamoDB Local's own request handler in a server that Jetty builds from dynamodb.xml.
func dynamoCommand(item Item, dir string, port int) (command, error) {
	folder := filepath.Join(dir, "dynamodb")
	data, definition := filepath.Join(folder, "data"), filepath.Join(folder, "server.xml")
	if err := os.MkdirAll(data, 0o755); err != nil {
		return command{}, err
	}
	if err := os.WriteFile(definition, []byte(dynamodbXML), 0o644); err != nil {
		return command{}, err
	}
	args := []string{"-Xmx512m", "-Djava.awt.headless=true"}
	if item.Java.Major >= 22 {
		args = append(args, "--enable-native-access=ALL-UNNAMED") // SQLite; without it Java warns
	}
	marker := "outflow.data=" + data
	args = append(args, "-cp", filepath.Join(item.Path, "*"), "org.eclipse.jetty.xml.XmlConfiguration",
		fmt.Sprintf("outflow.port=%d", port), marker, definition)
	endpoint := local(port)
	return command{
		name: DynamoDB, endpoint: endpoint, path: item.Java.program(), args: args, workDir: folder,
		env:    []string{"DDB_LOCAL_TELEMETRY=0"},
		marker: marker, grace: grace, ready: dynamoReady(endpoint),
	}, nil
}

func local(port int) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }
