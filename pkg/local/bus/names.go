package bus

import (
	"regexp"
	"strings"
)

var (
	busNames  = nameRule{regexp.MustCompile(`^[/\.\-_A-Za-z0-9]+$`), 256}
	ruleNames = nameRule{regexp.MustCompile(`^[\.\-_A-Za-z0-9]+$`), 64} // and ids of targets

	validQueue = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}(\.fifo)?$`)
)

func (b *Bus) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + b.cfg.Region + ":" + b.cfg.Account + ":" + resource
}

func (b *Bus) busARN(name string) string { return b.arn("events", "event-bus/"+name) }

func (b *Bus) ruleARN(busName, name string) string {
	if busName == DefaultBus {
		return b.arn("events", "rule/"+name)
	}
	return b.arn("events", "rule/"+busName+"/"+name)
}

// busName takes a name or an ARN as calls give it.
func (b *Bus) busName(given string) (string, error) {
	if given == "" {
		return DefaultBus, nil
	}
	name := strings.TrimPrefix(given, b.busARN(""))
	if busNames.check(name, "eventBusName") != nil {
		return "", invalid("EventBusName %q is neither a name nor an ARN that starts with %s.", given, b.busARN(""))
	}
	return name, nil
}

// resource is the end of an ARN of the service, "" for any other string: arn:<partition>:<service>:<region>:<account>:
// <resource>, of which only the resource tells things apart here.
func resource(arn, service string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != service {
		return ""
	}
	return parts[5]
}

// functionName is the name in the ARN of a Lambda function, "" for any other string.
func functionName(arn string) string {
	name, isFunction := strings.CutPrefix(resource(arn, "lambda"), "function:")
	if !isFunction {
		return ""
	}
	name, _, _ = strings.Cut(name, ":") // a version or alias: there is one of everything here
	return name
}

func isURL(arn string) bool {
	return strings.HasPrefix(arn, "http://") || strings.HasPrefix(arn, "https://")
}
