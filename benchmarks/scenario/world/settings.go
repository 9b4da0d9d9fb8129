package world

// Settings is every number of a world. A name says its unit; a tag says between which bounds it must lie.
type Settings struct {
	Strata    Strata    `json:"strata"`
	Zones     Zones     `json:"zones"`
	Places    Places    `json:"places"`
	Days      Days      `json:"days"`
	Visits    Visits    `json:"visits"`
	Travel    Travel    `json:"travel"`
	Cadence   Cadence   `json:"cadence"`
	Satellite Satellite `json:"satellite"`
	Canyons   Canyons   `json:"canyons"`
	Cells     Cells     `json:"cells"`
	Upload    Upload    `json:"upload"`
	Tags      Tags      `json:"tags"`
}

// Strata are the shares of wearers by what they have to do with their zone. Together they make 1.
type Strata struct {
	Far           float64 `json:"far" bounds:"0 1"`
	HomeBeside    float64 `json:"home_beside" bounds:"0 1"`
	WorkBeside    float64 `json:"work_beside" bounds:"0 1"`
	DrivesPast    float64 `json:"drives_past" bounds:"0 1"`
	WalksPast     float64 `json:"walks_past" bounds:"0 1"`
	DrivesThrough float64 `json:"drives_through" bounds:"0 1"`
	Enters        float64 `json:"enters" bounds:"0 1"`
}

// Zones says what zones look like; those that are neither circles nor blocks are irregular polygons.
type Zones struct {
	CircleShare float64 `json:"circle_share" bounds:"0 1"`
	BlockShare  float64 `json:"block_share" bounds:"0 1"`
	SizeM       Range   `json:"size_m" bounds:"40 5000"` // across, evenly by ratio
}

// Places says where wearers live, work and run errands.
type Places struct {
	TownM         float64 `json:"town_m" bounds:"0 50000"`     // zones scatter around the middle of London by this standard deviation
	BesideM       Range   `json:"beside_m" bounds:"1 300"`     // from the edge to a home or workplace beside the zone
	BesideSkew    float64 `json:"beside_skew" bounds:"0.2 10"` // 1: evenly; above, more of them near
	ApartM        Range   `json:"apart_m" bounds:"301 50000"`  // from the edge to any other home
	FarM          Range   `json:"far_m" bounds:"301 50000"`    // from the edge to a home of the stratum far
	WorkM         Skewed  `json:"work_m" bounds:"100 50000"`   // from home to work
	ErrandM       Skewed  `json:"errand_m" bounds:"50 20000"`  // from home to shops and friends
	EmployedShare float64 `json:"employed_share" bounds:"0 1"`
	IndoorsShare  float64 `json:"indoors_share" bounds:"0 1"`      // of stays anywhere that are indoors
	UnseenShare   float64 `json:"unseen_share" bounds:"0 1"`       // of stays indoors that lose the satellites
	VisitIndoors  float64 `json:"visit_indoors" bounds:"0 1"`      // the same as indoors_share, for stays inside a zone
	TubeUncovered float64 `json:"tube_uncovered" bounds:"0 1"`     // of rides underground without any coverage
	ErrandPlaces  int     `json:"errand_places" bounds:"1 50"`     // how many shops and friends a wearer has
	OutHours      Range   `json:"out_hours_h" bounds:"0 24"`       // hours of the day (UTC) outside which nobody goes out
	WorkHours     Range   `json:"work_hours_h" bounds:"0 24"`      // when work begins and ends, give or take
	HoursSpreadH  float64 `json:"hours_spread_h" bounds:"0 4"`     // standard deviation of both
	LunchShare    float64 `json:"lunch_out_share" bounds:"0 1"`    // of working days with a walk at noon
	WeekendShare  float64 `json:"weekend_work_share" bounds:"0 1"` // of weekend days that the employed work
}

// Days says how days are spent besides work.
type Days struct {
	ErrandsPerDay float64 `json:"errands_per_day" bounds:"0 20"`
	ErrandS       Skewed  `json:"errand_s" bounds:"30 43200"`
}

// Visits says how wearers come past, through and into their zones.
type Visits struct {
	WalkPastPerDay    float64 `json:"walk_past_per_day" bounds:"0 10"` // there and back
	WalkPastM         Range   `json:"walk_past_m" bounds:"1 2000"`     // from the edge to the pavement
	DrivePastPerDay   float64 `json:"drive_past_per_day" bounds:"0 10"`
	DrivePastM        Range   `json:"drive_past_m" bounds:"1 2000"`
	ThroughPerDay     float64 `json:"through_per_day" bounds:"0 10"`
	ThroughBackShare  float64 `json:"through_back_share" bounds:"0 1"` // of ways back that go through the zone again
	EnterPerDay       float64 `json:"enter_per_day" bounds:"0 10"`
	BesideEnterPerDay float64 `json:"beside_enter_per_day" bounds:"0 10"` // of those who live or work beside it
	DwellS            Skewed  `json:"dwell_s" bounds:"5 86400"`
	DepthM            Range   `json:"depth_m" bounds:"0.5 2500"` // evenly by ratio, and no deeper than the zone is
}

// Travel is speeds and what interrupts them.
type Travel struct {
	WalkMPS     Range   `json:"walk_mps" bounds:"0.3 4"`
	BusMPS      Range   `json:"bus_mps" bounds:"1 30"`
	CarMPS      Range   `json:"car_mps" bounds:"1 40"`
	TubeMPS     Range   `json:"tube_mps" bounds:"1 40"`
	WalkMostM   float64 `json:"walk_most_m" bounds:"0 20000"` // nobody walks further
	BusShare    float64 `json:"bus_share" bounds:"0 1"`       // of wearers who go further by bus
	TubeShare   float64 `json:"tube_share" bounds:"0 1"`      // by tube; the others drive
	PauseShare  float64 `json:"pause_share" bounds:"0 1"`     // of street corners where there is a wait
	PauseS      Skewed  `json:"pause_s" bounds:"1 600"`
	BendM       float64 `json:"bend_m" bounds:"0 500"` // streets leave the straight line by this standard deviation
	TubeAccessM float64 `json:"tube_access_m" bounds:"0 2000"`
}

// Cadence is how often a tag takes a fix. What is near it judges by its own satellite positions.
type Cadence struct {
	MovingS    float64 `json:"moving_s" bounds:"1 3600"`
	NearS      float64 `json:"near_s" bounds:"1 3600"`
	NearM      float64 `json:"near_m" bounds:"0 5000"` // nearer than this, or inside, it is near_s, when moving
	RestS      float64 `json:"rest_s" bounds:"1 86400"`
	RestAfterS float64 `json:"rest_after_s" bounds:"0 86400"` // without motion
	CellS      Range   `json:"cell_s" bounds:"1 3600"`        // when the satellites are lost
	RegainS    Range   `json:"regain_s" bounds:"0 600"`       // from seeing the sky to the first fix
	JitterMS   float64 `json:"jitter_ms" bounds:"0 10000"`
}

// Satellite is how wrong satellite fixes are.
type Satellite struct {
	ClaimM            Quantiles `json:"claim_m" bounds:"0.1 10000"`
	ErrorPerClaim     float64   `json:"error_per_claim" bounds:"0.01 20"` // the error's scale, of what an honest claim says: 2.45 standard deviations
	LeastSigmaM       float64   `json:"least_sigma_m" bounds:"0 100"`
	IndoorsFactor     float64   `json:"indoors_factor" bounds:"0.1 20"`
	CorrelatedS       Range     `json:"correlated_s" bounds:"0.1 3600"`
	OutlierShare      float64   `json:"outlier_share" bounds:"0 1"`
	OutlierM          Range     `json:"outlier_m" bounds:"1 100000"`
	OutlierClaimM     Range     `json:"outlier_claim_m" bounds:"0.1 1000"`
	SatellitesFewest  int       `json:"satellites_fewest" bounds:"1 60"`
	SatellitesTypical int       `json:"satellites_typical" bounds:"1 60"`
	SatellitesMost    int       `json:"satellites_most" bounds:"1 60"`
}

// Canyons are squares of town where all fixes are off the same way for minutes.
type Canyons struct {
	Share       float64 `json:"share" bounds:"0 1"` // of squares
	SquareM     float64 `json:"square_m" bounds:"10 5000"`
	BiasM       Range   `json:"bias_m" bounds:"0 5000"`
	BiasS       float64 `json:"bias_s" bounds:"1 86400"`   // how long one lasts on average
	BiasedShare float64 `json:"biased_share" bounds:"0 1"` // of the time in one
}

// Cells is how wrong cell fixes are: an area has a few coordinates, each with its claim and its error.
type Cells struct {
	ClaimM        Quantiles `json:"claim_m" bounds:"1 100000"`
	ErrorPerClaim float64   `json:"error_per_claim" bounds:"0.01 20"`
	AreaM         float64   `json:"area_m" bounds:"50 20000"`
	PerArea       int       `json:"coordinates_per_area" bounds:"1 100"`
	HoldS         float64   `json:"hold_s" bounds:"1 864000"` // how long one repeats on average
	RogueShare    float64   `json:"rogue_share" bounds:"0 1"` // of coordinates that are nowhere near
	RogueM        Range     `json:"rogue_m" bounds:"1 200000"`
}

// Upload is what happens between a fix and its record.
type Upload struct {
	DelayS         Range   `json:"delay_s" bounds:"0 3600"`
	Lost           Spells  `json:"lost"` // coverage: what was taken comes in one burst afterwards
	DuplicateShare float64 `json:"duplicate_share" bounds:"0 1"`
	DuplicateS     Range   `json:"duplicate_after_s" bounds:"0 3600"`
	ReorderShare   float64 `json:"reorder_share" bounds:"0 1"`
	ReorderS       Range   `json:"reorder_by_s" bounds:"0 36000"`
}

// Tags is what befalls the devices.
type Tags struct {
	Gaps            Spells  `json:"gaps"`
	Failures        Spells  `json:"failures"`
	StrapOpen       Spells  `json:"strap_open"`
	StrapTampered   Spells  `json:"strap_tampered"`
	DrainPctPerHour float64 `json:"drain_pct_per_hour" bounds:"0.01 100"`
	ChargeH         float64 `json:"charge_h" bounds:"0.1 12"`
	ChargeMissed    float64 `json:"charge_missed_share" bounds:"0 1"` // of evenings
	BatteryLowPct   float64 `json:"battery_low_pct" bounds:"0 100"`
	ReuseShare      float64 `json:"reuse_share" bounds:"0 1"` // of pairs of wearers who wear one tag, one after the other
	ReuseAfterH     Range   `json:"reuse_after_h" bounds:"0 720"`
}

// Range is from a least to a most.
type Range struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Skewed is a log-normal distribution, cut off: spread is the standard deviation of the natural logarithm.
type Skewed struct {
	Median float64 `json:"median"`
	Spread float64 `json:"spread"`
	Range
}

// Spells are times at which something lasts, at random.
type Spells struct {
	PerDay float64 `json:"per_day" bounds:"0 100"`
	LastS  Skewed  `json:"last_s" bounds:"1 2592000"`
}

// Quantiles are [share, value] of a distribution, from share 0 to share 1; between them it is even by ratio.
type Quantiles [][2]float64
