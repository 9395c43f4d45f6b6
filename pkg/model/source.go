package model

//go:generate go test . -run TestSchemaIsGenerated -update

// The types below are the language of model.yaml: the decoder fills them, and the JSON Schema is generated from
// them, with their comments as what editors show. Their tags: yaml is the field's name, what is how messages call
// it, is the form of its texts (or of its list's or map's texts), keys the form of a map's keys, each how messages
// call one of a map's values; single says that one element may stand for a list of one.

// modelSource is the model of one table: what its items mean, and what becomes of them.
type modelSource struct {
	object
	// Version of the model language: 1.
	Outflow integer `yaml:"outflow" required:"true"`
	// Name of the model; indexes, logs and functions are named after it.
	Name word `yaml:"name" is:"model name" required:"true"`
	// EventBridge source of all events, such as com.example.shop. Needed where an entity has events.
	EventSource word `yaml:"event_source" is:"event source"`
	// The DynamoDB table that all entities share.
	Table tableSource `yaml:"table" what:"the table" required:"true"`
	// The kinds of items in the table, by name.
	Entities dict[entitySource] `yaml:"entities" what:"the entities" keys:"entity name" each:"entity" required:"true"`
}

// tableSource is the DynamoDB table that all entities share.
type tableSource struct {
	object
	// The attributes of the primary key: the partition key, then the sort key if there is one.
	Key list[word] `yaml:"key" is:"key attribute" required:"true"`
	// Secondary indexes by name, each with its partition key and, if it has one, its sort key.
	Indexes dict[list[word]] `yaml:"indexes" what:"the indexes" keys:"index name" is:"key attribute" each:"index"`
	// The attribute with the time to live, in epoch seconds.
	TTL word `yaml:"ttl" is:"attribute name"`
	// The attributes with which writers say who wrote an item, and why.
	Stamps stampsSource `yaml:"stamps" what:"the stamps"`
	// The attribute that tells an item's entity, for tables whose keys do not.
	EntityAttribute word `yaml:"entity_attribute" is:"attribute name"`
	// Preset for tables written by a library: electrodb.
	Format word `yaml:"format" is:"format"`
}

// stampsSource names the attributes with which writers say who wrote an item, and why.
type stampsSource struct {
	object
	// Who wrote the item.
	Actor word `yaml:"actor" is:"attribute name"`
	// The request that wrote it: the events' correlation id.
	Request word `yaml:"request" is:"attribute name"`
	// A number that each write of the item raises by one.
	Revision word `yaml:"revision" is:"attribute name"`
	// Whose item it is, where one table serves several tenants.
	Tenant word `yaml:"tenant" is:"attribute name"`
}

// entitySource is one kind of item.
type entitySource struct {
	object
	// Key templates by key attribute, such as "ORDER#{order_id}". Their placeholders are fields of the entity.
	Key dict[word] `yaml:"key" what:"the key" keys:"key attribute" is:"key template" each:"key attribute"`
	// The value of the table's entity_attribute in items of this entity, where that attribute tells it.
	EntityValue word `yaml:"entity_value" is:"entity value"`
	// Fields that every item has. All others but the key's may be absent.
	Required list[word] `yaml:"required" is:"field name"`
	// The item's attributes, by field name.
	Attributes dict[typeSource] `yaml:"attributes" what:"the attributes" keys:"field name" each:"attribute"`
	// The index whose documents these items become, or a list of such.
	Search list[searchSource] `yaml:"search" what:"the search" single:"true"`
	// The events that changes of these items announce, by name; a list where several schemas of one live at once.
	Events dict[list[ruleSource]] `yaml:"events" what:"the events" keys:"event name" each:"event" single:"true"`
}

// typeSource is the type of a field: the name of a scalar type, or a map with exactly one of type, enum, list,
// map, fields and set.
type typeSource struct {
	object
	// A scalar type: string, integer (int64), number (at most 15 digits), decimal (at most 38 digits, exact),
	// boolean, timestamp or binary.
	Type word `yaml:"type" is:"type"`
	// A string out of the listed ones.
	Enum list[word] `yaml:"enum" is:"enum value"`
	// A list whose elements are of this type.
	List *typeSource `yaml:"list"`
	// A map whose values are of this type, and whose keys are data.
	Map *typeSource `yaml:"map"`
	// A map with these members.
	Fields dict[typeSource] `yaml:"fields" keys:"field name" each:"member"`
	// A set of strings, numbers or binaries.
	Set *typeSource `yaml:"set"`
	// Personal data: leaves only where search or an event's data names the field.
	PII boolean `yaml:"pii"`
	// The item's attribute, where its name is not the field's.
	StoredAs word `yaml:"stored_as" is:"attribute name"`
}

// searchSource says which index the items are in, and what a user interface does with their fields.
type searchSource struct {
	object
	// The index whose documents are these items.
	Index word `yaml:"index" is:"search index name"`
	// The list of another entity's document that these items are elements of, such as Order.lines.
	Into word `yaml:"into" is:"list of another entity"`
	// Fields for full-text search.
	Text list[word] `yaml:"text" is:"field path"`
	// Fields for search as you type.
	Typeahead list[word] `yaml:"typeahead" is:"field path"`
	// Fields to filter, sort and count by.
	Filter list[word] `yaml:"filter" is:"field path"`
	// Places to find by distance: fields with exactly the members lat and lon, in degrees.
	Geo list[word] `yaml:"geo" is:"field path"`
	// Analyzers of fields for full-text search: one of OpenSearch's own, such as english. Without one, standard.
	Analyzers dict[word] `yaml:"analyzers" what:"the analyzers" keys:"field path" is:"analyzer" each:"field"`
	// OpenSearch mappings by field, taken as they are.
	Mapping dict[anything] `yaml:"mapping" what:"the mapping" keys:"field name"`
	// CEL over new and key: only these items are in the index.
	Where word `yaml:"where" is:"rule"`
	// CEL over new and key: these items count as deleted.
	Gone word `yaml:"gone" is:"rule"`
	// Key fields whose values route the document to a shard.
	Routing list[word] `yaml:"routing" is:"field name" single:"true"`
}

// ruleSource says which changes an event announces, and with what data. All conditions that are given must hold.
type ruleSource struct {
	object
	// Version of the event's data: 1 if absent.
	Schema integer `yaml:"schema"`
	// Operations that can fire it: insert, modify, remove. All if absent; insert and modify with becomes, modify with changes.
	Change list[word] `yaml:"change" is:"operation" single:"true"`
	// Values that the fields have after the change, and did not all have before it.
	Becomes dict[anything] `yaml:"becomes" what:"becomes" keys:"field name"`
	// Fields of which at least one differs after the change.
	Changes list[word] `yaml:"changes" is:"field name"`
	// CEL over old, new and key.
	When word `yaml:"when" is:"rule"`
	// Fields in the event's data; "*" is all declared ones but pii.
	Data list[word] `yaml:"data" is:"data field" single:"true" required:"true"`
}
