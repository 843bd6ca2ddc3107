package s7comm

// fragmentKey tells the chains of fragments of one direction apart: by the data unit
// reference, or by what the services have in its place that count their fragments in it.
type fragmentKey struct {
	group       Group
	subfunction uint8
	id          uint32
}

// fragmentChain is a userdata message that comes in several.
type fragmentChain struct {
	key     fragmentKey
	content []byte
	frames  []uint64 // that the fragments came in, at most maxFragmentFrames
	count   int
	open    bool
	lost    bool // it grew beyond the bound
}

const (
	maxChains       = 4       // chains that one side may have open at a time
	maxChainContent = 1 << 17 // bytes of one; the longest service ends at 64 KiB
)

// fragment adds part to the chain of key, and begins one where there is none. When a
// side opens more chains than maxChains, the one that was opened first is given up. The
// result is valid until the next call.
func (a *Assembler) fragment(key fragmentKey, part []byte, more bool) *fragmentChain {
	c := a.chain(key)
	if !c.open {
		*c = fragmentChain{key: key, content: c.content[:0], frames: c.frames[:0], open: true}
	}
	c.count++
	if a.Frame != 0 && len(c.frames) < maxFragmentFrames {
		c.frames = append(c.frames, a.Frame)
	}
	if len(c.content)+len(part) > maxChainContent {
		c.content, c.lost = c.content[:0], true
	}
	if !c.lost {
		c.content = append(c.content, part...)
	}
	c.open = more
	return c
}

// chain returns the chain of key or one that is free for it.
func (a *Assembler) chain(key fragmentKey) *fragmentChain {
	free := -1
	for i, c := range a.chains {
		if c.open && c.key == key {
			return c
		}
		if !c.open && free < 0 {
			free = i
		}
	}
	if free >= 0 {
		return a.chains[free]
	}
	if len(a.chains) < maxChains {
		a.chains = append(a.chains, new(fragmentChain))
		return a.chains[len(a.chains)-1]
	}
	oldest := a.chains[0]
	copy(a.chains, a.chains[1:])
	a.chains[maxChains-1] = oldest
	oldest.open = false
	return oldest
}

// dropChains forgets fragments: the stream has a gap.
func (a *Assembler) dropChains() {
	for _, c := range a.chains {
		c.open = false
		if cap(c.content) > keepBuffer {
			c.content = nil
		}
	}
}

// fragmentKey is the chain that the message belongs to; ok is false when it stands
// alone.
func (u *Userdata) fragmentKey() (k fragmentKey, ok bool) {
	if !u.Extended || u.DataUnitRef == 0 && (u.LastUnit == 0 || u.Group != GroupNC) || len(u.Payload) == 0 {
		return k, false
	}
	k = fragmentKey{u.Group, u.Subfunction, uint32(u.DataUnitRef)}
	switch {
	case u.Group == GroupNC: // the reference counts the fragments
		k.id = uint32(u.Sequence)
	case u.Group == GroupPBC && hasRID(u.Payload):
		k.id = be32(u.Payload[4:])
	}
	return k, true
}
