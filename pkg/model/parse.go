package model

// Parse reads a model file and compiles it. file is the name that faults give; nothing but src is read. The model
// is nil if any of the faults is more than a warning. All faults are found in one run, but for those of YAML's
// syntax, of which the first ends it.
func Parse(file string, src []byte) (*Model, Faults) {
	r := newReporter(file, src)
	root := readYAML(r, src)
	if root == nil {
		return nil, r.done()
	}
	var source modelSource
	(&decoder{r}).value(root, &source, expectation{what: theModel})
	if source.node == nil {
		return nil, r.done()
	}
	m := compile(r, &source)
	return m, r.done()
}
