package model

// openStamps refuses pii in stamps that leave without being named: every event carries all of them, and every
// document the tenant.
func (c *compiler) openStamps() {
	stamps := c.m.Table.Stamps
	for _, d := range c.drafts {
		searched := len(d.src.Search.items) > 0
		for _, e := range d.src.Attributes.entries {
			f := d.Field(e.key.text)
			if f == nil || !f.PII {
				continue
			}
			switch name := f.Attribute(); {
			case searched && name == stamps.Tenant:
				c.fault(e.key.node, "%s is pii and the tenant stamp, which every document carries; leave out one of the two", f.Name)
			case len(d.Events) > 0 && stamps.has(name):
				c.fault(e.key.node, "%s is pii and a stamp, which every event carries; leave out one of the two", f.Name)
			}
		}
	}
}

func (s Stamps) has(attribute string) bool {
	return attribute == s.Actor || attribute == s.Request || attribute == s.Revision || attribute == s.Tenant
}
