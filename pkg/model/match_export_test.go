package model

// Prepare lets tests build a model from parts.
func (m *Model) Prepare() *Model {
	m.prepare()
	return m
}
