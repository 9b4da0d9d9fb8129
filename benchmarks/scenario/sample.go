package scenario

// take takes a sample: the walker moves on, and the tag says where it thinks it is.
func (f *feed) take(t *tagRun) sample {
	share := f.config.Shares
	t.seq++
	p := sample{fix: f.now - f.rand.Int64N(1+min(5000, f.config.unit()/4)), seq: t.seq, source: "gnss", format: t.format}
	p.at = f.step(f.rand, t.device, &t.walker)
	if t.onMinute {
		p.fix -= p.fix % minute
	} else if t.format == mdssJSON && f.rand.IntN(2) == 0 {
		p.fix -= p.fix % 1000
	}
	switch x := f.rand.Float64(); {
	case x < share.Status:
		p.status = true
	case x < share.Status+share.WiFi:
		p.source = "wifi"
	case x < share.Status+share.WiFi+share.Cell:
		p.source = "cell"
	case x < share.Status+share.WiFi+share.Cell+share.Beacon && t.format != traccarJSON:
		p.source = "beacon"
	}
	if f.rand.IntN(5) > 0 || t.format == mdssJSON {
		p.accuracy = 30 + f.rand.IntN(400)
		if f.rand.IntN(2) == 0 && t.format == cordonJSON {
			p.level = 68
		}
	}
	if f.rand.IntN(4) > 0 || t.format != cordonJSON {
		p.received = f.now
	}
	if t.format == cordonJSON {
		p.barely = f.rand.IntN(10) == 0
		if f.chance(share.Protobuf) {
			p.format = protobuf
		}
	}
	return p
}
