package world

import (
	"fmt"
	"slices"
	"strings"
)

// Names are the built-in worlds: default, three that are harsher, and four in which one thing is otherwise.
func Names() []string {
	return []string{"default", "severe_canyons", "near_homes", "dishonest_claims", "no_canyons", "many_outliers", "slow_cadence", "far_homes"}
}

// Named returns a built-in world.
func Named(name string) (Settings, error) {
	if !slices.Contains(Names(), name) {
		return Settings{}, fmt.Errorf("%w: there is no world %q: give one of %s", ErrSettings, name, strings.Join(Names(), ", "))
	}
	s := ordinary()
	switch name {
	case "severe_canyons": // more of the town is one, and they mislead further and for longer
		s.Canyons.Share, s.Canyons.BiasM, s.Canyons.BiasS, s.Canyons.BiasedShare = 0.2, Range{40, 250}, 480, 0.5
	case "near_homes": // most of those who live or work beside their zone do so within 100 m of it
		s.Places.BesideM, s.Places.BesideSkew = Range{8, 300}, 3
		s.Visits.WalkPastM = Range{3, 40}
	case "dishonest_claims": // tags promise more than they keep
		s.Satellite.ErrorPerClaim, s.Satellite.LeastSigmaM, s.Satellite.OutlierShare = 2, 3, 0.004
		s.Cells.ErrorPerClaim, s.Cells.RogueShare = 2, 0.2
	case "no_canyons":
		s.Canyons.Share = 0
	case "many_outliers":
		s.Satellite.OutlierShare = 0.005
	case "slow_cadence": // tags that save their batteries, near a zone too
		s.Cadence.MovingS, s.Cadence.NearS = 180, 60
	case "far_homes": // who lives or works beside their zone, or walks past it, keeps off its edge
		s.Places.BesideM, s.Places.BesideSkew = Range{150, 300}, 1
		s.Visits.WalkPastM = Range{40, 80}
	}
	return s, nil
}

// ordinary is the world default. Cadences, claims, gaps and errors are those of published traces and trials as far as
// there are any; how people spend their days is assumed.
func ordinary() Settings {
	return Settings{
		Strata: Strata{Far: 0.50, HomeBeside: 0.08, WorkBeside: 0.05, DrivesPast: 0.10, WalksPast: 0.09, DrivesThrough: 0.08, Enters: 0.10},
		Zones:  Zones{CircleShare: 0.4, BlockShare: 0.3, SizeM: Range{100, 1000}},
		Places: Places{
			TownM: 8000, BesideM: Range{20, 300}, BesideSkew: 1, ApartM: Range{350, 6000}, FarM: Range{2000, 15_000},
			WorkM: Skewed{4000, 0.7, Range{400, 20_000}}, ErrandM: Skewed{900, 0.8, Range{100, 8000}},
			EmployedShare: 0.6, IndoorsShare: 0.9, UnseenShare: 0.25, VisitIndoors: 0.5, TubeUncovered: 0.5, ErrandPlaces: 4,
			OutHours: Range{6.5, 23}, WorkHours: Range{8.5, 17}, HoursSpreadH: 0.7, LunchShare: 0.4, WeekendShare: 0.1,
		},
		Days: Days{ErrandsPerDay: 1.5, ErrandS: Skewed{1200, 0.9, Range{60, 4 * 3600}}},
		Visits: Visits{
			WalkPastPerDay: 1, WalkPastM: Range{5, 80}, DrivePastPerDay: 1, DrivePastM: Range{15, 150},
			ThroughPerDay: 0.5, ThroughBackShare: 0.5, EnterPerDay: 0.8, BesideEnterPerDay: 0.1,
			DwellS: Skewed{480, 1.4, Range{30, 8 * 3600}}, DepthM: Range{5, 300},
		},
		Travel: Travel{
			WalkMPS: Range{1.1, 1.6}, BusMPS: Range{3.5, 8}, CarMPS: Range{5, 14}, TubeMPS: Range{8, 14}, WalkMostM: 1200, BusShare: 0.35,
			TubeShare: 0.25, PauseShare: 0.3, PauseS: Skewed{20, 0.7, Range{3, 120}}, BendM: 25, TubeAccessM: 300,
		},
		Cadence: Cadence{MovingS: 60, NearS: 15, NearM: 50, RestS: 3600, RestAfterS: 300, CellS: Range{180, 300}, RegainS: Range{2, 40}, JitterMS: 500},
		Satellite: Satellite{
			ClaimM:        Quantiles{{0, 1.5}, {0.5, 3}, {0.75, 7}, {0.9, 13}, {0.95, 17}, {0.99, 28}, {1, 36}},
			ErrorPerClaim: 1, LeastSigmaM: 1.5, IndoorsFactor: 2, CorrelatedS: Range{30, 120},
			OutlierShare: 0.001, OutlierM: Range{100, 2000}, OutlierClaimM: Range{1.5, 6},
			SatellitesFewest: 6, SatellitesTypical: 12, SatellitesMost: 25,
		},
		Canyons: Canyons{Share: 0.08, SquareM: 150, BiasM: Range{30, 150}, BiasS: 270, BiasedShare: 0.35},
		Cells: Cells{
			ClaimM:        Quantiles{{0, 30}, {0.5, 58}, {0.75, 71}, {0.9, 729}, {0.95, 729}, {0.99, 1184}, {1, 1598}},
			ErrorPerClaim: 1, AreaM: 300, PerArea: 3, HoldS: 900, RogueShare: 0.08, RogueM: Range{300, 5000},
		},
		Upload: Upload{
			DelayS: Range{0.8, 2.5}, Lost: Spells{0.25, Skewed{1800, 1.2, Range{60, 24 * 3600}}},
			DuplicateShare: 0.003, DuplicateS: Range{1, 60}, ReorderShare: 0.003, ReorderS: Range{20, 600},
		},
		Tags: Tags{
			Gaps: Spells{0.4, Skewed{5400, 0.8, Range{600, 24 * 3600}}}, Failures: Spells{0.002, Skewed{86_400, 1, Range{3600, 27 * 86_400}}},
			StrapOpen: Spells{0.01, Skewed{300, 1, Range{10, 86_400}}}, StrapTampered: Spells{0.005, Skewed{600, 1, Range{10, 86_400}}},
			DrainPctPerHour: 2.2, ChargeH: 2, ChargeMissed: 0.05, BatteryLowPct: 15, ReuseShare: 0.05, ReuseAfterH: Range{2, 48},
		},
	}
}
