package ingest

// field is a member of a ping that some format has.
type field uint8

// The fields, format by format. Traccar's lie in nested objects, each a level of its own.
const (
	fDevice field = iota
	fFixTime
	fLat
	fLon
	fSeq
	fReceived
	fSource
	fAccuracy
	fLevel
	fSpeed
	fHeading
	fAltitude
	fSatellites
	fHDOP
	fBattery
	fCharging
	fMotion
	fJamming
	fStrap

	mID
	mLat
	mLon
	mPrecision
	mSpeed
	mDirection
	mSatellite
	mHDOP
	mLBS
	mGPSDate
	mUploaded

	tPosition
	tDevice

	tUniqueID

	tServerTime
	tDeviceTime
	tFixTime
	tOutdated
	tValid
	tLatitude
	tLongitude
	tAltitude
	tSpeed
	tCourse
	tAccuracy
	tNetwork
	tAttributes

	tApproximate
	tAlarm
	tBatteryLevel
	tMotion
	tCharge
	tSat
	tHDOP

	tCellTowers
	tWiFi

	numFields
	noField = numFields
)

var fieldNames = [...]string{
	fDevice: "device_id", fFixTime: "fix_time", fLat: "lat", fLon: "lon", fSeq: "seq", fReceived: "received_time",
	fSource: "source", fAccuracy: "accuracy_m", fLevel: "accuracy_level", fSpeed: "speed_mps", fHeading: "heading_deg",
	fAltitude: "altitude_m", fSatellites: "satellites", fHDOP: "hdop", fBattery: "battery_pct", fCharging: "charging",
	fMotion: "motion", fJamming: "jamming", fStrap: "strap",

	mID: "position_id", mLat: "position_latitude", mLon: "position_longitude", mPrecision: "position_precision",
	mSpeed: "position_speed", mDirection: "position_direction", mSatellite: "position_satellite", mHDOP: "position_hdop",
	mLBS: "position_lbs", mGPSDate: "position_gps_date", mUploaded: "position_uploaded_date",

	tPosition: "position", tDevice: "device", tUniqueID: "device.uniqueId",

	tServerTime: "position.serverTime", tDeviceTime: "position.deviceTime", tFixTime: "position.fixTime",
	tOutdated: "position.outdated", tValid: "position.valid", tLatitude: "position.latitude",
	tLongitude: "position.longitude", tAltitude: "position.altitude", tSpeed: "position.speed",
	tCourse: "position.course", tAccuracy: "position.accuracy", tNetwork: "position.network",
	tAttributes: "position.attributes",

	tApproximate: "position.attributes.approximate", tAlarm: "position.attributes.alarm",
	tBatteryLevel: "position.attributes.batteryLevel", tMotion: "position.attributes.motion",
	tCharge: "position.attributes.charge", tSat: "position.attributes.sat", tHDOP: "position.attributes.hdop",

	tCellTowers: "position.network.cellTowers", tWiFi: "position.network.wifiAccessPoints",
}

func (f field) String() string { return fieldNames[f] }

// level is an object whose members we know.
type level uint8

const (
	levelTop level = iota
	levelDevice
	levelPosition
	levelAttributes
	levelNetwork

	numLevels
)

// fieldOf returns the field that a key names at a level, noField for a key that is ignored.
func (lv level) fieldOf(key []byte) field {
	switch lv {
	case levelTop:
		return topField(key)
	case levelDevice:
		if string(key) == "uniqueId" {
			return tUniqueID
		}
		return noField
	case levelPosition:
		return traccarField(key)
	case levelAttributes:
		return attributeField(key)
	default:
		return networkField(key)
	}
}

// topField knows the members of Cordon JSON, of the position feed, and the two objects of a Traccar record: which
// format a record has is only known when all of it has been read.
func topField(key []byte) field {
	if len(key) > len("position") && string(key[:len("position")]) == "position" {
		return mdssField(key)
	}
	switch string(key) {
	case "device_id":
		return fDevice
	case "fix_time":
		return fFixTime
	case "lat":
		return fLat
	case "lon":
		return fLon
	case "seq":
		return fSeq
	case "received_time":
		return fReceived
	case "source":
		return fSource
	case "accuracy_m":
		return fAccuracy
	case "accuracy_level":
		return fLevel
	case "speed_mps":
		return fSpeed
	case "heading_deg":
		return fHeading
	case "altitude_m":
		return fAltitude
	case "satellites":
		return fSatellites
	case "hdop":
		return fHDOP
	case "battery_pct":
		return fBattery
	case "charging":
		return fCharging
	case "motion":
		return fMotion
	case "jamming":
		return fJamming
	case "strap":
		return fStrap
	case "position":
		return tPosition
	case "device":
		return tDevice
	}
	return noField
}
