package searchsim

// Document is the _source of one document; nil where there is none.
func (d *Domain) Document(name, id string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at := d.resolve(name); at != nil && at.documents[id] != nil {
		return at.documents[id].source
	}
	return nil
}
