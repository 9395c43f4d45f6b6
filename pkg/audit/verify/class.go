package verify

// Class is what kind of finding it is: the names of docs/audit-format.md, section 9.
type Class string

// The classes, in the order in which findings are printed: what explains others comes first.
const (
	Nothing          Class = "nothing"
	AnchorDiffers    Class = "anchor-differs"
	DigestMissing    Class = "digest-missing"
	DigestAltered    Class = "digest-altered"
	SignatureMissing Class = "signature-missing"
	SignatureWrong   Class = "signature-wrong"
	KeyUnannounced   Class = "key-unannounced"
	DigestWrong      Class = "digest-wrong"
	DeleteMarker     Class = "delete-marker"
	SecondVersion    Class = "second-version"
	SegmentMissing   Class = "segment-missing"
	SegmentAltered   Class = "segment-altered"
	LineInvalid      Class = "line-invalid"
	SegmentRewritten Class = "segment-rewritten"
	SegmentUnlisted  Class = "segment-unlisted"
	Stray            Class = "stray"
	IndexMissing     Class = "index-missing"
	IndexAltered     Class = "index-altered"
	Fault            Class = "fault"
	DuplicateDiffers Class = "duplicate-differs"
	ChainBroken      Class = "chain-broken"
	BaselineDiffers  Class = "baseline-differs"
	UnsignedTail     Class = "unsigned-tail"
	Stale            Class = "stale"
	Batches          Class = "batches"
	SegmentUnsealed  Class = "segment-unsealed"
	Raw              Class = "raw"
	ChainUnproven    Class = "chain-unproven"
	StartUnproven    Class = "start-unproven"
	BaselineOpen     Class = "baseline-open"
	TableDiffers     Class = "table-differs"
)

// Classes are all of them, in their order.
var Classes = []Class{Nothing, AnchorDiffers, DigestMissing, DigestAltered, SignatureMissing, SignatureWrong, KeyUnannounced,
	DigestWrong, DeleteMarker, SecondVersion, SegmentMissing, SegmentAltered, LineInvalid, SegmentRewritten, SegmentUnlisted,
	Stray, IndexMissing, IndexAltered, Fault, DuplicateDiffers, ChainBroken, BaselineDiffers, UnsignedTail, Stale, Batches,
	SegmentUnsealed, Raw, ChainUnproven, StartUnproven, BaselineOpen, TableDiffers}

// Wrong says that something is wrong rather than unproven.
func (c Class) Wrong() bool {
	switch c {
	case Nothing, UnsignedTail, Stale, Batches, SegmentUnsealed, Raw, ChainUnproven, StartUnproven, BaselineOpen, TableDiffers:
		return false
	}
	return true
}
