// Command index measures the zone index against the libraries that Go programs use for the same question, and against a
// linear scan:
//
//	make bench-index
//	go run ./benchmarks/index --zones 100000 --changes 50
//	go run -tags geos ./benchmarks/index     # with GEOS, where Debian's libgeos-dev is installed
//
// # What is compared
//
// A rival says which zones hold a place. Cordon's index is asked more: it returns every zone within --reach of the
// place too, each with its signed distance in metres to the edge, exact within --reach. All get the same zones and the
// same places in degrees, and take turns in short slices of the same run, so that whatever disturbs the machine disturbs
// all. What is written down are medians over the rounds of the processor time of the asking thread (on Linux; of the
// clock elsewhere): a collection of garbage that a rival causes costs it nothing here. Before anybody is timed the
// answers are compared; only places within 1 cm of the zone's edge may be answered differently (S2's edges are
// geodesics: there by as much as those bend too).
//
// There are so many places, in no order, that a zone has mostly left the processor's caches when it is asked about
// again: with a hundred thousand tags that is how pings come.
//
// Each rival is used as its authors would: orb behind tidwall's R-tree of boxes; tidwall/geojson with the kind of polygon
// index that is fastest for the zones at hand; S2 with one ShapeIndex of all zones; GEOS as far as simplefeatures offers
// it (no prepared geometries, and the geometry is handed over anew at every call: its figures are the binding's, not
// those of GEOS); the linear scan looks at bounding boxes first.
//
// # The zones
//
// London's wards where the file is there, a tessellation of the same make otherwise; a scatter of zones for everyone, as
// dense at 1,000,000 as at 100, or five to each wearer near home; a coast of 4 to 100,000 vertices. Everything
// generated comes from --seed.
//
// Shapes are compiled before they are timed, as those are that tags come near again and again. Rivals are built up to
// the number of zones (S2 and GEOS: 100,000) that takes no more than some tens of seconds or a few GiB.
//
// # Load, change and pauses
//
// The zones are imported into a real Redis, loaded from there by a Follower as a processor does, and one of them is
// changed again and again while a goroutine goes on looking up and records how long each lookup took, the clock's own
// reading included. After a change every tag resolves anew what binds its wearer, which is most of what a lookup then
// costs.
package main
