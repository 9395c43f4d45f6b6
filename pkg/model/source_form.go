package model

import "regexp"

// form is what a text of the model file may look like. The decoder and the JSON Schema both read it.
type form struct {
	name    string // as the tags give it
	plural  string
	pattern string   // a regular expression that Go and JavaScript read alike; "" for any text
	says    string   // the pattern in words
	values  []string // the only texts, instead of a pattern
	long    int      // the most characters; 0 for no limit
}

const identifier = `^[A-Za-z_][A-Za-z0-9_]*$`

// forms lists the forms of all texts. Sources of the limits: attribute and index names, DynamoDB's naming rules;
// event names and sources, EventBridge's PutEvents.
var forms = []form{
	{name: "model name", plural: "model names", pattern: `^[a-z][a-z0-9-]{1,29}$`,
		says: "2 to 30 lower-case letters, digits and -, a letter first"},
	{name: "event source", plural: "event sources", pattern: `^[A-Za-z0-9._/-]+$`, long: 256,
		says: "letters, digits and . _ - /"},
	{name: "key attribute", plural: "key attributes", pattern: `^.+$`, long: 255, says: "one line of text"},
	{name: "attribute name", plural: "attribute names", pattern: `^.+$`, long: 65535, says: "one line of text"},
	{name: "index name", plural: "index names", pattern: `^[A-Za-z0-9_.-]{3,255}$`,
		says: "3 to 255 letters, digits and _ . -"},
	{name: "format", plural: "formats", values: []string{"electrodb"}},
	{name: "entity name", plural: "entity names", pattern: `^[A-Za-z][A-Za-z0-9_]*$`, long: 128,
		says: "letters, digits and _, a letter first"},
	{name: "entity value", plural: "entity values", pattern: `^.+$`, long: 1024, says: "one line of text"},
	{name: "key template", plural: "key templates", pattern: `^.+$`, says: "one line of text"},
	{name: "field name", plural: "field names", pattern: identifier, long: 128,
		says: "letters, digits and _, no digit first, and stored_as for other attribute names"},
	{name: "field path", plural: "field paths", pattern: `^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`,
		says: "a field's name, or a member's behind a dot: address.city"},
	{name: "data field", plural: "field names", pattern: `^(\*|[A-Za-z_][A-Za-z0-9_]*)$`,
		says: `a field's name, or "*" for all declared ones but pii`},
	{name: "type", plural: "types", values: scalarTypes},
	{name: "enum value", plural: "enum values", pattern: `^[^\n]+$`, says: "one line of text"},
	{name: "search index name", plural: "search index names", pattern: `^[a-z][a-z0-9_-]{0,39}$`,
		says: "at most 40 lower-case letters, digits, _ and -, a letter first"},
	{name: "list of another entity", plural: "lists", pattern: `^[A-Za-z][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$`,
		says: "an entity's name, a dot and the list's name: Order.lines"},
	{name: "analyzer", plural: "analyzers", values: analyzers},
	{name: "rule", plural: "rules"},
	{name: "operation", plural: "operations", values: []string{Insert, Modify, Remove}},
	{name: "event name", plural: "event names", pattern: `^[A-Za-z][A-Za-z0-9_.-]*$`, long: 128,
		says: "letters, digits and _ . -, a letter first"},
}

// scalarTypes are the types that have a name of their own.
var scalarTypes = []string{
	string(KindString), string(KindInteger), string(KindNumber), string(KindDecimal), string(KindBoolean),
	string(KindTimestamp), string(KindBinary),
}

// analyzers are those that every OpenSearch has, without a plugin or settings of the index (OpenSearch documentation,
// Analyzers and Language analyzers; 3.5 has all of them).
var analyzers = []string{
	"standard", "simple", "stop", "whitespace", "arabic", "armenian", "basque", "bengali", "brazilian", "bulgarian", "catalan",
	"cjk", "czech", "danish", "dutch", "english", "estonian", "finnish", "french", "galician", "german", "greek", "hindi",
	"hungarian", "indonesian", "irish", "italian", "latvian", "lithuanian", "norwegian", "persian", "portuguese", "romanian",
	"russian", "sorani", "spanish", "swedish", "thai", "turkish",
}

var formByName = indexForms()

type compiledForm struct {
	form
	matches *regexp.Regexp
}

func indexForms() map[string]compiledForm {
	byName := make(map[string]compiledForm, len(forms))
	for _, f := range forms {
		byName[f.name] = compiledForm{f, regexp.MustCompile(f.pattern)}
	}
	return byName
}
