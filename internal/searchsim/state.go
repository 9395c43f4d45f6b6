package searchsim

import (
	"maps"
	"slices"
)

// Indexes are the names of the physical indexes, sorted.
func (d *Domain) Indexes() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.indexes))
}

// Documents are the _sources of an index by _id, tombstones and hidden ones too. They are not to be written to.
func (d *Domain) Documents(name string) map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := map[string][]byte{}
	if at := d.resolve(name); at != nil {
		for id, have := range at.documents {
			all[id] = have.source
		}
	}
	return all
}

// Drop deletes an index with its aliases.
func (d *Domain) Drop(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.indexes, name)
}

// LoseScripts deletes all stored scripts.
func (d *Domain) LoseScripts() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.scripts)
}

// LoseAliases deletes all aliases of an index.
func (d *Domain) LoseAliases(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at := d.indexes[name]; at != nil {
		clear(at.aliases)
	}
}
