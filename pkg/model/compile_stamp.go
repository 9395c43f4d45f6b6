package model

// stamps checks the attributes that the stamps name: each is an attribute of its own, that nothing else of the table is
// kept in.
func (c *compiler) stamps() {
	src := &c.src.Table
	taken := map[string]string{}
	if c.m.Table.TTL != "" {
		taken[c.m.Table.TTL] = "the time to live"
	}
	if c.m.Table.EntityAttribute != "" {
		taken[c.m.Table.EntityAttribute] = "the entity attribute"
	}
	for _, stamp := range []struct {
		word
		what string
	}{
		{src.Stamps.Actor, "the actor stamp"}, {src.Stamps.Request, "the request stamp"},
		{src.Stamps.Revision, "the revision stamp"}, {src.Stamps.Tenant, "the tenant stamp"},
	} {
		if stamp.node == nil {
			continue
		}
		if other, twice := taken[stamp.text]; twice {
			c.fault(stamp.node, "%s is already %s; %s is an attribute of its own", stamp.text, other, stamp.what)
		}
		taken[stamp.text] = stamp.what
		c.notKey(stamp.word, stamp.what)
		c.notMade(stamp.word, stamp.what)
	}
}

// notMade refuses a stamp in an attribute that is made of a template: a write could not keep both.
func (c *compiler) notMade(stamp word, what string) {
	for _, k := range c.m.Table.Key {
		if k.Name == stamp.text {
			return // told already
		}
	}
	for _, d := range c.drafts {
		if d.Key[stamp.text] != nil {
			c.fault(stamp.node, "%s is made of a key template in %s; %s is an attribute of its own", stamp.text, d.Name, what)
			return
		}
	}
}

// revisions refuses revision stamps that are declared as anything but integers, since only those count one up.
func (c *compiler) revisions() {
	for _, d := range c.drafts {
		for _, e := range d.src.Attributes.entries {
			f := d.Field(e.key.text)
			if f == nil || f.Type.Kind == "" || c.m.Table.Stamps.Revision == "" || f.Attribute() != c.m.Table.Stamps.Revision {
				continue
			}
			if f.Type.Kind != KindInteger {
				c.fault(e.key.node, "%s is the revision stamp, which each write raises by one; its type must be integer, not %s",
					f.Attribute(), f.Type.Kind)
			}
		}
	}
}

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
