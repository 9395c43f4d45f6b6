package contract

import (
	"bytes"
	"embed"
	"strconv"
	"strings"
	"text/template"
)

//go:embed templates
var templateFiles embed.FS

// render runs one of the templates, which hold no decisions that its data could not take.
func render(name string, data any) []byte {
	functions := template.FuncMap{"goQuote": strconv.Quote, "quote": quoteText, "article": article, "code": codeSpan, "cell": tableCell,
		"doc": docComment}
	t := template.Must(template.New(name).Funcs(functions).ParseFS(templateFiles, "templates/"+name))
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		panic("contract: render " + name + ": " + err.Error())
	}
	return b.Bytes()
}

// docComment keeps a text from ending the block comment that it stands in.
func docComment(text string) string { return strings.ReplaceAll(text, "*/", `*\/`) }

// quoteText is a text as a literal that JSON, JavaScript and Python read alike.
func quoteText(text string) string { return string(encodeLine(text)) }

// codeSpan is a text as Markdown code, with a fence that it does not hold; in a table a bar has to be escaped even
// there.
func codeSpan(text string) string {
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + strings.ReplaceAll(text, "|", `\|`) + fence
}
